"""Saved files that wait to be parsed: files saved during one parse go into the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from tui.engine_client.session import EngineSession, changes_of
from tui.errors import EngineError
from tui.graph import GraphChanges, Problem
from tui.protocol import messages


class ParseListener(Protocol):
    """Who wants to know how a parse of saved files goes."""

    def parse_began(self) -> None:
        """Saved files were given to the engine."""

    def graph_changed(self, changes: GraphChanges, report: messages.GraphChanged) -> None:
        """They were parsed."""

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """They cannot be parsed."""

    def parse_refused(self, problem: Problem) -> None:
        """The engine would not parse at all."""


class Reparsing:
    """The parses of one open project after its first."""

    def __init__(self, engine: EngineSession, listener: ParseListener) -> None:
        self._engine = engine
        self._listener = listener
        self._unparsed: set[str] = set()
        self._everything = False
        self._parsing: asyncio.Task[None] | None = None

    @property
    def is_owed(self) -> bool:
        """Whether something waits that the engine was not given yet."""
        return bool(self._unparsed) or self._everything

    @property
    def is_going_on(self) -> bool:
        """Whether saved files wait for their parse."""
        return bool(self._unparsed) or (self._parsing is not None and not self._parsing.done())

    def parse(self, paths: Iterable[str], *, full: bool) -> None:
        """Parse these files (relative to the root), or everything, as soon as that can be."""
        self._unparsed.update(paths)
        self._everything |= full
        if self._parsing is None or self._parsing.done():
            self._parsing = asyncio.create_task(self._parse_changes())

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._parsing is not None:
            self._parsing.cancel()

    async def _parse_changes(self) -> None:
        while self.is_owed:
            paths, full = sorted(self._unparsed), self._everything
            self._unparsed.clear()
            self._everything = False
            self._listener.parse_began()
            try:
                reply = await self._engine.ask(messages.Reparse, paths=paths, full=full)
            except EngineError:
                return  # the engine is gone or on its way: a new one reads every file anyway
            match reply:
                case messages.GraphChanged():
                    self._listener.graph_changed(changes_of(reply), reply)
                case messages.ParseFailed():
                    problems = (Problem._make(row) for row in reply.problems)
                    self._listener.parse_failed(tuple(problems))
                case messages.Refused():
                    self._listener.parse_refused(
                        Problem("engine", reply.message, reply.path, reply.line)
                    )
