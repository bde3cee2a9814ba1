"""The Checks tab: a list of the checks; of the one under the cursor its past, SQL and failing
rows.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.errors import DatabaseBusy, DbtreeError
from tui.graph import Check, CheckResult
from tui.text.formats import plural
from tui.ui.asset_page.checks import check_line, check_sheet, checks_in_order, code_content
from tui.ui.asset_page.tab import RETRY, AssetTab, Words, waiting_words
from tui.ui.commands import bindings_of
from tui.ui.rows.code_lines import code_lines, tidied
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.key_focus import has_keys
from tui.ui.widgets.lines_view import LinesView
from tui.ui.widgets.rows_table import RowsTable
from tui.workspace.state import WorkspaceState

STYLES = (
    "name", "dim", "fresh", "failed", "warned", "skipped", "never", "running", "queued",
    "on-cursor", "on-cursor-blurred",
)  # fmt: skip
SETTLED = 0.15
"""Seconds that the cursor rests before dbt and the database are asked."""
FAILING = 100
"""Failing rows that are shown."""
WIDE = 110
"""Cells from which on list and details stand side by side."""


class CheckListView(LinesView):
    """The checks of an asset."""

    PREFIX = "checks"
    BINDINGS = bindings_of("check-list")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"checks--{name}" for name in STYLES}

    class Highlighted(Message):
        """The cursor is on another check."""

    class RowsWanted(Message):
        """The user wants to go into the failing rows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.checks: list[Check] = []
        self._state: WorkspaceState | None = None

    def show_checks(self, state: WorkspaceState, checks: list[Check], *, on: str = "") -> None:
        """Show them as they are now, with the cursor on the same one (or `on` this one)."""
        key = on or (self.current.unique_id if self.current else "")
        self._state = state
        is_other = [c.unique_id for c in checks] != [c.unique_id for c in self.checks]
        self.checks = checks
        place = next((i for i, check in enumerate(checks) if check.unique_id == key), 0)
        if is_other or place != self.cursor:
            self.cursor = place
            self.redraw()
            self.show_cursor()
            self.cursor_moved()
        self.spin(state.active is not None)
        self.look_again()

    @property
    def current(self) -> Check | None:
        """The check under the cursor."""
        return self.checks[self.cursor] if self.cursor < len(self.checks) else None

    @property
    def count(self) -> int:
        return len(self.checks)

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted())

    def content(self, index: int) -> tuple[TextSegment, ...]:
        assert self._state is not None
        width = max(self.scrollable_content_region.width, 20)
        return check_line(
            self.checks[index], self._state, self.glyphs, width=width, now=self.clock()
        )

    def segments(self, content: tuple[TextSegment, ...], *, is_cursor: bool) -> list[TextSegment]:
        return list(content)

    def action_check_rows(self) -> None:
        self.post_message(self.RowsWanted())

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            self.move_to(index)


