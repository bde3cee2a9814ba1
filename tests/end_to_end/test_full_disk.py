"""dbtree with its state on a disk that is full: builds go on, the history can be used."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree
from tests.engine.test_run_nodes import write_project
from tests.small_disk import SmallDisk, small_disk
