"""The SQL tab: the source beside what dbt compiles it to, with what is wrong at its line."""

from __future__ import annotations

import asyncio
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from tui.errors import DbtreeError
from tui.ui.asset_page.tab import AssetTab, Words
from tui.ui.rows.code_lines import code_lines, first_line_of, tidied
from tui.ui.widgets.code_view import CodeView
from tui.ui.widgets.key_focus import has_keys
from tui.workspace.state import WorkspaceState

SIDE_BY_SIDE = 110
"""Cells from which on there is room for both."""


class SqlTab(AssetTab):
    """Source and compiled SQL."""

    def __init__(self, *arguments: Any, compiled: bool = False, **options: Any) -> None:
        """The tab; `compiled` puts the compiled SQL first, where there is no room for both."""
        super().__init__(*arguments, **options)
        self._shows_compiled = compiled

    def compose(self) -> ComposeResult:
        yield Words()
        with Horizontal(id="codes"):
            yield CodeView(glyphs=self.glyphs, clock=self.clock, id="source")
            yield CodeView(glyphs=self.glyphs, clock=self.clock, id="compiled")

    def on_mount(self) -> None:
        self._facts: dict[str, Any] = {}
        self._first = 1
        self.source.border_title = "Source"
        self.show_panes()

    @property
    def source(self) -> CodeView:
        """What is in the file."""
        return self.query_one("#source", CodeView)

    @property
    def compiled(self) -> CodeView:
        """What dbt makes of it."""
        return self.query_one("#compiled", CodeView)

    @property
    def first_focus(self) -> Widget:
        return self.compiled if self._shows_compiled else self.source

    @property
    def place(self) -> tuple[str, int]:
        path, line = self._problem_place()
        if line:
            return path, line
        return "", self.source.line_number

    @property
    def as_query(self) -> tuple[str, int]:
        """The source as a query can begin with it, and the line of it under the cursor; empty where
        it is no SQL.
        """
        source = str(self._facts.get("raw_code") or "").strip("\n")
        if self._facts.get("language") == "python":
            return "", 1
        return source, max(self.source.line_number - self._first + 1, 1)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        if (
            before is None
            or before.graph is not state.graph
            or before.engine is not state.engine
            or before.problems is not state.problems
            or before.history.latest.get(self.unique_id)
            is not state.history.latest.get(self.unique_id)
        ):
            self.learn()

    @work(exclusive=True)
    async def learn(self) -> None:
        """Ask dbt for the source, then for what it compiles to."""
        try:
            if not self._facts:
                self._facts = (await self.workspace.queries.describe(self.unique_id)).facts
            self._first = await asyncio.to_thread(self._first_line)
            if not self.source.code:
                self.show_code()
            self.compiled.border_subtitle = Content.styled("compiling", "$status-running")
            described = await self.workspace.queries.describe(self.unique_id, compile=True)
        except DbtreeError as error:
            self.query_one(Words).say("" if self._facts else error.message)
            self.compiled.border_subtitle = ""
            return
        self._facts = described.facts
        self.compiled.border_subtitle = ""
        self.query_one(Words).say("")
        self.show_code()

    def _first_line(self) -> int:
        path = self.workspace.state.project.root / self._path
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeError):
            return 1
        return first_line_of(str(self._facts.get("raw_code") or ""), text)

    def _problem_place(self) -> tuple[str, int]:
        """Where the source is wrong: as dbt says now, else as the latest run said."""
        path, line = self._facts.get("compile_problem_at") or ("", 0)
        if self._facts.get("compile_problem"):
            return str(path), int(line)
        latest = self.state.history.latest.get(self.unique_id)
        if latest is not None and latest.status == "error":
            run = self.workspace.queries.run(latest.run_id)
            node = run.nodes.get(self.unique_id) if run else None
            if node is not None:
                return node.path, node.line
        return "", 0

    def _problems(self) -> dict[int, str]:
        """What is wrong with the source, by line."""
        problem = str(self._facts.get("compile_problem") or "")
        latest = self.state.history.latest.get(self.unique_id)
        if not problem and latest is not None and latest.status == "error":
            fingerprint = self.state.graph.assets[self.unique_id].fingerprint
            if not latest.fingerprint.sql or latest.fingerprint.sql == fingerprint.sql:
                problem = latest.message
        line, lines = self._problem_place()[1], str(self._facts.get("raw_code") or "").count("\n")
        is_there = self._first <= line <= self._first + lines
        return {line if is_there else 0: problem} if problem else {}

    def show_code(self) -> None:
        """Show what is known."""
        source = str(self._facts.get("raw_code") or "").strip("\n")
        language = "python" if self._facts.get("language") == "python" else "source"
        if not source.strip():
            asset = self.state.graph.assets.get(self.unique_id)
            kind = asset.resource_type if asset else "asset"
            self.query_one(Words).say(f"A {kind} has no SQL: its definition is in {self._path}.")
            self.query_one("#codes").display = False
            return
        problems = self._problems()
        had_problem = any(line.is_wrong for line in self.source.code)
        self.source.show_code(code_lines(source, language, problems, first=self._first))
        if problems and not had_problem:
            self.source.go_to_problem()
        compiled = tidied(str(self._facts.get("compiled_code") or ""))
        if compiled:
            kind = "sql" if language == "source" else language
            self.compiled.show_code(code_lines(compiled, kind))
        self.source.border_title = Content.assemble("Source", (f" · {self._path}", "$dim"))
        self.show_panes()

    @property
    def _path(self) -> str:
        asset = self.state.graph.assets.get(self.unique_id)
        return asset.path if asset else ""

    def on_resize(self) -> None:
        self.show_panes()

    def show_panes(self) -> None:
        """Both side by side where there is room, else the one that was chosen."""
        both = self.size.width >= SIDE_BY_SIDE
        self.source.display = both or not self._shows_compiled
        self.compiled.display = both or self._shows_compiled
        hint = "" if both else " · c shows the source"
        self.compiled.border_title = Content.assemble("Compiled", (hint, "$dim"))

    def action_toggle_compiled(self) -> None:
        """The other one of the two."""
        self._shows_compiled = not self._shows_compiled
        self.show_panes()
        both = self.size.width >= SIDE_BY_SIDE
        (
            self.compiled
            if self._shows_compiled or (both and has_keys(self.source))
            else self.source
        ).focus()
