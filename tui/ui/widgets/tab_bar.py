"""One line of tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


@dataclass(frozen=True)
class Tab:
    """One tab, with what it counts and whether that is bad news."""

    id: str
    title: str
    note: str = ""
    style: str = "$dim"


class TabBar(Widget):
    """Titles side by side, the current one underlined."""

    tabs: reactive[Sequence[Tab]] = reactive(())
    current: reactive[str] = reactive("")

    class Chosen(Message):
        """Another tab is the current one."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def watch_current(self, current: str) -> None:
        self.post_message(self.Chosen(current))

    def step(self, step: int) -> None:
        """Go some tabs to the right or left, around the end."""
        ids = [tab.id for tab in self.tabs]
        if ids:
            here = ids.index(self.current) if self.current in ids else 0
            self.current = ids[(here + step) % len(ids)]

    def render(self) -> Content:
        parts: list[tuple[str, str]] = []
        for tab in self.tabs:
            style = "bold underline $accent-ink" if tab.id == self.current else "$dim"
            parts += [(tab.title, style), (f" {tab.note}" if tab.note else "", tab.style)]
            parts.append(("    ", ""))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        position = 0
        for tab in self.tabs:
            position += len(tab.title) + (len(tab.note) + 1 if tab.note else 0) + 4
            if event.x < position:
                self.current = tab.id
                return