class ChecksTab(AssetTab):
    """What holds of the asset."""

    class RowsShown(Message):
        """Failing rows are shown, or no longer."""

    def __init__(self, *arguments: Any, check: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._wanted = check
        self._facts: dict[str, dict[str, Any]] = {}
        self._results: list[CheckResult] = []
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Words()
        with Container(id="checks-panes"):
            yield CheckListView(glyphs=self.glyphs, clock=self.clock)
            with VerticalScroll(id="check", can_focus=False):
                sheet = Static(markup=False, id="check-sheet")
                sheet.auto_links = False  # a link keeps its own colour
                yield sheet
                yield Static(markup=False, id="rows-title")
                yield RowsTable(id="failing")
                yield Static(markup=False, id="sql-title")
                yield Static(markup=False, id="check-sql")

    @property
    def checks(self) -> CheckListView:
        """The list."""
        return self.query_one(CheckListView)

    @property
    def first_focus(self) -> Widget:
        return self.checks

    def leave(self) -> bool:
        if not has_keys(self.query_one(RowsTable)):
            return False
        self.checks.focus()
        return True

    @property
    def has_rows(self) -> bool:
        """Whether failing rows of the check under the cursor are shown."""
        return bool(self.query_one(RowsTable).display)

    def _show_table(self, is_shown: bool) -> None:
        self.query_one(RowsTable).display = is_shown
        self.post_message(self.RowsShown())

    @on(CheckListView.RowsWanted)
    def go_to_rows(self) -> None:
        """Into the failing rows, where there are any."""
        if self.has_rows:
            self.query_one(RowsTable).focus()

    @property
    def place(self) -> tuple[str, int]:
        check = self.checks.current
        return (check.path, check.line) if check else ("", 0)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        found = checks_in_order(state, self.unique_id)
        self.query_one("#checks-panes").display = bool(found)
        self.query_one(Words).say("" if found else "It has no checks.")
        self.checks.show_checks(state, found, on=self._wanted)
        self.size_list()
        self._wanted = ""
        if before is None or before.graph is not state.graph:
            self._facts.clear()
        check = self.checks.current
        if check is None:
            return
        was = before.history.checks.get(check.unique_id) if before else None
        if before is None or was is not state.history.checks.get(check.unique_id):
            self.ask_soon()
        self.show_check()

    @on(CheckListView.Highlighted)
    def ask_soon(self) -> None:
        """Show what is known at once, and ask for the rest when the cursor rests."""
        self._results = []
        self._show_table(False)
        self.query_one("#rows-title").display = False
        self.show_check()
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED, self.learn)

    @work(exclusive=True)
    async def learn(self) -> None:
        """Ask for the past, the compiled SQL and the failing rows of the check."""
        check = self.checks.current
        if check is None:
            return
        key = check.unique_id
        try:
            self._results = await self.workspace.queries.check_results(key)
            if key not in self._facts:
                described = await self.workspace.queries.describe(key, compile=check.kind != "unit")
                self._facts[key] = described.facts
        except DbtreeError:
            pass  # what the state knows is shown
        self.show_check()
        result = self.state.history.checks.get(key)
        if result is not None and result.status in ("fail", "warn") and check.kind != "unit":
            await self._learn_rows(key)

    async def _learn_rows(self, key: str) -> None:
        self._say_rows(waiting_words(self.workspace.state) or "reading the failing rows", "$dim")
        try:
            found = await self.workspace.queries.preview(key, limit=FAILING)
        except asyncio.CancelledError:
            # Another check is looked at, or none any more: the database has better things to do.
            self.app.run_worker(self.workspace.queries.stop(key), exit_on_error=False)
            raise
        except DatabaseBusy as error:
            self._say_rows(error.message, "$status-queued")
            self.set_timer(RETRY, self.learn)
            return
        except DbtreeError as error:
            self._say_rows(error.message, "$status-failed")
            return
        self._say_rows("")
        more = "first " if len(found.rows) == FAILING else ""
        self.query_one("#rows-title", Static).update(
            _heading("Failing rows", f"{more}{plural(len(found.rows), 'row')}", self._width)
        )
        table = self.query_one(RowsTable)
        table.show_rows(found.columns, found.types, found.rows)
        table.styles.height = min(len(found.rows), 10) + 3
        self._show_table(True)

    def _say_rows(self, words: str, style: str = "") -> None:
        title = self.query_one("#rows-title", Static)
        title.display = True
        title.update(Content.styled(words, style))

    @property
    def _width(self) -> int:
        return max(self.query_one("#check").scrollable_content_region.width - 1, 20)

    def show_check(self) -> None:
        """Show what is known of the check under the cursor."""
        check = self.checks.current
        if check is None:
            return
        facts = self._facts.get(check.unique_id, {})
        self.query_one("#check").border_title = Content(check.name)
        self.query_one("#check-sheet", Static).update(
            check_sheet(
                check, self.state, self._results, facts, self.glyphs,
                width=self._width, now=self.clock(),
            )
        )  # fmt: skip
        code, kind = tidied(str(facts.get("compiled_code") or "")), "Compiled SQL"
        if not code and check.kind != "unit":
            code, kind = tidied(str(facts.get("raw_code") or "")), "SQL"
        problem = str(facts.get("compile_problem") or "")
        lines = code_lines(code, "sql" if kind == "Compiled SQL" else "source", {0: problem})
        for name, shown in (("#sql-title", bool(code)), ("#check-sql", bool(code))):
            self.query_one(name).display = shown
        if code:
            self.query_one("#sql-title", Static).update(_heading(kind, "", self._width))
            self.query_one("#check-sql", Static).update(code_content(lines))

    def size_list(self) -> None:
        """Above the details the list takes no more lines than it has."""
        beside = self.has_class("-side-by-side")
        self.checks.styles.height = "1fr" if beside else max(self.checks.count, 1)

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-side-by-side")
        self.size_list()
        self.call_after_refresh(self.show_check)


def _heading(title: str, note: str, width: int) -> Content:
    rule = "─" * max(width - len(title) - len(note) - (3 if note else 2), 0)
    return Content.assemble(
        (title, "bold $dim"), (f" {note}" if note else "", "$dim"), (f" {rule}", "$rule")
    )
