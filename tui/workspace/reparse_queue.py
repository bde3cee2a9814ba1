"""Saved files that wait to be parsed: files saved during one parse go into the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from tui.errors import EngineError


class Reparser(Protocol):
    """The engine, as far as the queue needs it; what comes of a parse it reports by itself."""

    async def reparse(self, paths: Sequence[str], *, full: bool) -> None:
        """Parse these files, or everything. Raises EngineError where there is no engine."""


class ReparseQueue:
    """The parses of one open project after its first, one at a time."""

    def __init__(self, engine: Reparser) -> None:
        self._engine = engine
        self._paths: set[str] = set()
        self._everything = False
        self._parsing: asyncio.Task[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something waits that the engine was not given yet."""
        return bool(self._paths) or self._everything

    def add(self, paths: Iterable[str], *, full: bool) -> None:
        """Parse these files (relative to the root), or everything, as soon as that can be."""
        self._paths.update(paths)
        self._everything |= full
        if self._parsing is None or self._parsing.done():
            self._parsing = asyncio.create_task(self._parse_changes())

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._parsing is not None:
            self._parsing.cancel()

    async def _parse_changes(self) -> None:
        while self.is_waiting:
            paths, full = sorted(self._paths), self._everything
            self._paths.clear()
            self._everything = False
            try:
                await self._engine.reparse(paths, full=full)
            except EngineError:
                return  # the engine is gone or on its way: a new one reads every file anyway
