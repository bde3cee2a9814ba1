"""The bottom line: the keys that apply now, or for a moment a notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from tui.ui.app_interface import host_of
from tui.ui.commands import Command

SHOWN_SECONDS = 4.0
"""For how long a notice stays."""


class Footer(Widget):
    """Keys and titles of commands, each of which can be clicked."""

    commands: reactive[Sequence[Command]] = reactive(())
    notice: reactive[str] = reactive("")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._forgetting: Timer | None = None

    def tell(self, words: str) -> None:
        """Show a notice in place of the keys, for some seconds."""
        self.notice = words
        if self._forgetting is not None:
            self._forgetting.stop()
        if words:
            self._forgetting = self.set_timer(SHOWN_SECONDS, self.forget)

    def forget(self) -> None:
        """Show the keys again."""
        self.notice = ""
        if self._forgetting is not None:
            self._forgetting.stop()
            self._forgetting = None

    def render(self) -> Content:
        if self.notice:
            return Content.assemble((self.notice, "$status-stale")).truncate(
                max(self.content_size.width, 1), ellipsis=True
            )
        parts: list[tuple[str, str]] = []
        for text, style, _ in self._laid_out():
            parts.append((text, style))
        return Content.assemble(*parts)

    def _laid_out(self) -> Iterator[tuple[str, str, Command | None]]:
        """Key, title, gap…, as far as there is room; the last ones (help, quit) always."""
        glyphs = host_of(self).glyphs
        kept = [
            (command, command.labelled(ascii_only=glyphs.is_ascii)) for command in self.commands
        ]
        while len(kept) > 2 and _width(kept) > self.content_size.width:
            del kept[-3]
        for index, (command, label) in enumerate(kept):
            yield ("  " if index else "", "", None)
            yield (label, "bold $accent-ink", command)
            yield (f" {command.title.lower()}", "$dim", command)

    async def on_click(self, event: events.Click) -> None:
        position = 0
        for text, _, command in self._laid_out():
            position += Content(text).cell_length
            if event.x < position:
                if command is not None:
                    self.app.simulate_key(command.keys.split(",")[0])
                return


def _width(labelled: Sequence[tuple[Command, str]]) -> int:
    return sum(len(label) + len(command.title) + 3 for command, label in labelled)
