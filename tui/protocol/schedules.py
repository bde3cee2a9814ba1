"""A schedule as it travels: what is materialized when, from definitions or from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ScheduleRow(NamedTuple):
    """A cron expression and a selection."""

    name: str
    cron: str
    """Five fields, or `@daily` and its like."""
    timezone: str
    """Of the IANA database."""
    select: str
    """dbt's selectors separated by spaces, or a selection in Dagster's syntax."""
    exclude: str
    """dbt's selectors."""
    selector: str
    """The name of a selector of selectors.yml, in place of the two."""
    is_on: bool
    """Whether it is on before anybody has said so."""
    catch_up: bool
    """Whether the latest of the ticks that were missed is run."""
    description: str
    path: str
    """The file that declares it; absolute, or empty."""
    line: int
    job: str = ""
    """The name of its job; empty where it has none."""
    is_evaluated: bool = False
    """Whether a function of the definitions says at each tick what is run."""
    config: str = ""
    """Settings of its runs, as JSON; empty for none."""
    tags: Mapping[str, str] = {}
    """Of its runs."""
