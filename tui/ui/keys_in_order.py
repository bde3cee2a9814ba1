"""Keys that are done in the order in which they were typed, however late the screen is.

A key that opens or closes something works in several turns: a line tells its text, the screen
looks at it, a sheet gives its answer. What is typed behind it (or pasted with it) is kept until
that is over: the `m` of `/orders⏎m` is for the tree, not for the line. And a line takes letters at
once, but backspace only after the app was asked whose key that is: the letter behind it waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import repeat

from textual.app import App
from textual.events import Event, Key
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import WorkerError

TURNS = 2
"""Turns that a widget has: for what it is told, and for what it says of that to itself."""
AT_MOST = 5.0
"""Seconds for which keys are kept at most: a line whose text is hard to look up stays open."""
MARKING = "marking"
"""The workers at whose end a line is closed."""


class KeysInOrder(App[None]):
    """An app that keeps keys while the one before them is at work."""

    _kept: list[Key] | None = None
    _patience: Timer | None = None

    async def on_event(self, event: Event) -> None:
        """Take an event, a key only when it is its turn."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        if event.key == "ctrl+c":
            self._kept = None
        elif self._kept is not None:
            self._kept.append(event)
            return
        screen, focused = self.screen, self.focused
        await self.press(event)
        if self.screen is not screen:
            self._keep_until_settled(self.screen)
        elif not event.is_printable if isinstance(focused, Input) else self._answers(event):
            self._keep_until_settled(focused or screen)

    def _answers(self, event: Key) -> bool:
        return event.key == "enter" or self.screen.is_modal

    async def press(self, event: Key) -> None:
        """Do what a key does now."""
        await super().on_event(event)

    def _keep_until_settled(self, node: MessagePump) -> None:
        kept: list[Key] = []
        self._kept = kept
        if self._patience is not None:
            self._patience.stop()
        self._patience = self.set_timer(AT_MOST, lambda: self.call_later(self._let_go, kept))
        self._go_through(list(_upward(node)), kept)

    def _go_through(self, queues: list[MessagePump], kept: list[Key]) -> None:
        """Wait until each of these has done what is in its queue by now, one after the other."""
        for place, node in enumerate(queues):
            if node.call_later(self._go_through, queues[place + 1 :], kept):
                return
        if any(worker.group == MARKING and not worker.is_finished for worker in self.workers):
            self.run_worker(self._wait_for_marking(kept), group="keys in order")
        else:
            self.call_later(self._let_go, kept)

    async def _wait_for_marking(self, kept: list[Key]) -> None:
        for worker in list(self.workers):
            if worker.group == MARKING:
                with contextlib.suppress(WorkerError):  # given up, or already told
                    await worker.wait()
        self.call_later(self._let_go, kept)

    async def _let_go(self, kept: list[Key]) -> None:
        """Do the keys that were kept; one of them may again keep those behind it."""
        if self._kept is not kept:
            return
        self._kept = None
        if self._patience is not None:
            self._patience.stop()
        for key in kept:
            await self.on_event(key)


def _upward(start: MessagePump) -> Iterator[MessagePump]:
    """The queues that a key goes through.

    First from the widget up to the app, which knows whose binding it is; then what that widget
    says of it goes up to the screen, and from there an answer to the app.
    """
    for _ in range(2):
        node: MessagePump | None = start
        while node is not None:
            yield from repeat(node, TURNS)
            node = node._parent
