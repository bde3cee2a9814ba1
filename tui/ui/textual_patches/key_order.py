"""Keys that are done in the order in which they were typed, however late the screen is.

A key that opens or closes something works in several turns: a line tells its text, the screen
looks at it, a sheet gives its answer. What is typed behind it (or pasted) is kept until that is
over: the `m` of `/orders⏎m` is for the tree, not for the line. And a line takes letters at once,
but backspace only after the app was asked whose key that is: the letter behind it waits.

How long that takes decides nothing. Keys are kept until what they wait for has happened, or can
not happen any more; only esc, behind a line whose text is looked up for long, is for that line.

Checked with Textual 8.2. Without it each key is done as it comes, which can be too early.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from itertools import repeat

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerError

from tui.ui.textual_patches.registry import KEY_ORDER

TURNS = 2
"""Turns that a widget has: for what it is told, and for what it says of that to itself."""
LOOK_AGAIN = 0.5
"""Seconds after which it is looked whether what keys wait for can still happen."""
LONG = 1.0
"""Seconds of a look-up after which a line is seen to be open still: esc is for it."""
MARKING = "marking"
"""The workers at whose end a line is closed."""


class Hold:
    """A reason to keep keys: something that has begun, and is not over."""

    def __init__(self, node: MessagePump) -> None:
        self.node = node
        """Whose turn is waited for: when it is gone, it has none any more."""
        self.rest: list[MessagePump] = []
        """Whose turns come after that."""
        self.looking_since: float | None = None
        """Since when a text is looked up, by the monotonic clock."""


class KeysInOrder(App[None]):
    """An app that keeps keys while the one before them is at work."""

    def __init__(self) -> None:
        self._kept: list[Key | Paste] = []
        self._holds: list[Hold] = []
        self._watch: Timer | None = None
        super().__init__()

    async def on_event(self, event: Event) -> None:
        """Take an event, a key only when it is its turn."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if not KEY_ORDER.on:
            await self._pass_on(event)
            return
        if isinstance(event, Key) and self._is_for_now(event):
            self._kept.clear()
            self._holds.clear()
        elif not self._kept:
            self._wait_for_screen()
        if self._holds or self._kept:
            self._kept.append(event)
        else:
            await self._do(event)

    def _is_for_now(self, event: Key) -> bool:
        """Whether a key gives up what those before it wait for."""
        if event.key == "ctrl+c":
            return True
        long_ago = time.monotonic() - LONG
        return event.key == "escape" and any(
            hold.looking_since is not None and hold.looking_since < long_ago for hold in self._holds
        )

    async def _pass_on(self, event: Key | Paste) -> None:
        if isinstance(event, Key):
            await self.press(event)
        else:
            await super().on_event(event)

    async def _do(self, event: Key | Paste) -> None:
        screen, focused = self.screen, self.focused
        await self._pass_on(event)
        if isinstance(event, Paste):
            return
        if self.screen is not screen:
            self._keep_until_settled(self.screen)
        elif not event.is_printable if takes_text(focused) else not self.is_move(event):
            self._keep_until_settled(focused or screen)

    def is_move(self, event: Key) -> bool:
        """Whether a key only moves the cursor: what is typed behind it need not wait."""
        return False

    async def press(self, event: Key) -> None:
        """Do what a key does now."""
        await super().on_event(event)

    # ----------------------------------------------------------------- keeping

    @property
    def kept_keys(self) -> list[str]:
        """What was typed, and waits for its turn."""
        return [event.key if isinstance(event, Key) else event.text for event in self._kept]

    @property
    def is_looking_up(self) -> bool:
        """Whether keys wait for a text that is looked up."""
        return any(hold.looking_since is not None for hold in self._holds)

    def keep_keys(self, node: MessagePump) -> Hold:
        """Keep what is typed from now on, until `let_keys_go`, or until this node is gone."""
        hold = Hold(node)
        if not KEY_ORDER.on:
            return hold
        self._holds.append(hold)
        if self._watch is None:
            self._watch = self.set_interval(LOOK_AGAIN, self._look_after_holds)
        self._watch.resume()
        return hold

    def let_keys_go(self, hold: Hold) -> None:
        """This no longer holds keys back."""
        if hold in self._holds:
            self._holds.remove(hold)
            if not self._holds:
                self.call_later(self._let_go)

    async def _let_go(self) -> None:
        """Do the keys that were kept; one of them may again keep those behind it."""
        while self._kept and not self._holds:
            self._wait_for_screen()
            if not self._holds:
                await self._do(self._kept.pop(0))

    def _wait_for_screen(self) -> None:
        """Keep keys for a screen that is not made yet, whatever opened it (a click, an answer)."""
        screen = self.screen_stack[-1] if self.screen_stack else None
        if screen is None or screen.is_mounted or screen._closing or screen._closed:
            return
        self._keep_until_settled(screen)

    def _look_after_holds(self) -> None:
        """Wait for nobody who is gone."""
        for hold in list(self._holds):
            if hold.node._closing or hold.node._closed:
                self._go_on(hold)
        if not self._holds and self._watch is not None:
            self._watch.pause()

    # ---------------------------------------------------------------- settling

    def _keep_until_settled(self, node: MessagePump) -> None:
        hold = self.keep_keys(node)
        hold.rest = list(_upward(node))
        self._go_on(hold)

    def _go_on(self, hold: Hold) -> None:
        """Wait until each of these has done what is in its queue by now, one after the other."""
        while hold.rest:
            hold.node, left = hold.rest.pop(0), len(hold.rest)
            if hold.node.call_later(self._was_there, hold, left):
                return
        hold.node = self
        marking = [one for one in self.workers if one.group == MARKING and not one.is_finished]
        if marking:
            hold.looking_since = time.monotonic()
            self.run_worker(self._wait_for(marking, hold), group="keys in order")
        else:
            self.let_keys_go(hold)

    def _was_there(self, hold: Hold, left: int) -> None:
        if len(hold.rest) == left:  # else it was taken for gone before it had its turn
            self._go_on(hold)

    async def _wait_for(self, workers: list[Worker[object]], hold: Hold) -> None:
        for worker in workers:
            with contextlib.suppress(WorkerError):  # given up, or already told
                await worker.wait()
        self.let_keys_go(hold)


def takes_text(widget: Widget | None) -> bool:
    """Whether letters are typed into a widget, and are no commands."""
    return isinstance(widget, Input) or bool(getattr(widget, "takes_text", False))


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
