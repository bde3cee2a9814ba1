"""The Raw tab: what the run printed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from tui.runs.values import Run
from tui.ui.run_page.tab import RunTab
from tui.ui.widgets.raw_view import RawView


class RawTab(RunTab):
    """The end of its stdout and stderr files, read again when the tab is chosen."""

    KEYS = ("raw",)

    def compose(self) -> ComposeResult:
        yield RawView()

    @property
    def first_focus(self) -> Widget:
        return self.query_one(RawView)

    def update_from(self, before: Run | None, run: Run) -> None:
        if before is not run or not run.is_active:
            self.query_one(RawView).show_files(self.workspace.queries.log(self.run_id).run_dir)
