"""Which files matter to an open project, and what a change of each one means. Pure.

dbt reads, in its directories, the files of a few kinds whose names do not begin with `.`, `#` or
`~` (`dbt.parser.search.filesystem_search`); what editors put beside them falls away by the same
rule. A few files of the project's root, and `profiles.yml` wherever it is, are read only when an
engine starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from tui.protocol.plain import plain

READ = frozenset(
    {".sql", ".py", ".js", ".yml", ".yaml", ".csv", ".md", ".json", ".j2", ".jinja", ".jinja2"}
)
"""What dbt reads in its directories: code, properties, seeds and fixtures, docs blocks, and from
dbt-core 1.12 functions in JavaScript, `.sql.jinja` and files of the Open Semantic Interchange.
"""

RESTART = (
    "dbt_project.yml",
    "packages.yml",
    "dependencies.yml",
    "package-lock.yml",
    "profiles.yml",
    "selectors.yml",
    "vars.yml",
    ".dbtignore",
    ".env",
)
"""Files of the project's root that dbt reads only when it starts."""

IGNORED_ANYWHERE = frozenset(
    {".git", ".hg", ".svn", ".dbtree", ".venv", ".idea", ".vscode", "__pycache__", "node_modules"}
)
"""Directories that hold nothing of dbt's, wherever they are."""

IGNORED_AT_TOP = frozenset({"logs", "target", "venv"})
"""Directories of the root that hold none either; a `models/logs` is like any other."""


@plain(frozen=True)
class FileChanges:
    """What one burst of saves came to."""

    parse: tuple[str, ...] = ()
    """Files that dbt parses, relative to the project's root, sorted: changed, new or gone."""
    restart: bool = False
    """Something that dbt reads only when it starts."""
    causes: tuple[str, ...] = ()
    """What asks for the restart, relative to the root where it lies inside."""

    def __bool__(self) -> bool:
        return bool(self.parse) or self.restart


def is_parsed(path: str, directories: Iterable[str] = (), target_path: str = "target") -> bool:
    """Whether dbt parses a file.

    Args:
        path: relative to the project's root, with forward slashes.
        directories: those in which dbt reads files, relative to the root; empty for any.
        target_path: where dbt writes, relative to the root.
    """
    pure = PurePosixPath(path)
    if pure.suffix.lower() not in READ or pure.name[0] in ".#~":
        return False
    above = pure.parts[:-1]
    if not IGNORED_ANYWHERE.isdisjoint(above):
        return False
    if above and above[0] in IGNORED_AT_TOP:
        return any(is_within(path, one) and is_within(one, above[0]) for one in directories)
    if is_within(path, target_path):
        return False
    places = tuple(directories)
    return not places or any(is_within(path, one) for one in places)


def is_within(path: str, directory: str) -> bool:
    """Whether a path is a directory or is in it; `.` holds everything."""
    directory = directory.rstrip("/")
    return directory in ("", ".") or path == directory or path.startswith(directory + "/")
