"""A run's log: draws the visible rows straight from the log's file, and follows its end."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from tui.runs.log import LogFilter, LogRow, RunLog
from tui.ui.app_interface import host_of
from tui.ui.commands import bindings_of
from tui.ui.rows import name_of
from tui.ui.rows.log_rows import draw_log_row, log_columns
from tui.ui.textual_patches.content_size import set_content_size
from tui.ui.widgets.chords import Chords, chord_bindings, chords_of
from tui.workspace.state import WorkspaceState

LEVELS = ("info", "warn", "error", "debug")
"""In the order in which a key cycles them."""
STYLES = (
    "time", "debug", "info", "good", "warn", "error", "asset", "match", "found", "empty",
)  # fmt: skip
CHORDS = chords_of("log")
SHIFT = 16
"""Cells of one step to the left or right."""


TAKING = 1 / 10
"""Seconds between two looks for new rows of a log that grows."""
READING = 0.01
"""Seconds between two slices of a long log."""
SLICE = 128 * 1024
"""Bytes of a slice: keys come in between."""
DRAWING = 1 / 4
"""Seconds between two frames of a log that is being read: each slice would take one."""


class LogView(Chords, ScrollView, can_focus=True):
    """The rows of one run's log that a filter lets through."""

    BINDINGS = [*bindings_of("log"), *chord_bindings(CHORDS)]
    CHORDS = CHORDS
    SCOPE = "log"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"log--{name}" for name in STYLES}

    follows: reactive[bool] = reactive(True, repaint=False)
    level: reactive[str] = reactive("info", repaint=False)
    only: reactive[frozenset[str] | None] = reactive(None, repaint=False)
    """The unique_ids whose rows are shown; None for all."""
    shows_starts: reactive[bool] = reactive(False, repaint=False)
    """Whether the lines are shown that say that a node begins."""

    _filter = LogFilter("info", starts=False)
    """By which the rows are filtered that are shown."""

    class Changed(Message):
        """Filter, search or following are others."""

    class SearchWanted(Message):
        """The user wants to type what to search for."""

    class ScopeWanted(Message):
        """The user wants the rows of one asset, or of all again."""

    class FullWanted(Message):
        """The user wants the log on the whole screen, or back in its place."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.run_log: RunLog | None = None
        self.state: WorkspaceState | None = None
        self.search_text = ""
        self.found: int | None = None
        self.empty_text = ""
        """What to say while there are no rows."""
        self._shift = 0
        self._is_live = False
        self._taking: Timer | None = None
        self._drawn_at = 0.0
        self._count = -1
        self._rows: dict[int, LogRow] = {}
        self._inks: dict[str, Style] = {}

    @property
    def wanted(self) -> LogFilter:
        """Which rows are shown."""
        return LogFilter(self.level, self.only, starts=self.shows_starts)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    def show_log(self, log: RunLog | None, state: WorkspaceState, *, is_live: bool = False) -> None:
        """Show a log as far as it is read by now.

        Whoever follows a live log reads it; one that is not followed is read here.
        """
        self.state = state
        self._is_live = is_live
        if log is not self.run_log:
            self.run_log = log
            self.found = None
            self._shift = 0
            self._count = -1
            self._rows.clear()
            self.follows = True
        if not (is_live or log is None or log.caught_up):
            # After the frame: the log of the last run is the least of what is waited for.
            if self._taking is None:
                self._taking = self.set_timer(READING, self.take_in)
        elif not is_live or self._count <= 0 or not host_of(self).frame_pacing.is_lively:
            self.take_in()
        elif self._taking is None:
            # Some times a second are enough to read.
            self._taking = self.set_timer(TAKING, self.take_in)

    def take_in(self) -> None:
        """Notice rows that came since the last look."""
        if self._taking is not None:
            self._taking.stop()
            self._taking = None
        count = 0
        if self.run_log is not None:
            if not self._is_live and not self.run_log.caught_up:
                self.run_log.take_in(SLICE)
            count = self.run_log.count(self.wanted)  # brings its view a step further
            is_read = self._is_live or self.run_log.caught_up
            if not is_read or not self.run_log.covers(self.wanted):
                # a slice at a time: keys come first
                self._taking = self.set_timer(READING, self.take_in)
                if self._count > 0 and time.monotonic() < self._drawn_at + DRAWING:
                    return
        if count == self._count:
            return
        self._drawn_at = time.monotonic()
        if count < self._count:
            self._rows.clear()
        self._count = count
        set_content_size(self, Size(self.size.width, max(count, 0)))
        if self.follows:
            self.scroll_to(y=max(count - self._height, 0), animate=False, force=True)
        self._rows.pop(count - 1, None)
        self.refresh()

    def redraw(self) -> None:
        """Draw everything again."""
        self._rows.clear()
        self._inks.clear()
        self._count = -1
        self.take_in()
        self.refresh()

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def on_resize(self, event: events.Resize) -> None:
        self._count = -1
        self.take_in()

    def watch_level(self) -> None:
        self._refilter()

    def watch_only(self) -> None:
        self._refilter()

    def watch_shows_starts(self) -> None:
        self._refilter()

    def _refilter(self) -> None:
        """Show the rows of another filter, with the same one on top."""
        before, self._filter = self._filter, self.wanted
        if not self.is_mounted:
            return
        top = 0
        if self.run_log is not None:
            top = self.run_log.place_after(self.scroll_offset.y, before, self._filter)
            if self.found is not None:
                found = self.run_log.place_after(self.found, before, self._filter)
                self.found = found if found < self.run_log.count(self._filter) else None
        self.redraw()
        if not self.follows:
            self._scroll_by(top - self.scroll_offset.y)
        self.post_message(self.Changed())

    # ---------------------------------------------------------------- drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if self.run_log is None or index >= self._count:
            if y == 0 and self._count <= 0 and self.empty_text:
                text = Segment(self.empty_text, self._ink("empty"))
                return Strip([text]).adjust_cell_length(width, self.rich_style)
            return Strip.blank(width, self._ink(""))
        row = self._row(index)
        if row is None:
            return Strip.blank(width, self._ink(""))
        segments = draw_log_row(
            row,
            log_columns(width),
            self._name_of,
            shift=self._shift,
            width=width,
            match=self.search_text,
            is_found=index == self.found,
        )
        painted = [Segment(text, self._ink(name)) for text, name in segments if text]
        return Strip(painted).adjust_cell_length(width, self._ink(""))

    def _row(self, index: int) -> LogRow | None:
        if index not in self._rows and self.run_log is not None:
            if len(self._rows) > 2000:
                self._rows.clear()
            # One read for a screenful: the file is opened once for all the rows around.
            start = max(index - 2, 0)
            read = self.run_log.lines(start, index + self._height + 2, self.wanted)
            self._rows.update(enumerate(read, start))
        return self._rows.get(index)

    def _name_of(self, unique_id: str) -> str:
        return name_of(self.state, unique_id) if self.state else unique_id

    def _ink(self, name: str) -> Style:
        if name not in self._inks:
            style = self.rich_style
            if name:
                style += self.get_component_rich_style(f"log--{name}", partial=True)
            self._inks[name] = style
        return self._inks[name]

    # --------------------------------------------------------------- scrolling

    def _scroll_by(self, rows: int) -> None:
        target = max(0, min(self.scroll_offset.y + rows, self._count - self._height))
        self.follows = target >= self._count - self._height
        self.scroll_to(y=target, animate=False, force=True)
        self.post_message(self.Changed())

    def action_log_down(self) -> None:
        self._scroll_by(1)

    def action_log_up(self) -> None:
        self._scroll_by(-1)

    def action_log_half_down(self) -> None:
        self._scroll_by(max(self._height // 2, 1))

    def action_log_half_up(self) -> None:
        self._scroll_by(-max(self._height // 2, 1))

    def action_log_page_down(self) -> None:
        self._scroll_by(max(self._height - 1, 1))

    def action_log_page_up(self) -> None:
        self._scroll_by(-max(self._height - 1, 1))

    def action_log_first(self) -> None:
        self._scroll_by(-max(self._count, 0))

    def action_log_last(self) -> None:
        self._scroll_by(max(self._count, 0))

    def action_log_left(self) -> None:
        self._shift = max(self._shift - SHIFT, 0)
        self.refresh()

    def action_log_right(self) -> None:
        self._shift += SHIFT
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll_by(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll_by(3)

    # ----------------------------------------------------- filter and search

    def action_log_follow(self) -> None:
        self.follows = not self.follows
        if self.follows:
            self._scroll_by(max(self._count, 0))
        self.post_message(self.Changed())

    def action_log_level(self) -> None:
        self.level = LEVELS[(LEVELS.index(self.level) + 1) % len(LEVELS)]

    def action_log_starts(self) -> None:
        """Show or hide the lines that say that a node begins."""
        self.shows_starts = not self.shows_starts

    def action_log_scope(self) -> None:
        self.post_message(self.ScopeWanted())

    def action_log_search(self) -> None:
        self.post_message(self.SearchWanted())

    def action_log_full(self) -> None:
        self.post_message(self.FullWanted())

    def search_for(self, text: str) -> None:
        """Go to the nearest row at or above the last visible one that holds a text."""
        self.search_text = text
        self.found = None
        if text:
            self._find(max(self.scroll_offset.y + self._height - 1, 0), backwards=True)
        self.refresh()
        self.post_message(self.Changed())

    def action_log_next(self) -> None:
        self._find(self.scroll_offset.y if self.found is None else self.found + 1)

    def action_log_previous(self) -> None:
        last = self.scroll_offset.y + self._height - 1
        self._find(last if self.found is None else self.found - 1, backwards=True)

    def action_log_next_problem(self) -> None:
        """Go to the next warning or error."""
        self._go_to_problem(backwards=False)

    def action_log_previous_problem(self) -> None:
        """Go to the warning or error before."""
        self._go_to_problem(backwards=True)

    def _go_to_problem(self, *, backwards: bool) -> None:
        if self.run_log is None:
            return
        edge = self.scroll_offset.y - 1 if not backwards else self.scroll_offset.y + self._height
        start = edge if self.found is None else self.found
        place = self.run_log.problem(start, self.wanted, backwards=backwards)
        if place is None:
            direction = "before" if backwards else "after"
            host_of(self).tell(f"no warning or error {direction} this line")
            return
        self.found = place
        self._scroll_by(place - self.scroll_offset.y - self._height // 2)
        self.refresh()

    def action_log_open(self) -> None:
        """Show the asset of the line that was found in the tree."""
        row = self._row(self.found) if self.found is not None else None
        if row is None or not row.unique_id:
            host_of(self).tell("`]e` or a search goes to a line, a click on an asset to its row")
            return
        host_of(self).show_asset(row.unique_id)

    def on_click(self, event: events.Click) -> None:
        """The name of an asset leads to its row in the tree."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self.scroll_offset.y + offset.y
        row = self._row(index) if index < self._count else None
        columns = log_columns(self.scrollable_content_region.width)
        start = columns.before_asset
        if row is not None and row.unique_id and start <= offset.x < start + columns.asset:
            host_of(self).show_asset(row.unique_id)

    def _find(self, start: int, *, backwards: bool = False) -> None:
        if self.run_log is None or not self.search_text:
            return
        wanted = self.wanted
        place = self.run_log.find(self.search_text, start, wanted, backwards=backwards)
        if place is None:  # around the end
            edge = self._count - 1 if backwards else 0
            place = self.run_log.find(self.search_text, edge, wanted, backwards=backwards)
        self.found = place
        if place is not None:
            self._scroll_by(place - self.scroll_offset.y - self._height // 2)
        self.refresh()
