"""The engines that must do the same: the warm one, and the one that drives a dbt command."""

import os
from pathlib import Path
from typing import Any

from tests.engine.engine_process import Engine
from tests.projects import KIOSK, copy_project
from tests.warm_python import warm_python

V2 = os.environ.get("DBTREE_TEST_DBT_V2", "")
"""The program of dbt v2, where `make test-engines` has one."""

KINDS: dict[str, dict[str, Any]] = {
    "warm": {},
    "command": {"module": "tui.engine.command", "dbt_command": []},
    **({"v2": {"module": "tui.engine.command", "dbt_command": [V2]}} if V2 else {}),
}


def open_kiosk(directory: Path, kind: str) -> Engine:
    """A small project with one of nearly everything, in an engine of this kind."""
    options = dict(KINDS[kind])
    if kind == "command":
        options["dbt_command"] = [warm_python(), "-m", "dbt.cli.main"]
    return Engine(copy_project(KIOSK, directory / "kiosk"), **options)
