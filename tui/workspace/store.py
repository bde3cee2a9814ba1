"""A state that is replaced on every new fact, and published to its subscribers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tui.workspace.state import WorkspaceState

FRAME = 1 / 60
"""Seconds: facts are published at most once in this time."""

Subscriber = Callable[[WorkspaceState], None]


class PublishedState:
    """The state of one open project, published at most once per frame."""

    def __init__(self, state: WorkspaceState) -> None:
        self.state = state
        self._subscribers: list[Subscriber] = []
        self._publishing: asyncio.TimerHandle | None = None
        self._published_at = 0.0
        self._changed = asyncio.Event()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Wait until something holds of the state; returns that state."""
        while not is_so(self.state):
            self._changed.clear()
            await self._changed.wait()
        return self.state

    def tell(self, words: str) -> None:
        """Say something to the user in the status line."""
        self._set(notice=words, notice_at=time.time())

    def _set(self, **facts: Any) -> None:
        self.state = replace(self.state, **facts)
        self._changed.set()
        if self._publishing is not None or not self._subscribers:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # restored before there is a loop: nobody listens yet
        wait = max(0.0, self._published_at + FRAME - loop.time())
        self._publishing = loop.call_later(wait, self._publish)

    def _recheck(self) -> None:
        """Let those who wait for something that is not a fact of the state look again."""
        self._changed.set()

    def _publish(self) -> None:
        self._publishing = None
        self._published_at = asyncio.get_running_loop().time()
        for subscriber in list(self._subscribers):
            subscriber(self.state)

    def _publish_no_more(self) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
