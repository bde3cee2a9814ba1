"""The texts of a project's own files: what dbt and dbtree read of it, without its packages."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tui.errors import ProjectError
from tui.project.project import PACKAGES
from tui.workspace.properties_proposal import read_text

SUFFIXES = frozenset({".sql", ".py", ".yml", ".yaml"})
AT_THE_TOP = ("dbt_project.yml", "selectors.yml", "dbtree.toml", "pyproject.toml")
PASSED_OVER = frozenset({"target", "logs", "node_modules", "venv", "__pycache__", *PACKAGES})


@dataclass(frozen=True)
class ProjectTexts:
    """The files, and what of them cannot be read."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """By their paths, relative to the project's root, with their own line ends."""
    unread: Sequence[str] = ()
    """Paths of files that are no text in UTF-8, or may not be read."""


def project_texts(
    root: Path, directories: Collection[str], packages: Collection[str] = ()
) -> ProjectTexts:
    """Read the files of a project.

    Args:
        root: the project's directory.
        directories: where dbt reads, relative to it; what lies outside of it is left out.
        packages: directories of packages, relative to it: left out.
    """
    texts: dict[str, str] = {}
    unread: list[str] = []
    left_out = {os.path.normpath(path) for path in packages}
    for path in _paths(root, directories, left_out):
        try:
            text = read_text(root / path)
        except ProjectError:
            unread.append(path)
            continue
        if text is not None:
            texts[path] = text
    return ProjectTexts(texts, tuple(unread))


def _paths(root: Path, directories: Collection[str], left_out: Collection[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in AT_THE_TOP:
        if (root / name).is_file():
            seen.add(name)
            yield name
    for directory in sorted({os.path.normpath(one) for one in directories}):
        if directory.startswith("..") or os.path.isabs(directory) or directory in left_out:
            continue
        if not PACKAGES.isdisjoint(Path(directory).parts):
            continue
        for path in _below(root, directory, left_out):
            if path not in seen:
                seen.add(path)
                yield path


def _below(root: Path, directory: str, left_out: Collection[str]) -> Iterator[str]:
    for here, names, files in os.walk(root / directory):
        inside = os.path.relpath(here, root)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name not in PASSED_OVER
            and os.path.normpath(os.path.join(inside, name)) not in left_out
            and not os.path.exists(os.path.join(here, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            if os.path.splitext(name)[1] in SUFFIXES and not name.startswith("."):
                yield PurePosixPath(os.path.normpath(os.path.join(inside, name))).as_posix()
