"""The Overview: the description as it was written, and beside it what is known of the asset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Markdown, Static

from tui.errors import DbtreeError
from tui.graph import Status
from tui.ui.asset_page.overview import identity_sheet, status_sheet
from tui.ui.asset_page.tab import AssetTab
from tui.ui.commands import bindings_of
from tui.workspace.state import WorkspaceState

TICK = 0.2
"""Seconds between two looks of what runs."""
AGING = 1.0
"""Seconds between two looks of the ages."""
WIDE = 100
"""Cells from which on there are two columns."""
UNDESCRIBED = "*No description.*"


class OverviewScroll(VerticalScroll):
    """What scrolls."""

    BINDINGS = bindings_of("details")


class FittedSheet(Static):
    """A text that is written again for each width."""

    def __init__(self, content_of: Callable[[int], Content], *, id: str) -> None:
        super().__init__(markup=False, id=id)
        self.auto_links = False  # a link keeps its own colour
        self._content_of = content_of

    def write(self) -> None:
        """Write what there is to say now."""
        if self.content_size.width:
            self.update(self._content_of(self.content_size.width))

    def on_resize(self) -> None:
        self.write()


class OverviewTab(AssetTab):
    """What the asset is."""

    def compose(self) -> ComposeResult:
        with OverviewScroll(can_focus=True), Container(id="overview"):
            with Container(id="told"):
                yield FittedSheet(self.status_content, id="status")
                yield Markdown(id="description", open_links=False)
            yield FittedSheet(self.identity_content, id="identity")

    def status_content(self, width: int) -> Content:
        """Status and past as they are now."""
        asset = self.state.graph.assets.get(self.unique_id)
        if asset is None:
            return Content("")
        return status_sheet(asset, self.state, self.glyphs, width=width, now=self.clock())

    def identity_content(self, width: int) -> Content:
        """What the asset is."""
        asset = self.state.graph.assets.get(self.unique_id)
        if asset is None:
            return Content("")
        return identity_sheet(asset, self._facts, self.state, self.glyphs, width=width)

    def on_mount(self) -> None:
        self._facts: dict[str, Any] = {}
        self._described: str | None = None
        self._ticking: Timer | None = self.set_interval(TICK, self.show_status, pause=True)
        self.set_interval(AGING, self.show_status)

    @property
    def first_focus(self) -> Widget:
        return self.query_one(OverviewScroll)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        if before is None or before.graph is not state.graph or before.engine is not state.engine:
            self.learn()
        self.show_status()
        self.show_identity()
        self.show_description()

    @work(exclusive=True)
    async def learn(self) -> None:
        """Ask dbt for what the graph leaves out: the whole description and the configuration."""
        try:
            self._facts = (await self.workspace.queries.describe(self.unique_id)).facts
        except DbtreeError:
            return  # what the graph knows is shown already
        self.show_identity()
        self.show_description()

    def show_description(self) -> None:
        """Show the description, if it is another one."""
        asset = self.state.graph.assets.get(self.unique_id)
        text = str(self._facts.get("description") or (asset.description if asset else ""))
        if text != self._described:
            self._described = text
            self.query_one(Markdown).update(text or UNDESCRIBED)

    def show_status(self) -> None:
        """Show status and past again."""
        if not self.is_mounted or not self.display:
            return
        found = self.state.statuses.get(self.unique_id)
        if self._ticking is not None:
            if found is not None and found.status is Status.RUNNING:
                self._ticking.resume()
            else:
                self._ticking.pause()
        self.query_one("#status", FittedSheet).write()

    def show_identity(self) -> None:
        """Show again what the asset is."""
        self.query_one("#identity", FittedSheet).write()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-two-columns")
