"""The Log tab: dbt's log of the run."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from tui.runs.values import Run
from tui.ui.run_page.tab import RunTab
from tui.ui.widgets.log_pane import LogPane
from tui.ui.widgets.log_view import LogView


class LogTab(RunTab):
    """The log, live while the run goes on."""

    KEYS = ("log",)

    def compose(self) -> ComposeResult:
        yield LogPane()

    @property
    def log_view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    @property
    def first_focus(self) -> Widget:
        return self.log_view

    def update_from(self, before: Run | None, run: Run) -> None:
        log = self.log_view
        log.empty_text = run.message or "No lines at this level."
        found = self.workspace.queries.log(self.run_id)
        log.show_log(found, self.state, is_live=run.is_active)

    @property
    def subtitle(self) -> Content:
        return self.query_one(LogPane).filter_words(self.state)

    @on(LogView.Changed)
    def tell_filter(self) -> None:
        """The page's lower edge says how the log is filtered."""
        self.tell_subtitle()
