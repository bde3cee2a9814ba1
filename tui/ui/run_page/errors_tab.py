"""The Errors tab: what went wrong, with dbt's message, its place and what was skipped for it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from tui.runs.run_errors import error_text
from tui.runs.values import NodeRun, Run
from tui.ui.rows import name_of
from tui.ui.run_page.errors_view import ErrorsView
from tui.ui.run_page.tab import RunTab

LONGEST_FILE = 1_000_000
"""Bytes of compiled code that are copied at most."""


class ErrorsTab(RunTab):
    """The errors of a run."""

    KEYS: ClassVar[tuple[str, ...]] = ("errors",)

    def compose(self) -> ComposeResult:
        yield ErrorsView(glyphs=self.glyphs, clock=self.clock)

    @property
    def view(self) -> ErrorsView:
        """The list of the errors."""
        return self.query_one(ErrorsView)

    @property
    def first_focus(self) -> Widget:
        return self.view

    @property
    def node(self) -> NodeRun | None:
        return self.view.current_node

    def update_from(self, before: Run | None, run: Run) -> None:
        if before is not run:
            self.view.show_run(run, self.state)

    def copied_text(self) -> str:
        """The error under the cursor for a colleague, with its SQL; empty where there is none.
        Reads the compiled file.
        """
        node, run = self.node, self.shown_run
        if node is None or run is None:
            return ""
        compiled = ""
        if node.compiled_path:
            compiled = _read(self.state.project.root / node.compiled_path)
        return error_text(node, name_of(self.state, node.unique_id), run, compiled)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(LONGEST_FILE)
    except OSError:
        return ""
