"""From where the relative paths of an unchanged Dagster project are meant: the directory of its
`pyproject.toml`, in which `dagster dev` runs. A run of dbtree works in that of the dbt project.
"""

from __future__ import annotations

from pathlib import Path

_directories: list[Path] = []


def set_working_directory(directory: Path | None) -> None:
    """Take relative paths from here, in this process; None for where it works."""
    _directories[:] = [directory] if directory is not None else []


def database_path(text: str) -> str:
    """The path of a database file, as it is meant; what is none (`:memory:`, `md:…`) stays."""
    if not _directories or ":" in text:
        return text
    return str(Path(_directories[0], text))
