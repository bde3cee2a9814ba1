"""Keeps the state up to date with git: which branch is checked out, and which assets it changes.

Git is asked in a thread, when a file of the project was saved or git's own files changed; nothing
that a key does waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tui.errors import SelectionError
from tui.git.assets import asset_changes, touched
from tui.git.command import GitFailed
from tui.git.reading import read_against, read_git
from tui.git.values import AssetChange, GitState
from tui.graph import AssetGraph
from tui.workspace.state import WorkspaceState

TICK = 2.0
"""Seconds between two looks whether git did something."""
QUIET = 0.2
"""Seconds without a further change before git is asked."""
WATCHED = ("HEAD", "index", "packed-refs", "FETCH_HEAD", "logs/HEAD")
"""Files of a git directory, one of which changes with whatever git does to a working tree."""

Publish = Callable[[GitState, Mapping[str, AssetChange]], None]
Stamp = tuple[tuple[int, int] | None, ...]


class GitWatch:
    """What git says of one open project."""

    def __init__(self, state: Callable[[], WorkspaceState], publish: Publish) -> None:
        """`publish` takes the state of the repository, and the assets that the branch changes."""
        self._state = state
        self._publish = publish
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._graph: AssetGraph | None = None

    def open(self) -> None:
        """Look from now on."""
        self._wake.set()
        self._task = asyncio.create_task(self._follow())

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def follow(self, state: WorkspaceState) -> None:
        """Another state was published: another graph means that a file was saved."""
        if state.graph.assets is not (self._graph.assets if self._graph else None):
            self._graph = state.graph
            self._wake.set()

    async def look(self) -> GitState:
        """Ask git now."""
        state = self._state()
        base = state.project.settings["base_branch"].value
        git = await asyncio.to_thread(read_git, state.project.root, base)
        graph = self._state().graph
        changed = await asyncio.to_thread(asset_changes, graph, git)
        before = self._state()
        if git != before.git or changed != before.changed:
            self._publish(git, changed if changed != before.changed else before.changed)
        return git

    async def changed_since(self, name: str) -> frozenset[str]:
        """The assets, and tests of their own file, that differ from where this branch left another
        one. Raises SelectionError where git does not know it.
        """
        state = self._state()
        try:
            found = await asyncio.to_thread(read_against, state.project.root, name)
        except GitFailed as error:
            raise SelectionError(str(error)) from None
        return frozenset(touched(state.graph, found))

    async def _follow(self) -> None:
        stamp: Stamp | None = None
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK)
            if self._wake.is_set():
                await asyncio.sleep(QUIET)
            root = self._state().project.root
            now = await asyncio.to_thread(stamp_of, root)
            if not self._wake.is_set() and now == stamp:
                continue
            self._wake.clear()
            stamp = now
            await self.look()


def stamp_of(root: Path) -> Stamp:
    """What changes when git does something to the working tree of a directory."""
    for place in (root, *root.parents):
        found = place / ".git"
        if found.is_dir():
            return _stamps(found)
        if found.is_file():
            with contextlib.suppress(OSError, UnicodeError):
                named = found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
                return _stamps(place / named)
    return ()


def _stamps(directory: Path) -> Stamp:
    return tuple(_stat(directory / name) for name in WATCHED)


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
