"""Two keys that are pressed one after the other, in a widget whose first key also does something.

`]` goes to the next tab and `]e` to the next error: a widget with chords holds the first key back
for a moment, and does what it does elsewhere when no second one comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from textual.binding import Binding
from textual.timer import Timer
from textual.widget import Widget

from tui.ui.app_interface import host_of
from tui.ui.commands import commands_of

WAIT = 0.35
"""Seconds in which the second key comes, if it does."""


def chords_of(scope: str) -> dict[tuple[str, str], str]:
    """The actions of a scope by their two keys."""
    found = {}
    for command in commands_of(scope):
        if " " in command.keys:
            first, second = command.keys.split(" ")
            found[first, second] = command.action
    return found


def chord_bindings(chords: Iterable[tuple[str, str]]) -> list[Any]:
    """The bindings that hear both keys of these chords."""
    begins = sorted({first for first, _ in chords})
    ends = sorted({second for _, second in chords})
    return [
        *(Binding(key, f"begin_chord({key!r})", show=False) for key in begins),
        *(Binding(key, f"end_chord({key!r})", show=False) for key in ends),
    ]


class Chords(Widget):
    """Hears chords; mixed into a widget, with the bindings of `chord_bindings`."""

    CHORDS: Mapping[tuple[str, str], str] = {}
    SCOPE = ""
    """The scope of the widget's own commands."""
    _held = ""
    """The first key of a chord that may be completed."""
    _waiting: Timer | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The second key is only heard behind the first one."""
        if action == "end_chord":
            return (self._held, parameters[0]) in self.CHORDS
        return super().check_action(action, parameters)

    async def action_begin_chord(self, key: str) -> None:
        """Hold a key back; one that is held already does what it does elsewhere."""
        await self._release()
        self._held = key
        self._waiting = self.set_timer(WAIT, self._release)

    async def action_end_chord(self, key: str) -> None:
        """Do what the two keys do."""
        action = self.CHORDS[self._held, key]
        self._forget()
        await self.run_action(action)

    def _forget(self) -> None:
        self._held = ""
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    async def _release(self) -> None:
        """Do what the held key does on the screen around."""
        key = self._held
        self._forget()
        if not key:
            return
        scopes = [name for name in getattr(self.screen, "scopes", ()) if name != self.SCOPE]
        for command in host_of(self).keymap.applied(commands_of(*scopes)):
            if key in command.keys.split(","):
                await self.screen.run_action(command.action)
                return
