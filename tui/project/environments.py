"""Pythons that a project contains or names, and whether running them needs permission.

The usual case asks nothing: a virtual environment that is in the project, is the user's own, was
not checked out with it, and whose Python is a link to one outside, as venv, virtualenv and uv make
it. All else that comes from the project is a claim: a program that a file of it names, an
environment that is part of the repository, and whatever somebody else can change.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from tui.project.definitions_place import DefinitionsPlace
from tui.project.ownership import foreign, home_of, repository_of
from tui.project.trust import Claim, digest_of

INDEX_READ = 64 * 2**20
"""Bytes of git's index that are looked at."""


class Place(Protocol):
    """What must be known of a project to find its Python; a Project has it."""

    @property
    def root(self) -> Path:
        """The directory of dbt_project.yml."""

    @property
    def definitions(self) -> DefinitionsPlace | None:
        """The Python definitions through which it is open."""


@dataclass(frozen=True)
class Candidate:
    """A Python that may have dbt, or the reason for which a place offers none."""

    found_by: str
    path: Path | None = None
    refusal: str = ""
    claim: Claim | None = None
    """Set where only the project vouches for it."""
    command: tuple[str, ...] = ()
    """The words of a dbt that is a command; `path` is then the program that they name."""


def vouched(
    candidate: Candidate,
    project: Place,
    environment: Mapping[str, str],
    *,
    by_project: bool = False,
    beside: Path | None = None,
) -> Candidate:
    """The candidate, with its claim where only the project vouches for it.

    Args:
        candidate: a Python that was found.
        project: the project that is opened.
        environment: says where the home directory is.
        by_project: whether a file of the project names it.
        beside: the directory whose environment it is, where it was looked for there.
    """
    python = candidate.path
    if python is None:
        return candidate
    tops = [*_tops(project, environment), *([beside] if beside else [])]
    inside = next((top for top in tops if python.is_relative_to(top)), None)
    if inside is None and not by_project:
        return candidate
    directory = _environment_of(python)
    parts = [python, python.parent, *([directory, directory.parent] if directory else [])]
    if by_project:
        parts.append(Path(candidate.found_by))
    troubles = ((part, foreign(part)) for part in parts)
    part, trouble = next(((part, words) for part, words in troubles if words), (python, ""))
    if (
        inside is not None
        and not candidate.command
        and directory is not None
        and not trouble
        and _leads_out(python, inside)
        and not _is_in_git(directory, environment)
    ):
        return candidate
    if by_project:
        named = "dbt_command" if candidate.command else "dbt_python"
        shown = shlex.join(candidate.command) or python
        what = f"{named} in {candidate.found_by} is {shown}"
    else:
        what = f"{python} came with the project"
    made_by = [directory / "pyvenv.cfg"] if directory else []
    claim = Claim(
        project=project.root,
        what=what,
        digest=digest_of(what, str(python.resolve()), python, *made_by),
        refusal=f"{part} {trouble}" if trouble else "",
    )
    return replace(candidate, claim=claim)


def _tops(project: Place, environment: Mapping[str, str]) -> Iterator[Path]:
    """The directories of what comes as one, the largest first: repositories, and projects.

    A repository of the whole home directory holds what the user installed, too, and counts not.
    """
    roots = [project.root, *([project.definitions.root] if project.definitions else [])]
    home = home_of(environment)
    yield from (top for top in (repository_of(root, environment) for root in roots) if top != home)
    yield from roots


def _environment_of(python: Path) -> Path | None:
    """The virtual environment that a Python is part of."""
    for directory in (python.parent.parent, python.parent):
        if (directory / "pyvenv.cfg").is_file():
            return directory
    return None


def _leads_out(python: Path, top: Path) -> bool:
    """Whether a Python is a link to one outside, not a file that came along."""
    return python.is_symlink() and not python.resolve().is_relative_to(top.resolve())


def _is_in_git(directory: Path, environment: Mapping[str, str]) -> bool:
    """Whether git has checked an environment out: its index names the file that makes it one."""
    if (directory / ".git").exists():
        return True  # a submodule
    repository = repository_of(directory.parent, environment)
    git = repository / ".git"
    if git.is_file():  # a worktree or a submodule names its directory
        named = git.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
        git = repository / named
    try:
        with (git / "index").open("rb") as file:
            # Not with the directory: git may leave out what a name shares with the one before.
            return b"venv.cfg\0" in file.read(INDEX_READ)
    except OSError:
        return False
