"""The Errors tab: what went wrong, with dbt's message, its place and what was skipped for it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.runs.values import Run
from tui.ui.panels.run_page import error_sheet
from tui.ui.run_page.tab import RunTab


class ErrorsTab(RunTab):
    """The errors of a run."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="errors-scroll"):
            yield Static(id="error-sheet", markup=False)

    @property
    def first_focus(self) -> Widget:
        return self.query_one("#errors-scroll")

    def update_from(self, before: Run | None, run: Run) -> None:
        if before is not run:
            self.show_errors()

    def show_errors(self) -> None:
        """Write them for the width that there is."""
        room = self.content_size.width
        if self.shown_run is not None and room:  # else they are written when their width is known
            sheet = error_sheet(
                self.shown_run, self.state, self.glyphs, width=max(room - SCROLLBAR, 20)
            )
            self.query_one("#error-sheet", Static).update(sheet)

    def on_resize(self) -> None:
        self.show_errors()


SCROLLBAR = 3
"""Cells that the scrollbar and the padding beside the sheet take."""
