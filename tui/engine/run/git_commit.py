"""The commit that a project's files are on, read from git's own files without starting git."""

from __future__ import annotations

from pathlib import Path


def head_commit(directory: Path) -> str:
    """The id of the commit that is checked out there, "" where there is none to be read."""
    for place in (directory, *directory.parents):
        found = place / ".git"
        if found.exists():
            try:
                return _commit(_git_dir(found))
            except (OSError, ValueError):
                return ""
    return ""


def _git_dir(found: Path) -> Path:
    """The git directory; in a worktree or a submodule `.git` is a file that names it."""
    if found.is_dir():
        return found
    named = found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    return (found.parent / named).resolve()


def _commit(git_dir: Path) -> str:
    head = (git_dir / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head
    ref = head.removeprefix("ref:").strip()
    common = git_dir
    if (git_dir / "commondir").exists():
        common = (git_dir / (git_dir / "commondir").read_text(encoding="utf-8").strip()).resolve()
    for place in (git_dir / ref, common / ref):
        if place.exists():
            return place.read_text(encoding="utf-8").strip()
    for line in (common / "packed-refs").read_text(encoding="utf-8").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return ""
