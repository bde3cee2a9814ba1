"""Owns the current state of an open project, and publishes it to whoever subscribes."""

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


class WorkspaceStore:
    """The current state of one open project, published at most once per frame."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state
        self._subscribers: list[Subscriber] = []
        self._publishing: asyncio.TimerHandle | None = None
        self._published_at = 0.0
        self._changed = asyncio.Event()

    @property
    def state(self) -> WorkspaceState:
        """What is current, published or about to be."""
        return self._state

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new state, on the loop's thread; returns how to end it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def until(self, is_so: Callable[[WorkspaceState], bool]) -> WorkspaceState:
        """Wait until something holds of the state; returns that state."""
        while not is_so(self._state):
            self._changed.clear()
            await self._changed.wait()
        return self._state

    def notify(self, words: str, run_id: str = "") -> None:
        """Say something to the user in the status line; with a run's id, until that is over."""
        self.set(notice=words, notice_at=time.time(), notice_run=run_id)

    def set(self, **facts: Any) -> None:
        """Replace some facts of the state."""
        self.put(replace(self._state, **facts))

    def put(self, state: WorkspaceState) -> None:
        """Replace the whole state, if it is another one."""
        if state is self._state:
            return
        self._state = state
        self._changed.set()
        if self._publishing is not None or not self._subscribers:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # restored before there is a loop: nobody listens yet
        wait = max(0.0, self._published_at + FRAME - loop.time())
        self._publishing = loop.call_later(wait, self._publish)

    def recheck(self) -> None:
        """Let those who wait for something that is not a fact of the state look again."""
        self._changed.set()

    def close(self) -> None:
        """Publish no more."""
        if self._publishing is not None:
            self._publishing.cancel()

    def _publish(self) -> None:
        self._publishing = None
        self._published_at = asyncio.get_running_loop().time()
        for subscriber in list(self._subscribers):
            subscriber(self._state)
