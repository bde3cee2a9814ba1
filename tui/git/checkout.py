"""The files of a project as they were in a commit, in a directory of their own.

Nothing of the repository changes: no worktree is registered, no index, no branch.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath

from tui.git.command import Git, commit_named


def commit_of(root: Path, name: str) -> str:
    """The id of the commit that a branch, tag or commit names. Raises GitFailed."""
    git = Git(root)
    git.disarm()
    return commit_named(git, name)


def check_out(root: Path, commit: str, into: Path) -> None:
    """Write the files below `root` as they were in a commit. Links that lead out of it are left
    out. Raises GitFailed, or OSError.
    """
    git = Git(root)
    git.disarm()
    packed = git.bytes("archive", "--format=tar", commit, ".")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            place = PurePosixPath(member.name)
            if place.is_absolute() or ".." in place.parts:
                continue
            path = into / place
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.isfile() and (content := archive.extractfile(member)) is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
            elif member.issym() and _stays_inside(member.linkname):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(member.linkname)


def _stays_inside(link: str) -> bool:
    place = PurePosixPath(link)
    return not place.is_absolute() and ".." not in place.parts
