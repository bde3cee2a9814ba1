"""The History tab: plots of duration and rows, and every materialization under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.errors import DbtreeError
from tui.graph.history import Materialization
from tui.text.formats import human_count, human_duration
from tui.ui.app_interface import host_of
from tui.ui.asset_page.history import Entry, entries, entry_line, series
from tui.ui.asset_page.plots import plot
from tui.ui.asset_page.tab import AssetTab, Words
from tui.ui.commands import bindings_of
from tui.ui.panels.metadata import number_lines
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.lines_view import LinesView
from tui.workspace.state import WorkspaceState

STYLES = (
    "name", "dim", "plain", "added", "removed", "changed", "success", "error", "failed",
    "partial-success", "skipped", "cancelled", "interrupted", "on-cursor", "on-cursor-blurred",
)  # fmt: skip
TALL, SHORT = 5, 3
"""Lines of a plot."""


class HistoryListView(LinesView):
    """The materializations, newest first."""

    PREFIX = "history"
    BINDINGS = bindings_of("history-list")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"history--{name}" for name in STYLES}

    class Opened(Message):
        """The user wants to see the run of a materialization."""

        def __init__(self, run_id: str) -> None:
            super().__init__()
            self.run_id = run_id

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.entries: list[Entry] = []

    def show_entries(self, entries: list[Entry]) -> None:
        """Show others, with the cursor on the same one."""
        added = len(entries) - len(self.entries)
        self.entries = entries
        if self.cursor and added > 0:
            self.cursor += added
        self.redraw()

    @property
    def count(self) -> int:
        return len(self.entries)

    def content(self, index: int) -> tuple[TextSegment, ...]:
        width = self.scrollable_content_region.width
        return entry_line(self.entries[index], self.glyphs, width=width, now=self.clock())

    def segments(self, content: tuple[TextSegment, ...], *, is_cursor: bool) -> list[TextSegment]:
        return list(content)

    def action_open_entry(self) -> None:
        if self.cursor < self.count:
            self.post_message(self.Opened(self.entries[self.cursor].record.run_id))

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            self.move_to(index)
            if event.chain == 2:
                self.action_open_entry()


class PlotView(Widget):
    """A plot, made for the width that it has when it is painted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._plot: Callable[..., Content] | None = None
        self._lines = 0

    def show(self, plot: Callable[..., Content], lines: int) -> None:
        """Show a plot, of which only the `width` is open, and which has so many lines."""
        self._plot = plot
        self.refresh(layout=lines != self._lines)
        self._lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._lines

    def render(self) -> Content:
        return Content() if self._plot is None else self._plot(width=self.content_size.width)


class HistoryTab(AssetTab):
    """What runs made of the asset."""

    def compose(self) -> ComposeResult:
        yield Words()
        with Horizontal(id="plots"):
            yield PlotView(id="duration")
            yield PlotView(id="rows")
        yield Static(markup=False, id="numbers")
        yield Static(markup=False, id="history-heads")
        yield HistoryListView(glyphs=self.glyphs, clock=self.clock)

    def on_mount(self) -> None:
        self._records: list[Materialization] = []

    @property
    def first_focus(self) -> Widget:
        return self.query_one(HistoryListView)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        key = self.unique_id
        if before is None or before.history.latest.get(key) is not state.history.latest.get(key):
            self.learn()

    @work(exclusive=True)
    async def learn(self) -> None:
        """Ask the index of all runs."""
        try:
            self._records = await self.workspace.queries.materializations(self.unique_id)
        except DbtreeError as error:
            self.query_one(Words).say(error.message, "$status-failed")
            return
        latest = self.state.history.latest.get(self.unique_id)
        if latest and not any(each.run_id == latest.run_id for each in self._records):
            self._records.insert(0, latest)  # a run that goes on is indexed when it is over
        self.show_records()

    def show_records(self) -> None:
        """Show what is known."""
        none = not self._records
        self.query_one(Words).say(
            "It was never built on this target. Press m to build it." if none else ""
        )
        for name in ("#plots", "#history-heads"):
            self.query_one(name).display = not none
        self.query_one(HistoryListView).show_entries(entries(self._records))
        self.query_one("#history-heads", Static).update(
            heads(
                self.query_one(HistoryListView).scrollable_content_region.width,
                ascii_only=self.glyphs.is_ascii,
            )
        )
        self.show_plots()

    def show_plots(self) -> None:
        """Draw the plots to the size that there is."""
        told = number_lines(self._records, self.glyphs.bars, self.size.width)
        numbers = self.query_one("#numbers", Static)
        numbers.display = bool(told.plain)
        numbers.update(told)
        durations, rows = series(self._records)
        height = TALL if self.size.height >= 24 else SHORT
        for name, title, values, style, text in (
            ("duration", "Duration", durations, "$lit-upstream", human_duration),
            ("rows", rows_title(self._records), rows, "$status-fresh", _rows_text),
        ):
            shown = partial(
                plot, values, height=height, title=title, style=style, text=text,
                ascii_only=self.glyphs.is_ascii,
            )  # fmt: skip
            view = self.query_one(f"#{name}", PlotView)
            view.display = len(values) > 0
            view.show(shown, height + 1)

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_records)

    @on(HistoryListView.Opened)
    def open_run(self, event: HistoryListView.Opened) -> None:
        """Show the page of the run."""
        host_of(self).show_run(event.run_id)


def _rows_text(value: float) -> str:
    return human_count(int(value))


def rows_title(records: Sequence[Materialization]) -> str:
    """Above the plot of the rows: whether its last value is that of the newest success."""
    newest = next((record for record in records if record.status == "success"), None)
    return "Rows" if newest is None or newest.counted is not None else "Rows, when last counted"


def heads(width: int, *, ascii_only: bool = False) -> Content:
    """The names of the columns of `entry_line`."""
    more = "+-" if ascii_only else "±"
    when = "when".ljust(18) if width >= 60 else ""
    words = f"   {'run':<6}{when}{'status':<12}{'took':>7}  {'rows':>11} {more:<8}  changes"
    return Content.styled(words[: max(width, 1)], "$dim")
