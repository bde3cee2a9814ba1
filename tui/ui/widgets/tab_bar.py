"""One line of tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

GAP = "    "
BEFORE, AFTER = "‹ ", " ›"
"""At the edge where there are more tabs; a click goes to the next of them."""

TabSegment = tuple[str, str, str]
"""Text, style, and the id of the tab to which a click on it goes."""


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
        return Content.assemble(*((text, style) for text, style, _ in self._segments()))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        position = 0
        for text, _, tab in self._segments():
            position += len(text)
            if offset is not None and offset.x < position:
                self.current = tab or self.current
                return

    def _segments(self) -> list[TabSegment]:
        ids = [tab.id for tab in self.tabs]
        here = ids.index(self.current) if self.current in ids else 0
        return laid_out(self.tabs, here, self.content_size.width)


def laid_out(tabs: Sequence[Tab], here: int, width: int) -> list[TabSegment]:
    """The titles that there is room for, always with the current one, and a sign where more are.

    Args:
        tabs: all of them.
        here: the place of the current one.
        width: cells of the line.
    """
    first = next(
        (start for start in range(here + 1) if _width(tabs, start, here + 1) <= width), here
    )
    end = len(tabs)
    while end > here + 1 and _width(tabs, first, end) > width:
        end -= 1
    segments: list[TabSegment] = [(BEFORE, "$dim", tabs[first - 1].id)] if first else []
    for index in range(first, end):
        tab = tabs[index]
        if index > first:
            segments.append((GAP, "", tabs[index - 1].id))
        segments.append(
            (tab.title, "bold underline $accent-ink" if index == here else "$dim", tab.id)
        )
        if tab.note:
            segments.append((f" {tab.note}", tab.style, tab.id))
    if end < len(tabs):
        segments.append((AFTER, "$dim", tabs[end].id))
    return segments


def _width(tabs: Sequence[Tab], start: int, end: int) -> int:
    """Cells of the titles from `start` up to `end`, with the signs for those left out."""
    words = sum(len(tab.title) + (len(tab.note) + 1 if tab.note else 0) for tab in tabs[start:end])
    signs = (len(BEFORE) if start else 0) + (len(AFTER) if end < len(tabs) else 0)
    return words + len(GAP) * (end - start - 1) + signs
