"""The Timeline tab: the assets and checks of a run, and when each of them ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.graph import AssetGraph
from tui.runs.critical_path import CriticalPath, path_of_run, worked
from tui.runs.node_needs import needs_of
from tui.runs.time_left import RunEstimate
from tui.runs.values import NodeRun, Run
from tui.ui.background import beside
from tui.ui.panels.path_words import rough, saving_words
from tui.ui.run_page.tab import RunTab
from tui.ui.run_page.timeline import ORDERS
from tui.ui.run_page.timeline_lines import axis_line
from tui.ui.run_page.timeline_view import TimelineView

INKS = {"dim": "$dim", "grid": "$rule"}
"""How the axis draws what the rows draw with their own styles."""


BORDER = 4
"""Cells of the page's edge that a subtitle leaves free."""


class TimelineTab(RunTab):
    """The nodes of a run, live."""

    KEYS = ("timeline",)

    def compose(self) -> ComposeResult:
        yield Static(id="axis", markup=False)
        yield TimelineView(glyphs=self.glyphs, clock=self.clock)

    def on_mount(self) -> None:
        self._needs: Mapping[str, Set[str]] | None = None
        self._needs_of: tuple[AssetGraph, int] | None = None
        """For which graph and how many nodes it is known what waits for what."""
        self._path = CriticalPath()
        self._path_of: Run | None = None
        self._estimate: RunEstimate | None = None
        """The estimate that is drawn."""
        """The run that is over of which it is the critical path."""

    @property
    def view(self) -> TimelineView:
        """The rows."""
        return self.query_one(TimelineView)

    @property
    def first_focus(self) -> Widget:
        return self.view

    @property
    def node(self) -> NodeRun | None:
        return self.view.current

    def update_from(self, before: Run | None, run: Run) -> None:
        graph = self.state.graph
        known = (graph, len(run.nodes))
        if self._needs_of is None or self._needs_of[0] is not graph or self._needs_of != known:
            self._needs_of = known
            make = partial(needs_of, graph, run.nodes)
            if graph.is_large:
                beside(self, make, self._take_needs, newest="needs")
            else:
                self._take_needs(make())
        estimate = self.state.estimates.get(run.run_id)
        if before is not run or estimate is not self._estimate:
            self._estimate = estimate
            self._show(run)

    def _take_needs(self, needs: Mapping[str, Set[str]]) -> None:
        self._needs = needs
        if self.shown_run is not None:
            self._show(self.shown_run)

    def _find_path(self, run: Run) -> None:
        """Look which nodes are on the critical path: of a run that is over once."""
        estimate = self.state.estimates.get(run.run_id)
        if run.is_active:
            self._path = estimate.path if estimate is not None else self._path
        elif self._needs is not None and self._path_of is not run:
            self._path_of = run
            make = partial(path_of_run, self._needs, run)
            if self.state.graph.is_large:
                beside(self, make, self._take_path, newest="path")
            else:
                self._path = make()

    def _take_path(self, path: CriticalPath) -> None:
        self._path = path
        if self.shown_run is not None:
            self._show(self.shown_run)

    def _show(self, run: Run) -> None:
        self._find_path(run)
        self.view.show_run(run, self.state, self._needs, frozenset(self._path.nodes))
        self.show_axis()

    @on(TimelineView.Changed)
    def show_axis(self) -> None:
        """Write the heads of the columns and the times above the bars."""
        view = self.view
        line = axis_line(view.layout_of_lines, view.scale, self.glyphs)
        self.query_one("#axis", Static).update(
            Content.assemble(*((text, INKS.get(style, "")) for text, style in line))
        )
        self.tell_subtitle()

    @property
    def subtitle(self) -> Content:
        path, saving = self._path_words()
        legend = f"{self.glyphs.waited} waited for a thread" if path else ""
        dot, room = f" {self.glyphs.dot} ", self.size.width - BORDER
        for words in ((path, saving, legend), (path, saving), (path,), ()):
            told = dot.join(filter(None, (*self._view_words(), *words)))
            if len(told) <= room:
                break
        return Content.styled(told, "$dim")

    def _path_words(self) -> tuple[str, str]:
        """What is told of the critical path, and what more threads would have done."""
        run, seconds = self.shown_run, self._path.seconds
        if run is None or len(self._path.nodes) < 2:
            return "", ""
        path = f"{self.glyphs.critical} critical path {rough(seconds)}"
        return path, "" if run.is_active else saving_words(worked(run), self._path, was=True)

    def _view_words(self) -> Iterator[str]:
        if self.view.order != ORDERS[0]:
            yield f"by {self.view.order}"
        if self.view.zoom > 1:
            yield f"zoom {self.view.zoom:g}x"
