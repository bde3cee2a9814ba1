"""Follows the files of an open project and tells what changed, a burst of saves at a time.

The directories in which dbt reads are watched in depth, the few others (the root, that of
`profiles.yml`, that of the packages) only at their surface, so that a `.venv` or `node_modules`
beside them costs nothing. What the system reports is only a hint: every hint is compared with the
file's stamp as it was known, which makes a save through a temporary file one change, a `chmod`
none, and a renamed directory the files that are in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterable
from importlib import import_module
from pathlib import Path

from tui.project.project import Project
from tui.protocol.messages import EngineReady
from tui.watch.filters import FileChanges
from tui.watch.linked_files import LinkedFiles
from tui.watch.roots import (
    Places,
    Stamp,
    git_is_busy,
    is_remote,
    places_of,
    restart_digests,
    stamp_of,
    stamps,
    stamps_in,
)

__all__ = ["FileChanges", "watch_project"]

STEP = 10
"""Milliseconds for which the files must be quiet before the system's events are taken."""
SURFACE_STEP = 60
"""The same for the surfaces, whose changes restart the engine and have time."""
LONGEST_STEP = 50
"""Milliseconds after which events are taken though more come: well below SETTLE, so that a burst
that goes on is never taken for one that is over."""
SURFACE_LONGEST_STEP = 500
"""The same for the surfaces: a database that lies there is written to all through a run."""
NOISE = 0.4
"""Seconds for which a surface is left alone after a change there that is nobody's concern: more of
the same follows, and what matters is not lost meanwhile."""
SETTLE = 0.12
"""Seconds of further quiet that a burst, or a file in the middle of being saved, must have."""
INSTALLING = 1.0
"""The same while packages come and go: `dbt deps` loads them one after another."""
BURST = 8
"""So many files at once come from a checkout or a replace-all, and more may follow."""
LONGEST = 10.0
"""Seconds after which a burst is told though it goes on."""
LOOK = 0.5
"""Seconds between looks at what the engine says of its directories."""

Facts = Callable[[], EngineReady | None]
Changed = dict[str, Stamp | None]
"""Files that differ from what is known, with their new stamps; None where they are gone."""


async def watch_project(project: Project, facts: Facts) -> AsyncIterator[FileChanges]:
    """The changes of a project's files, from now on until the iterator is closed.

    Args:
        project: the open project.
        facts: what the latest engine said of the project, or None while none has. Asked again
            now and then, since a restarted engine may read in other directories.
    """
    watcher = Watcher(project, facts)
    try:
        await watcher.start()
        while True:
            if changes := await watcher.next_changes():
                yield changes
    finally:
        await watcher.disarm()


