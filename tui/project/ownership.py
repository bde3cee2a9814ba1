"""Who owns a file, and how far up a project reaches: only what the user owns may run.

In a directory that many may write to (`/tmp`), anybody can leave a `.venv`, a `dbtree.toml` or a
`.git` above somebody else's project. So nothing is looked for above the top of the repository or
the home directory, nor in a directory that belongs to others, and what is found is looked at
before it is run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = 0
"""The user id of who may change everything anyway."""


def foreign(path: Path) -> str:
    """Who else can change a file or directory, in words: `belongs to user bob`; empty for nobody.

    A link is judged as a link: what it leads to may be a program of the system. What cannot be
    looked at is for whoever uses it.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return ""
    if found.st_uid not in (os.geteuid(), ROOT):
        return f"belongs to {_user(found.st_uid)}"
    if stat.S_ISLNK(found.st_mode):
        return ""
    is_shared = stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_ISVTX)
    if found.st_mode & stat.S_IWOTH and not is_shared:
        return "can be written by every user"
    if found.st_mode & stat.S_IWGRP and not is_shared and not _is_own_group(found.st_gid):
        return f"can be written by {_group(found.st_gid)}"
    return ""


def directories_above(start: Path, environment: Mapping[str, str] | None = None) -> Iterator[Path]:
    """A directory and those above it, as far up as things of its project may be.

    That is the top of its git repository, or the home directory; and no directory that is not the
    user's own, whatever is in it.
    """
    home = home_of(os.environ if environment is None else environment)
    for directory in (start, *start.parents):
        if directory != start and not _is_own(directory):
            return
        yield directory
        if (directory / ".git").exists() or os.path.realpath(directory) == str(home):
            return


def repository_of(start: Path, environment: Mapping[str, str] | None = None) -> Path:
    """The top of the git repository that a directory is in; the directory itself without one."""
    above = directories_above(start, environment)
    return next((one for one in above if (one / ".git").exists()), start)


def home_of(environment: Mapping[str, str]) -> Path:
    """The user's home directory, by its real path."""
    return Path(os.path.realpath(environment.get("HOME") or "/nowhere"))


def _is_own(directory: Path) -> bool:
    try:
        found = os.stat(directory)
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_IWOTH


def _user(number: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    import grp

    try:
        return f"group {grp.getgrgid(number).gr_name}"
    except KeyError:
        return f"group {number}"


def _is_own_group(number: int) -> bool:
    """Whether a group is the user's alone, as many systems give one to each user."""
    import grp
    import pwd

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return number == os.getegid()
    return (
        number == user.pw_gid
        and set(group.gr_mem) <= {user.pw_name}
        and (group.gr_name == user.pw_name)
    )
