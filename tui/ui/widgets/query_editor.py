"""An editor for a query: coloured SQL with Jinja, the line that is wrong, ways to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, work
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Location

from tui.selection import Completion
from tui.ui.commands import bindings_of
from tui.ui.rows.code_lines import STYLE_NAMES, lexed_lines
from tui.ui.rows.segments import TextSegment

LANGUAGE = "source"
QUIET = 0.25
"""Seconds without typing after which the whole text is coloured anew."""
OFFERED = 7
"""Ways to go on that are shown at once."""


class QueryEditor(TextArea):
    """Where a query is typed."""

    takes_text = True
    BINDINGS = bindings_of("query-editor")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"code--{name}" for name in (*STYLE_NAMES, "on-wrong")}

    class Typed(Message):
        """Something was typed, and the cursor is behind it."""

    class Left(Message):
        """The user wants to go on to the rows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            id=id, show_line_numbers=True, soft_wrap=False, tab_behavior="focus",
            highlight_cursor_line=True, compact=True,
        )  # fmt: skip
        self.wrong_line = 0
        """The line that is wrong, counted from 1; 0 where none is."""
        self._lexed: list[tuple[str, Sequence[TextSegment]]] = []
        """Each line with its pieces, when all was coloured last."""
        self._single: dict[str, Sequence[TextSegment]] = {}
        """The pieces of a line by itself."""
        self._offered: Sequence[Completion] = ()
        self._chosen = -1
        self._is_typed = False

    # ---------------------------------------------------------------- the text

    @property
    def offset_of_cursor(self) -> int:
        """Where the cursor is, in characters from the start of the text."""
        return self.offset_of(self.cursor_location)

    def offset_of(self, place: Location) -> int:
        """A row and a column as characters from the start of the text."""
        row, column = place
        lines = self.document.lines
        return sum(len(line) + 1 for line in lines[:row]) + column

    def location_of(self, offset: int) -> Location:
        """Characters from the start of the text as a row and a column."""
        before = self.text[:offset]
        return before.count("\n"), offset - (before.rfind("\n") + 1)

    def put(self, text: str, *, line: int = 1, at_end: bool = False) -> None:
        """Show another text, with the cursor on a line (from 1) or behind it."""
        self.load_text(text)
        self.offer(())
        self.mark(0)
        end = self.document.end
        self.move_cursor(end if at_end else (min(max(line - 1, 0), end[0]), 0))

    def mark(self, line: int) -> None:
        """Mark the line that is wrong, and bring it into sight; 0 marks none."""
        if line != self.wrong_line:
            self.wrong_line = line
            self._clear_lines()
        if line:
            self.move_cursor((min(line - 1, self.document.end[0]), 0))

    def _clear_lines(self) -> None:
        """Draw all lines again."""
        self.notify_style_update()
        self.refresh()

    # --------------------------------------------------------------- colouring

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        at = 0
        for text, style in self._pieces(line_index, line.plain):
            if style != "plain":
                line.stylize(self.get_component_rich_style(f"code--{style}"), at, at + len(text))
            at += len(text)
        if line_index + 1 == self.wrong_line:
            line.stylize(self.get_component_rich_style("code--on-wrong"))
        return line

    def _pieces(self, index: int, line: str) -> Sequence[TextSegment]:
        """The pieces of a line: as part of the whole text, else as if it were alone."""
        if index < len(self._lexed) and self._lexed[index][0] == line:
            return self._lexed[index][1]
        found = self._single.get(line)
        if found is None:
            if len(self._single) > 2000:
                self._single.clear()
            found = self._single[line] = lexed_lines(line, LANGUAGE)[0]
        return found

    @work(exclusive=True, group="colour")
    async def colour(self) -> None:
        """Colour the whole text once nobody types: what goes over several lines needs all."""
        await asyncio.sleep(QUIET)
        text = self.text
        lexed = await asyncio.to_thread(lexed_lines, text, LANGUAGE)
        if text == self.text:
            self._lexed = list(zip(text.split("\n"), lexed, strict=False))
            self._clear_lines()

    def on_text_area_changed(self) -> None:
        """The text is another."""
        if self.wrong_line:
            self.mark_nothing()
        if self._is_typed:
            self._is_typed = False
            self.post_message(self.Typed())
        self.colour()

    def mark_nothing(self) -> None:
        """What was wrong may be right now."""
        self.wrong_line = 0
        self._clear_lines()

    # -------------------------------------------------------------- completion

    @property
    def is_offering(self) -> bool:
        """Whether ways to go on are shown."""
        return bool(self._offered)

    def on_key(self, event: events.Key) -> None:
        """Take what was chosen with enter, and note whether it is typing that changes the text."""
        if event.key == "enter" and self._chosen >= 0:
            event.stop()
            event.prevent_default()
            self.take()
            return
        if event.key.startswith("alt+"):
            # A terminal sends the letter with it, which Textual would type.
            event.prevent_default()
            return
        is_shorter = self.is_offering and event.key == "backspace"
        self._is_typed = event.is_printable or is_shorter
        if not self._is_typed and event.key not in ("up", "down", "tab", "escape"):
            self.offer(())

    def offer(self, completions: Sequence[Completion]) -> None:
        """Show ways to go on beside the cursor; none hides them."""
        self._offered, self._chosen = completions, -1
        self._show_offered()

    def _show_offered(self) -> None:
        if not self.is_attached:
            return
        box = self.screen.query_one(CompletionBox)
        box.display = self.is_offering
        if not self.is_offering:
            return
        first = max(0, self._chosen - OFFERED + 1)
        width = max(len(one.text) for one in self._offered[first : first + OFFERED])
        lines = [
            Content.assemble(
                (f" {one.text:<{width}} ", "bold $accent-ink" if at == self._chosen else ""),
                (f" {one.kind} ", "$dim"),
            )
            for at, one in enumerate(self._offered[first : first + OFFERED], first)
        ]
        box.update(Content("\n").join(lines))
        typed = self.offset_of_cursor - self._offered[0].start
        place = self.cursor_screen_offset
        box.styles.offset = (max(place.x - typed - 1, 0), place.y + 1)

    def take(self) -> None:
        """Put the chosen way to go on, else the first one, in the place of what was typed."""
        one = self._offered[max(self._chosen, 0)]
        start = self.location_of(one.start)
        self.offer(())
        self.replace(one.text, start, self.cursor_location, maintain_selection_offset=False)
        self.move_cursor(self.location_of(self.offset_of(start) + len(one.text)))

    def action_complete_or_leave(self) -> None:
        """Take what is offered, else go on to the rows."""
        if self.is_offering:
            self.take()
        else:
            self.post_message(self.Left())

    def action_cursor_up(self, select: bool = False) -> None:
        if self.is_offering and not select:
            self._choose(-1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self.is_offering and not select:
            self._choose(1)
        else:
            super().action_cursor_down(select)

    def _choose(self, step: int) -> None:
        self._chosen = max(min(self._chosen + step, len(self._offered) - 1), -1)
        self._show_offered()


class CompletionBox(Static):
    """The ways to go on, over whatever is under the cursor."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.display = False