class Watcher:
    """The state of one `watch_project`: what is armed, and the files as they are known."""

    def __init__(self, project: Project, facts: Facts) -> None:
        self.project = project
        self.facts = facts
        self.began = time.time_ns()
        self.said = facts()
        self.places = places_of(project, self.said)
        self.start_files = restart_digests(self.places)
        self.known: dict[str, Stamp] = {}
        self.hints: set[str] = set()
        self.hinted = asyncio.Event()
        self.stop = asyncio.Event()
        self.pumps: list[asyncio.Task[None]] = []
        self.links = LinkedFiles(self.places)
        self.armed_links: tuple[str, ...] = ()
        self.link_pumps: list[asyncio.Task[None]] = []
        self.link_stop = asyncio.Event()
        self.are_moved = False

    async def start(self) -> None:
        """Listen, then learn how the files are."""
        # These imports take tenths of a second, for which no frame should wait.
        for module in ("watchfiles", "anyio._backends._asyncio"):
            await asyncio.to_thread(import_module, module)
        self.arm()
        await asyncio.sleep(0)  # each pump begins to listen in its first step
        self.known = await asyncio.to_thread(stamps, self.places)
        await self.follow_links(self.known)

    def arm(self) -> None:
        """Listen at the places as they are now."""
        self.stop = asyncio.Event()
        deep = [real for real, _, _ in self.places.deep]
        surfaces = list(self.places.surfaces)
        self.pumps = [asyncio.create_task(self.pump(surfaces, False, self.hint_surface, self.stop))]
        if deep:
            self.pumps.append(asyncio.create_task(self.pump(deep, True, self.hint_deep, self.stop)))

    async def follow_links(self, paths: Iterable[str]) -> None:
        """Listen also where those of these files lie that are links."""
        await asyncio.to_thread(self.links.look_at, paths)
        directories = self.links.directories
        if directories == self.armed_links:
            return
        await self.disarm_links()
        self.armed_links = directories
        if directories:
            self.link_stop = asyncio.Event()
            pump = self.pump(list(directories), False, self.hint_linked, self.link_stop)
            self.link_pumps = [asyncio.create_task(pump)]
            await asyncio.sleep(0)
            # What happened there before may have been missed.
            self.hints |= self.links.paths
            self.hinted.set()

    async def disarm_links(self) -> None:
        """Listen no more where links lead to."""
        self.link_stop.set()
        await _end(self.link_pumps)
        self.armed_links = ()

    async def disarm(self) -> None:
        """Listen no more."""
        self.stop.set()
        await _end(self.pumps)
        await self.disarm_links()

    async def pump(
        self, paths: list[str], is_deep: bool, hint: Callable[[set[str]], bool], stop: asyncio.Event
    ) -> None:
        """Take what the system reports; where it cannot watch (no inotify left), look instead."""
        from watchfiles import awatch

        polling: bool | None = True if any(map(is_remote, paths)) else None
        while True:
            try:
                async for reported in awatch(
                    *paths, watch_filter=None, recursive=is_deep,
                    step=STEP if is_deep else SURFACE_STEP,
                    debounce=LONGEST_STEP if is_deep else SURFACE_LONGEST_STEP,
                    force_polling=polling, ignore_permission_denied=True, stop_event=stop,
                ):  # fmt: skip
                    if not hint({path for _, path in reported}):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(stop.wait(), NOISE)
                return
            except FileNotFoundError:  # a directory went away meanwhile: armed anew without it
                self.are_moved = True
                self.hinted.set()
                return
            except (OSError, RuntimeError):
                if polling:
                    raise
                polling = True

    def hint_deep(self, paths: set[str]) -> bool:
        """Something happened in a directory of dbt's, where everything counts."""
        self.are_moved |= any(real in paths for real, _, _ in self.places.deep)
        self.hints |= paths
        self.hinted.set()
        return True

    def hint_surface(self, paths: set[str]) -> bool:
        """Something happened at a surface; False where it is noise, as from a database's file."""
        if not any(map(self.places.is_landmark, paths)):
            return False
        self.are_moved = True
        self.hinted.set()
        return True

    def hint_linked(self, paths: set[str]) -> bool:
        """Something happened where links lead to. What else happens there may be a part of a save,
        as of an editor that writes another file first: it is never noise.
        """
        if links := self.links.links_to(paths):
            self.hints |= links
            self.hinted.set()
        return True

    async def next_changes(self) -> FileChanges:
        """The next burst; empty when it came to nothing, or when there was only time to look."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hinted.wait(), LOOK)
        if not self.hinted.is_set() and self.facts() is self.said:
            return FileChanges()
        paths = await self.more(0)
        changed = await self.compare(paths)
        deadline = time.monotonic() + LONGEST
        while wait := self.unsettled(changed):
            was_busy = git_is_busy(self.project.root)  # what it did last may be reported later
            paths |= await self.more(wait)
            before, changed = changed, await self.compare(paths)
            if time.monotonic() > deadline:
                break
            is_busy = was_busy or git_is_busy(self.project.root)
            if changed == before and not is_busy:
                break
        await self.follow_links(changed)
        return self.told(changed)

    async def more(self, wait: float) -> set[str]:
        """The paths that were reported by now, or within so many seconds."""
        if wait:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.hinted.wait(), wait)
        self.hinted.clear()
        if self.are_moved or self.facts() is not self.said:
            self.are_moved, self.said = False, self.facts()
            places = places_of(self.project, self.said)
            if places != self.places:
                await self.move(places)
        taken, self.hints = self.hints, set()
        return taken

    def unsettled(self, changed: Changed) -> float:
        """For how many seconds more to listen, since this is likely to be only a part: of a
        burst, of a save (the file is gone or empty), of an installation of packages.
        """
        now = restart_digests(self.places)
        if now != self.start_files:
            dirs = {str(path) for path in self.places.package_dirs}
            same = all(now.get(key) == self.start_files.get(key) for key in dirs)
            return SETTLE if same else INSTALLING
        is_part = (
            len(changed) >= BURST
            or any(stamp is None or stamp[1] == 0 for stamp in changed.values())
            or git_is_busy(self.project.root)
        )
        return SETTLE if is_part else 0

    async def compare(self, paths: set[str]) -> Changed:
        """Which files among these paths, and in directories among them, really changed."""
        if len(paths) > BURST:
            return await asyncio.to_thread(self._compare, paths)
        return self._compare(paths)

    def _compare(self, paths: Iterable[str]) -> Changed:
        found: Changed = {}
        known: list[str] = []
        for path in paths:
            relative = self.places.relative(path)
            if relative is None:
                continue
            if self.places.is_parsed(relative):
                found[relative] = stamp_of(path)
            elif os.path.isdir(path):
                found.update(stamps_in(path, relative, self.places))
            else:  # maybe a directory that is gone, with all that was in it
                known = known or sorted(self.known)
                inside = relative + "/"
                for key in known[bisect_left(known, inside) :]:
                    if not key.startswith(inside):
                        break
                    found[key] = stamp_of(self.project.root / key)
        return {key: stamp for key, stamp in found.items() if self.known.get(key) != stamp}

    def told(self, changed: Changed) -> FileChanges:
        """Take the changes as known from now on."""
        for path, stamp in changed.items():
            if stamp is None:
                self.known.pop(path, None)
            else:
                self.known[path] = stamp
        before, self.start_files = self.start_files, restart_digests(self.places)
        causes = [
            _shown(Path(key), self.project.root)
            for key in sorted(before.keys() | self.start_files.keys())
            if before.get(key) != self.start_files.get(key)
        ]
        return FileChanges(tuple(sorted(changed)), bool(causes), tuple(causes))

    async def move(self, places: Places) -> None:
        """Watch other places, and hint at what happened in them while nobody listened."""
        await self.disarm()
        old, self.places = self.places, places
        self.arm()
        await asyncio.sleep(0)
        now = await asyncio.to_thread(stamps, places)
        self.links = LinkedFiles(places)
        await self.follow_links(now)
        known: dict[str, Stamp] = {}
        for path, stamp in now.items():
            if path in self.known:
                known[path] = self.known[path]
            elif not old.is_parsed(path) and stamp[0] < self.began:
                known[path] = stamp  # a directory that was not watched before: nothing new in it
        for path, stamp in self.known.items():
            if path not in now and places.is_parsed(path):
                known[path] = stamp
        self.known = known
        differ = (path for path in now.keys() | known.keys() if now.get(path) != known.get(path))
        self.hints.update(str(self.project.root / path) for path in differ)
        if old.restart_files != places.restart_files:
            # That another profiles.yml counts is no change of it.
            fresh = restart_digests(places)
            for path in map(str, {*old.restart_files, *places.restart_files}):
                if Path(path) not in places.restart_files:
                    self.start_files.pop(path, None)
                elif Path(path) not in old.restart_files and path in fresh:
                    self.start_files[path] = fresh[path]


async def _end(pumps: list[asyncio.Task[None]]) -> None:
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
    pumps.clear()


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
