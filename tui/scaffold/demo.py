"""Copies the bundled demo project to a directory of the user's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tui.errors import ProjectError
from tui.project.project import PROJECT_FILE

SOURCE = Path(__file__).parents[1] / "demo"
LEFT_OUT = shutil.ignore_patterns(
    "target", "logs", ".dbtree", "__pycache__", "*.duckdb", "*.duckdb.wal", ".user.yml"
)
"""What dbt and dbtree write, should the bundled project ever have been used in its place."""

_ON_SERVERS = Path(__file__).parent / "demo_on_servers"
"""What is different where the demo is built on a server: a profile for each adapter."""


def copy_demo(directory: Path, adapter: str = "duckdb") -> bool:
    """Copy the demo project, unless the directory holds a project already.

    Args:
        directory: Where it goes.
        adapter: For which database the profile is: duckdb, postgres or spark.

    Returns:
        Whether it was copied.

    Raises:
        ProjectError: when something else is in the way, or it cannot be written.
    """
    if (directory / PROJECT_FILE).is_file():
        return False
    if directory.exists() and (not directory.is_dir() or os.listdir(directory)):
        raise ProjectError(
            f"{directory} exists and is not a dbt project.",
            hint="Choose another directory: dbtree demo DIR.",
        )
    try:
        shutil.copytree(SOURCE, directory, ignore=LEFT_OUT, dirs_exist_ok=True)
        if adapter != "duckdb":
            shutil.copyfile(_ON_SERVERS / f"{adapter}.yml", directory / "profiles.yml")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(f"The demo cannot be copied to {directory}: {reason}.") from error
    return True
