"""The engines that must do the same: the warm one, and the one that drives a dbt command."""

import os
from pathlib import Path
from typing import Any

from tests.dbt_python import DBT_PYTHON
from tests.engine.engine_process import Engine
from tests.projects import KIOSK, copy_project

V2 = os.environ.get("DBTREE_TEST_DBT_V2", "")
"""The program of dbt v2, where `make test-engines` has one."""

DBT_CORE = [DBT_PYTHON, "-m", "dbt.cli.main"]
KINDS: dict[str, dict[str, Any]] = {
    "warm": {},
    "command": {"module": "tui.engine.command", "dbt_command": DBT_CORE},
    **({"v2": {"module": "tui.engine.command", "dbt_command": [V2]}} if V2 else {}),
}


def open_kiosk(directory: Path, kind: str) -> Engine:
    """A small project with one of nearly everything, in an engine of this kind."""
    return Engine(copy_project(KIOSK, directory / "kiosk"), **KINDS[kind])
