"""The Timeline tab: the assets and checks of a run, and when each of them ran."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from tui.runs.values import NodeRun, Run
from tui.ui.run_page.tab import RunTab
from tui.ui.widgets.run_lists import NodeListView


class TimelineTab(RunTab):
    """The nodes of a run, live."""

    KEYS = ("node-list",)

    def compose(self) -> ComposeResult:
        yield NodeListView(glyphs=self.glyphs, clock=self.clock)

    @property
    def first_focus(self) -> Widget:
        return self.query_one(NodeListView)

    def update_from(self, before: Run | None, run: Run) -> None:
        if before is not run:
            self.query_one(NodeListView).show_run(run, self.state)

    @property
    def node(self) -> NodeRun | None:
        return self.query_one(NodeListView).current
