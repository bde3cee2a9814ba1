"""Where a project's Python definitions are, and the dbt project that they wrap.

`[tool.dbtree]` in a pyproject.toml (or a dbtree.toml) names their module; opening any directory
below it opens the dbt project through them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tui.errors import ProjectError
from tui.project.engine_command import engine_command
from tui.project.ownership import directories_above
from tui.project.settings import read_table
from tui.protocol.plain import plain


@plain(frozen=True)
class DefinitionsPlace:
    """A module of definitions."""

    root: Path
    """Absolute; the directory of the file that names the module."""
    module: str
    """`shop.definitions`."""
    dbt_project_dir: Path | None = None
    """Absolute; None where the file does not say it."""
    is_dagster: bool = False
    """Whether they import `dagster`, for which dbtree's own definitions stand in."""


def find_definitions(start: Path) -> DefinitionsPlace | None:
    """The nearest definitions above a directory, as far up as its git repository reaches.

    Raises:
        ProjectError: when a file cannot be read, or says something that makes no sense.
    """
    for directory in directories_above(start):
        for name in ("dbtree.toml", "pyproject.toml"):
            path = directory / name
            table = read_table(path) if path.is_file() else {}
            module = table.get("module_name")
            if module is None:
                continue
            if not isinstance(module, str) or not _is_module(module):
                raise ProjectError(f"module_name in {path} must name a module, not {module!r}.")
            stated = table.get("dbt_project_dir")
            if stated is not None and not isinstance(stated, str):
                raise ProjectError(f"dbt_project_dir in {path} must be a string, not {stated!r}.")
            wrapped = (directory / stated).resolve() if stated else None
            return DefinitionsPlace(directory.resolve(), module, wrapped)
    return None


def _is_module(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def locate_dbt_project(place: DefinitionsPlace, python: Path) -> Path:
    """The dbt project that definitions wrap, asked of the definitions themselves.

    Args:
        place: The definitions.
        python: The interpreter of the user's dbt.

    Raises:
        ProjectError: when they cannot be imported, or wrap none or several.
    """
    module = "tui.definitions.wrapped_projects"
    stands_in = ["dagster"] if place.is_dagster else []
    command = engine_command(python, module, str(place.root), place.module, *stands_in)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last = done.stderr.strip().splitlines()[-1:] or ["it ended without a message"]
        raise ProjectError(f"{place.module} could not be imported: {last[0]}.") from None
    if answer.get("problem"):
        raise ProjectError(answer["problem"], path=answer["path"], line=answer["line"])
    found = [Path(path) for path in answer["projects"]]
    if len(found) != 1:
        raise ProjectError(
            f"{place.module} wraps {len(found)} dbt projects, but must wrap exactly one.",
            hint="Name it with --project-dir."
            if place.is_dagster
            else "Name it: dbt_project_dir in [tool.dbtree].",
        )
    return found[0]
