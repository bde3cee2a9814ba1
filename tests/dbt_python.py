"""The interpreter in which the tests' dbt lives: this one, or that of `DBTREE_TEST_DBT_PYTHON`.

`make soak` runs the tests that start dbt once for each environment of its matrix. Tests ask here
instead of taking `sys.executable`, so that dbtree and dbt are then in two different Pythons.
"""

import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DBT_PYTHON = os.environ.get("DBTREE_TEST_DBT_PYTHON") or sys.executable
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


def dbt_environment() -> dict[str, str]:
    """The environment for a program that runs under `DBT_PYTHON` and imports tests and tui."""
    return {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}


@functools.cache
def dbt_version() -> tuple[int, int]:
    """Major and minor version of the tests' dbt-core."""
    told = subprocess.run(
        [DBT_PYTHON, "-c", "from importlib.metadata import version; print(version('dbt-core'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    major, minor, *_ = told.stdout.split(".")
    return int(major), int(minor)
