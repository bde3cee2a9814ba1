"""The views of the tree: which rows stand under which, before folds and filter."""

from __future__ import annotations

from enum import Enum


class View(Enum):
    """How the assets are arranged; the value is the word in the pane's title."""

    LINEAGE = "lineage"
    FOLDERS = "folders"
    TAG = "tag"
    GROUP = "group"
    OWNER = "owner"
    MATERIALIZATION = "materialization"
    SCHEMA = "schema"
    STATUS = "status"


class Sort(Enum):
    """The order among siblings."""

    NAME = "name"
    STATUS = "status"
    AGE = "age"
    DURATION = "duration"
