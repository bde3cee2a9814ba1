"""Reads the state of a repository: the branch, its base, and what differs from both.

Files that are not tracked yet are made known to a copy of the index (without adding them), so that
one that was moved by hand is found to be renamed, as git itself does once it is added.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tui.git.command import Git, GitFailed, commit_named
from tui.git.contents import changed_entries, macro_names
from tui.git.values import ADDED, DELETED, MODIFIED, RENAMED, Comparison, FileChange, GitState

COMMON = ("main", "master")
"""Names of the base branch where nothing says another one."""
YAML = (".yml", ".yaml")
SIMILAR = "-M50%"
NO_REPOSITORY = GitState(is_repository=False)
MOST_UNTRACKED = 5000
"""Files that are not tracked, beyond which none of them is looked at."""


def read_git(root: Path, base: str = "", *, program: str = "git") -> GitState:
    """The state of the repository that contains `root`. Never raises.

    Args:
        root: the project's directory.
        base: the branch to compare with; empty for the one that the repository suggests.
        program: what to run as git.
    """
    git = Git(root, program=program)
    try:
        inside = git.text("rev-parse", "--is-inside-work-tree", ok=(0, 128))
    except GitFailed as error:
        return GitState(is_repository=False, problem=str(error))
    if inside != "true":
        return NO_REPOSITORY
    try:
        git.disarm()
        return _read(git, root, base)
    except GitFailed as error:
        return GitState(problem=str(error))


def read_against(root: Path, commit: str, *, program: str = "git") -> Comparison:
    """What differs from where this branch left another one (or from a commit, such as HEAD).

    Raises GitFailed.
    """
    git = Git(root, program=program)
    git.disarm()
    commit_named(git, commit)
    with _index_with_untracked(git, root) as index:
        return _compared(git, root, index, _merge_base(git, commit))


def _read(git: Git, root: Path, wanted: str) -> GitState:
    branch = git.text("symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1))
    if not _exists(git, "HEAD"):
        return GitState(branch, problem="There is no commit yet.")
    commit = git.text("rev-parse", "--short", "HEAD")
    base, problem = _base(git, wanted)
    with _index_with_untracked(git, root) as index:
        head = _compared(git, root, index, "HEAD")
        branched = head
        if base and base != branch:
            try:
                branched = _compared(git, root, index, _merge_base(git, base))
            except GitFailed as error:
                problem = str(error)
    return GitState(branch, commit, base, head, branched, problem)


def _exists(git: Git, name: str) -> bool:
    return bool(git.text("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", ok=(0, 1, 128)))


def _base(git: Git, wanted: str) -> tuple[str, str]:
    """The branch to compare with, and why there is none."""
    if wanted:
        if not wanted.startswith("-") and _exists(git, wanted):
            return wanted, ""
        return "", f"git knows no branch {wanted}, which base_branch is set to."
    for remote in ("origin", *git.text("remote").split()):
        default = git.text("symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD",
                           ok=(0, 1, 128))  # fmt: skip
        if default and _exists(git, default):
            return default, ""
    names = (*COMMON, *(f"origin/{name}" for name in COMMON))
    return next((name for name in names if _exists(git, name)), ""), ""


def _merge_base(git: Git, base: str) -> str:
    found = git.text("merge-base", base, "HEAD", ok=(0, 1))
    if found:
        return found
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        raise GitFailed(f"This clone is shallow: where the branch left {base} is not in it.")
    raise GitFailed(f"This branch and {base} have no common commit.")


@contextlib.contextmanager
def _index_with_untracked(git: Git, root: Path) -> Iterator[str]:
    """The path of a copy of the index that knows the untracked files; empty without any."""
    untracked = git.bytes("ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    count = untracked.count(b"\0")
    own = Path(git.text("rev-parse", "--git-path", "index"))
    own = own if own.is_absolute() else root / own
    if not count or count > MOST_UNTRACKED or not own.is_file():
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="dbtree-git-") as directory:
        copy = os.path.join(directory, "index")
        try:
            # With its time: by that, git knows which files it must look into.
            shutil.copy2(own, copy)
            objects = git.text("rev-parse", "--git-path", "objects")
            aside = os.path.join(directory, "objects")  # where git writes an empty file's object
            os.mkdir(aside)
            git.bytes(
                "add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul",
                more={
                    "GIT_INDEX_FILE": copy, "GIT_LITERAL_PATHSPECS": "1",
                    "GIT_OBJECT_DIRECTORY": aside,
                    "GIT_ALTERNATE_OBJECT_DIRECTORIES": str((root / objects).resolve()),
                },
                given=untracked,
            )  # fmt: skip
        except (OSError, GitFailed):
            yield ""  # a file that went meanwhile; the next look has it
            return
        yield copy


def _compared(git: Git, root: Path, index: str, commit: str) -> Comparison:
    printed = git.bytes(
        "diff", "--no-ext-diff", "--no-textconv", "--relative", "--name-status", "-z", SIMILAR,
        commit, "--", ".", more={"GIT_INDEX_FILE": index} if index else None,
    )  # fmt: skip
    changes = tuple(parsed(printed))
    entries: dict[str, frozenset[str]] = {}
    macros: set[str] = set()
    for change in changes:
        if not change.path.endswith((*YAML, ".sql")):
            continue
        now = "" if change.letter == DELETED else _text_of(root / change.path)
        if change.path.endswith(YAML) or "{% macro" in now or "macro" in change.path:
            before = _text_before(git, commit, change)
            if change.path.endswith(YAML):
                entries[change.path] = changed_entries(before, now)
            else:
                macros |= macro_names(before, now)
    return Comparison(changes, entries, frozenset(macros))


def parsed(printed: bytes) -> Iterator[FileChange]:
    """The changes that `git diff --name-status -z` printed."""
    words = iter(printed.decode("utf-8", "surrogateescape").split("\0"))
    for status in words:
        if not status:
            continue
        letter, path = status[0], next(words, "")
        if letter in "RC":
            before, path = path, next(words, "")
            yield FileChange(RENAMED, path, before) if letter == "R" else FileChange(ADDED, path)
        else:
            yield FileChange(letter if letter in (ADDED, DELETED) else MODIFIED, path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _text_before(git: Git, commit: str, change: FileChange) -> str:
    if change.letter == ADDED:
        return ""
    path = change.before or change.path
    try:
        found = git.bytes("cat-file", "blob", f"{commit}:./{path}", ok=(0, 128))
    except GitFailed:
        return ""
    return found.decode("utf-8", "replace")
