"""A query on an asset: an editor, and under it the rows that the database answers with."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable, Input, TextArea

from tui.errors import DbtreeError
from tui.protocol.messages import QueryCompiled
from tui.sql.completion import Names, completions, names_of
from tui.sql.read_only import refusal_of
from tui.sql.steps import Step, query_to, step_at, steps_of
from tui.sql.template import has_jinja
from tui.text.formats import human_duration, plural
from tui.ui.asset_page.export_file import ExportFile
from tui.ui.asset_page.tab import waiting_words
from tui.ui.commands import bindings_of
from tui.ui.query_history import PastQuery, QueryHistory
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.query_editor import CompletionBox, QueryEditor
from tui.ui.widgets.query_result import QueryResult
from tui.ui.widgets.rows_table import RowsTable
from tui.workspace.state import WorkspaceState

FIRST, MOST = 500, 20_000
"""Rows that are asked for at first, and at most."""
QUIET = 0.1
"""Seconds that the cursor stands still before it is told which CTE it is in."""
TICK = 0.2
"""Seconds between two looks of how long a query takes."""
LINE = re.compile(r"\bLINE \d+: ?")


class QueryScreen(WorkspaceScreen):
    """Queries on one asset."""

    BINDINGS: ClassVar[list[Any]] = [*bindings_of("query"), *bindings_of("query-rows")]
    SCOPES = ("query",)
    AUTO_FOCUS = ""
    CSS_PATH: ClassVar = ["../asset.tcss", "../query.tcss"]

    def __init__(self, unique_id: str, *, code: str = "", line: int = 1) -> None:
        """A screen for an asset; `code` is what is in the editor first, with the cursor on `line`,
        else it is the last query on the asset.
        """
        super().__init__()
        self.unique_id = unique_id
        self._first = code
        self._line = line
        self._since = 0.0
        """When the query was started, by the monotonic clock; 0 while none runs."""
        self._compiled: tuple[str, object, QueryCompiled] | None = None
        """The text that was compiled last, and the graph of then."""
        self._ran: tuple[str, str] | None = None
        """The SQL whose rows are shown, and what they are called."""
        self._limit = FIRST
        self._names: tuple[object, Names] | None = None
        self._steps: tuple[tuple[str, str], Sequence[Step]] = (("", ""), ())
        """The CTEs of a text on an adapter."""
        self._history = QueryHistory(self.current.project.state_dir)
        self._file = ExportFile(self.dbtree.workspace)

    def compose(self) -> ComposeResult:
        glyphs = self.dbtree.glyphs
        where = place_of(self.unique_id, self.current, glyphs)
        yield Header(where=where, glyphs=glyphs, clock=self.dbtree.clock).data_bind(
            WorkspaceScreen.state
        )
        with Vertical(id="pane"):
            yield QueryEditor()
        yield QueryResult(id="result")
        yield CompletionBox()
        yield Footer()

    @property
    def editor(self) -> QueryEditor:
        """Where the query is typed."""
        return self.query_one(QueryEditor)

    @property
    def result(self) -> QueryResult:
        """What came of the query."""
        return self.query_one(QueryResult)

    @property
    def table(self) -> RowsTable:
        """Its rows."""
        return self.result.table

    @property
    def adapter(self) -> str:
        """Dbt's name of the database's adapter."""
        engine = self.current.engine
        return engine.adapter if engine is not None else ""

    def on_mount(self) -> None:
        self._ticking = self.set_interval(TICK, self._say_waiting, pause=True)
        self.query_one("#pane").border_title = Content.assemble(
            "Query", (f" · {self.asset_name}", "$dim")
        )
        latest = self._history.latest_on(self.unique_id)
        text = self._first or latest or self._first_query()
        self.editor.put(text, line=self._line, at_end=not self._first)
        self.show_steps()
        self._say("^r runs the query" if not self._first else "^g runs up to the CTE here, ^r all")
        self.set_focus(self.editor)
        # Completion knows the columns of what was traced.
        self.dbtree.workspace.trace_columns()

    @property
    def asset_name(self) -> str:
        """The asset's name."""
        asset = self.current.graph.assets.get(self.unique_id)
        return asset.name if asset else self.unique_id.rsplit(".", 1)[-1]

    def _first_query(self) -> str:
        asset = self.current.graph.assets.get(self.unique_id)
        call = f"ref('{self.asset_name}')"
        if asset is not None and asset.resource_type == "source":
            source, _, table = asset.name.partition(".")
            call = f"source('{source}', '{table}')"
        elif ".v" in self.asset_name:
            name, _, version = self.asset_name.rpartition(".v")
            call = f"ref('{name}', v={version})"
        return f"select *\nfrom {{{{ {call} }}}}\nlimit 100"

    @property
    def scopes(self) -> tuple[str, ...]:
        if self.focused is self.table:
            return ("rows", "query-rows", "query")
        return ("query-editor", "query")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the rows are theirs."""
        if action in ("query_export", "query_copy", "query_copy_value", "query_edit"):
            return self.focused is self.table
        return super().check_action(action, parameters)

    # ----------------------------------------------------------------- running

    def action_run_query(self) -> None:
        self._run()

    def action_explain_query(self) -> None:
        self._run(explain=True)

    @property
    def steps(self) -> Sequence[Step]:
        """The CTEs of what is in the editor, read once for each text."""
        given = self.editor.text, self.adapter
        if self._steps[0] != given:
            self._steps = given, steps_of(*given)
        return self._steps[1]

    def action_run_step(self) -> None:
        """Run the query up to the CTE that the cursor is in."""
        self._run_step(step_at(self.steps, self.editor.offset_of_cursor))

    def action_next_step(self) -> None:
        self._walk(1)

    def action_previous_step(self) -> None:
        self._walk(-1)

    def _walk(self, by: int) -> None:
        """Put the cursor on another CTE, and run the query up to it."""
        steps = self.steps
        if not steps:
            self._say("The query has no CTEs.", "$status-queued")
            return
        number = max(min(step_at(steps, self.editor.offset_of_cursor) + by, len(steps)), 0)
        offset = steps[number].start if number < len(steps) else len(self.editor.text.rstrip())
        self.editor.move_cursor(self.editor.location_of(offset))
        self._run_step(number)

    def _run_step(self, number: int) -> None:
        steps = self.steps
        if not steps:
            self._say("The query has no CTEs.", "$status-queued")
        elif number < len(steps):
            title = f"CTE {number + 1} of {len(steps)} · {steps[number].name}"
            self._run(step=steps[number].name, title=title)
        else:
            self._run(title="all of the query")

    def _run(self, *, step: str = "", title: str = "", explain: bool = False) -> None:
        self.editor.offer(())
        if self._since:
            self._say("A query is running: esc stops it.", "$status-queued")
            return
        self._limit = FIRST
        self.run_query(self.editor.text, step, title or ("plan" if explain else ""), explain)

    @work(exclusive=True, group="query")
    async def run_query(self, text: str, step: str, title: str, explain: bool) -> None:
        """Compile the text, and have the database answer it."""
        self._begin()
        self._remember(text)
        try:
            compiled = await self._compile(text)
            code: str | None = compiled.code
            if step:
                code = await asyncio.to_thread(query_to, compiled.code, step, self.adapter)
            words = f"The compiled query has no CTE {step}." if code is None else ""
            words = words or await asyncio.to_thread(refusal_of, code or "", self.adapter)
            if words or code is None:
                self._fail(words)
                return
            await self._answer(code, compiled.lines, title, explain=explain)
        except DbtreeError as error:
            self._fail(error.message, error.line)
        finally:
            self._end()

    async def _compile(self, text: str) -> QueryCompiled:
        """What dbt makes of a text; the same as the last time while nothing has changed."""
        graph = self.current.graph
        if self._compiled is not None and self._compiled[:2] == (text, graph):
            return self._compiled[2]
        if has_jinja(text):
            compiled = await self.dbtree.workspace.queries.compile_query(self.unique_id, text)
        else:
            lines = list(range(1, text.count("\n") + 2))
            compiled = QueryCompiled(0, self.unique_id, text, lines)
        self._compiled = (text, graph, compiled)
        return compiled

    async def _answer(
        self, code: str, lines: Sequence[int], title: str, *, explain: bool = False
    ) -> None:
        """Have compiled SQL answered, and show what comes."""
        queries = self.dbtree.workspace.queries
        try:
            found = await queries.query(self.unique_id, code, limit=self._limit, explain=explain)
        except DbtreeError as error:
            at = lines[error.line - 1] if 0 < error.line <= len(lines) else 0
            self._fail(error.message, at)
            return
        self.editor.mark(0)
        if explain:
            self._ran = None
            self.result.show_plan(found)
            return
        self._ran = (code, title)
        spent = time.monotonic() - self._since
        self.result.show_rows(found, limit=self._limit, spent=spent, title=title)

    def _begin(self) -> None:
        self._since = time.monotonic()
        self._ticking.resume()
        self._say_waiting()

    def _end(self) -> None:
        self._since = 0.0
        self._ticking.pause()

    def _say_waiting(self) -> None:
        if self._since:
            spent = human_duration(time.monotonic() - self._since)
            words = waiting_words(self.current) or f"running · {spent}"
            self._say(f"{words} · esc stops", "$status-running")

    def stop(self) -> bool:
        if not self._since:
            # ctrl-c copies where something is selected, as in every editor.
            selected = self.editor.selected_text if self.focused is self.editor else ""
            if selected:
                self.dbtree.copy(selected, "the selection")
            return bool(selected)
        self.stop_query()
        return True

    @work(group="stop")
    async def stop_query(self) -> None:
        """Let the database stop."""
        await self.dbtree.workspace.queries.stop(self.unique_id)

    # ----------------------------------------------------------------- showing

    def _say(self, words: str, style: str = "$dim") -> None:
        self.result.say(words, style)

    def _fail(self, message: str, line: int = 0) -> None:
        """Tell what is wrong, and mark its line."""
        self._ran = None
        self.editor.mark(line)
        words = LINE.sub(f"line {line}: " if line else "", message)
        if line and not LINE.search(message):
            words = f"line {line}: {words}"
        style = "$dim" if message == "It was stopped." else "$status-failed"
        self.result.show_words(words, style)

    @on(DataTable.CellHighlighted)
    def go_to_value(self, event: DataTable.CellHighlighted) -> None:
        """Show the value, and read more rows at the end of what was read."""
        if not self.result.has_rows or self._ran is None:
            return
        self.result.show_value()
        rows = len(self.table.shown_rows)
        if rows == self._limit < MOST and event.coordinate.row == rows - 1 and not self._since:
            self._limit = min(self._limit * 4, MOST)
            self.read_more(*self._ran)

    @work(exclusive=True, group="query")
    async def read_more(self, code: str, title: str) -> None:
        """The same query with more rows."""
        self._begin()
        try:
            await self._answer(code, (), title)
        finally:
            self._end()

    @on(TextArea.SelectionChanged)
    @work(exclusive=True, group="steps")
    async def show_steps(self) -> None:
        """Tell which CTE the cursor is in, once it stands still."""
        await asyncio.sleep(QUIET)
        editor, given = self.editor, (self.editor.text, self.adapter)
        steps = await asyncio.to_thread(steps_of, *given)
        self._steps = given, steps
        words = ""
        if steps:
            number = step_at(steps, editor.offset_of_cursor)
            name = steps[number].name if number < len(steps) else "the last select"
            words = f"{name} · {min(number + 1, len(steps) + 1)} of {len(steps) + 1}"
        self.query_one("#pane").border_subtitle = Content.styled(words, "$dim")

    # -------------------------------------------------------------- completion

    @on(QueryEditor.Typed)
    @work(exclusive=True, group="completion")
    async def offer(self) -> None:
        """Offer ways to go on. Reading a long query takes longer than a frame."""
        editor = self.editor
        text, cursor, names = editor.text, editor.offset_of_cursor, self._known_names()
        found = await asyncio.to_thread(completions, text, cursor, names)
        if (editor.text, editor.offset_of_cursor) == (text, cursor):
            editor.offer(found)

    def _known_names(self) -> Names:
        graph = self.current.graph
        if self._names is None or self._names[0] is not graph:
            self._names = (graph, names_of(graph, self._columns_of, self.adapter))
        return self._names[1]

    def _columns_of(self, unique_id: str) -> Sequence[str]:
        """The columns of an asset: as they were built, else as its SQL says."""
        state = self.current
        built = state.history.built.get(unique_id)
        if built is not None and built.columns:
            return [name for name, _ in built.columns]
        traced = state.columns.assets.get(unique_id) if state.columns is not None else None
        return traced.names if traced is not None else ()

    @on(QueryEditor.Left)
    def go_to_rows(self) -> None:
        """From the editor to the rows, if there are any."""
        if self.result.has_rows:
            self.set_focus(self.table)

    # ----------------------------------------------------------------- history

    def _remember(self, text: str) -> None:
        if text == self._first:
            return  # the model's own source, which is no query of the user's
        self._history.add(PastQuery(self.unique_id, text, self.dbtree.clock()))

    def action_older_query(self) -> None:
        self._step_back(1)

    def action_newer_query(self) -> None:
        self._step_back(-1)

    def _step_back(self, by: int) -> None:
        """Put another query of the past into the editor; at the end what was typed comes back."""
        text, words = self._history.step(by, self.editor.text)
        if text is not None:
            self.editor.put(text, at_end=True)
        self._say(words)

    # ------------------------------------------------------------------ export

    def action_query_export(self) -> None:
        line = self.result.open_export()
        self._file.ask(line, self.asset_name)
        self.set_focus(line)

    @on(Input.Submitted, "#export-to")
    def export(self, event: Input.Submitted) -> None:
        """Write all rows into a file; over another one when asked twice."""
        typed, ran = event.value.strip(), self._ran
        if not typed or ran is None:
            self._end_export()
        elif (path := self._file.named(typed)) is not None:
            self.write_file(path, ran[0])
            self._end_export()

    def _end_export(self) -> None:
        self.result.close_export()
        self.set_focus(self.table if self.result.has_rows else self.editor)

    @work(exclusive=True, group="export")
    async def write_file(self, path: Path, code: str) -> None:
        """Let the engine write all rows."""
        export = self.dbtree.workspace.queries.export_query
        await self._file.write(path, export(self.unique_id, code, path))

    def action_query_copy(self) -> None:
        """Copy the rows that are shown, as CSV."""
        if self.result.has_rows:
            self.dbtree.copy(self.result.as_csv, plural(len(self.table.shown_rows), "row"))

    def action_query_copy_value(self) -> None:
        if (found := self.result.value) is not None:
            self.dbtree.copy(found[1] or "", found[0])

    # ------------------------------------------------------------------- leave

    def action_query_edit(self) -> None:
        self.set_focus(self.editor)

    def action_close_query(self) -> None:
        """One level back: what is offered, the query that runs, the line, the rows, the screen."""
        if self.editor.is_offering:
            self.editor.offer(())
        elif self._since:
            self.stop()
        elif isinstance(self.focused, Input):
            self._end_export()
        elif self.focused is self.table:
            self.set_focus(self.editor)
        else:
            self._remember(self.editor.text)
            self.app.pop_screen()


def place_of(unique_id: str, state: WorkspaceState, glyphs: Glyphs) -> str:
    """The way to the screen."""
    asset = state.graph.assets.get(unique_id)
    name = asset.name if asset else unique_id.rsplit(".", 1)[-1]
    return f"assets {glyphs.folded} {name} {glyphs.folded} query"
