"""The page of one run: its head, and its tabs."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from tui.runs.run_errors import line_of
from tui.runs.values import BAD, Run
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.run_causes import ENDED_BADLY
from tui.ui.panels.run_page import failed_nodes, run_head
from tui.ui.run_page.errors_tab import ErrorsTab
from tui.ui.run_page.errors_view import ErrorsView
from tui.ui.run_page.log_tab import LogTab
from tui.ui.run_page.raw_tab import RawTab
from tui.ui.run_page.tab import RunTab
from tui.ui.run_page.timeline_tab import TimelineTab
from tui.ui.run_page.timeline_view import TimelineView
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.tab_bar import Tab, TabBar
from tui.workspace.state import WorkspaceState

TICK = 0.1
GONE = "This run is no longer recorded: it was pruned, or its files are gone. esc goes back."
BELOW_HEAD = 6
"""Lines that the head leaves to the tabs and what they show."""


class RunScreen(WorkspaceScreen):
    """One run, live while it is active."""

    BINDINGS = bindings_of("run")
    SCOPES = ("timeline", "run")
    CSS_PATH = "../runs.tcss"
    TABS: ClassVar[dict[str, tuple[str, type[RunTab]]]] = {
        "timeline": ("Timeline", TimelineTab),
        "errors": ("Errors", ErrorsTab),
        "log": ("Log", LogTab),
        "raw": ("Raw", RawTab),
    }

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._found: Run | None = None
        self._ticking: Timer | None = None
        self._chose_tab = False

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        where = place_of(self.run_id, glyphs)
        yield Header(where=where, glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Vertical(id="pane"):
            yield Static(id="head", markup=False)
            yield TabBar()
            with ContentSwitcher(initial=self._first_tab):
                for key, (_, kind) in self.TABS.items():
                    yield kind(
                        self.run_id, self.dbtree.workspace, glyphs=glyphs, clock=clock, id=key
                    )
        yield Footer()

    @property
    def _first_tab(self) -> str:
        """What failed is what one comes for, else how it went."""
        runs = self.dbtree.workspace.state.runs
        run = next((run for run in runs if run.run_id == self.run_id), None)
        if run is None or run.is_active:
            return "timeline"
        could_not_run = bool(run.message) and run.status in ENDED_BADLY
        return "errors" if could_not_run or not BAD.isdisjoint(run.counts()) else "timeline"

    def on_mount(self) -> None:
        self._ticking = self.set_interval(TICK, self.show_head, pause=True)
        self.query_one(TabBar).current = self._first_tab
        self.tab.first_focus.focus()

    @property
    def tab(self) -> RunTab:
        """The tab that is shown."""
        return self.query_one(f"#{self.query_one(ContentSwitcher).current}", RunTab)

    # ------------------------------------------------------------------ state

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Show the run as it is now."""
        if new is None or not self.is_mounted:
            return
        run = self.dbtree.workspace.queries.run(self.run_id)
        if run is None:
            self.query_one("#head", Static).update(GONE)
            return
        changed = run is not self._found
        self._found = run
        self.tab.take_run(run, new)
        if changed:
            self._show_tabs(run)
            self.show_head()
            if self._ticking is not None:
                if run.is_active:
                    self._ticking.resume()
                else:
                    self._ticking.pause()
            self.show_commands()

    def show_head(self) -> None:
        """Write the head again: it shows the elapsed time."""
        run = self._found
        room = self.query_one("#pane").content_size
        if run is not None and room.width:  # else it is written when its width is known
            head = self.query_one("#head", Static)
            head.update(
                run_head(
                    run, self.dbtree.glyphs, width=max(room.width - 2, 20), now=self.dbtree.clock(),
                    lines=max(room.height - BELOW_HEAD, 1),
                    estimate=self.current.estimates.get(self.run_id),
                )
            )  # fmt: skip
            title = Content.assemble(("Run ", ""), (run.run_id, "bold"), (f" · {run.label}", ""))
            self.query_one("#pane").border_title = title

    def _show_tabs(self, run: Run) -> None:
        nodes = len(failed_nodes(run))
        failed = nodes or int(bool(run.message) and run.status in ENDED_BADLY)
        bar = self.query_one(TabBar)
        notes = {"errors": str(failed or "")}
        bar.tabs = tuple(
            Tab(key, title, notes.get(key, ""), "$status-failed")
            for key, (title, _) in self.TABS.items()
        )
        if failed and not run.is_active and not self._chose_tab:
            bar.current = "errors"  # what failed is what one comes for
        self._chose_tab = True

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_head)

    @on(TabBar.Chosen)
    def show_tab(self, event: TabBar.Chosen) -> None:
        """Show what belongs to the tab."""
        if not event.tab:
            return
        self.query_one(ContentSwitcher).current = event.tab
        if self._found is not None:
            self.tab.take_run(self._found, self.current)
        self.tab.first_focus.focus()
        self.show_subtitle()
        self.show_commands()

    @property
    def scopes(self) -> tuple[str, ...]:
        return (*self.tab.KEYS, "run")

    @property
    def situation(self) -> Situation:
        run = self._found
        return Situation(
            running=run is not None and run.is_active,
            failed=run is not None and (bool(failed_nodes(run)) or bool(run.path)),
            readonly=self.current.project.readonly,
            on_runs=True,
        )

    # ---------------------------------------------------------------- actions

    def action_next_tab(self) -> None:
        self.query_one(TabBar).step(1)

    def action_previous_tab(self) -> None:
        self.query_one(TabBar).step(-1)

    @on(ErrorsView.Opened)
    @on(TimelineView.Opened)
    def show_in_tree(self, event: TimelineView.Opened | ErrorsView.Opened) -> None:
        """Go to an asset or check in the tree."""
        self.dbtree.show_asset(event.unique_id)

    def action_show_node(self, unique_id: str) -> None:
        """Go to an asset or check in the tree."""
        self.dbtree.show_asset(unique_id)

    @on(LogView.ScopeWanted)
    def toggle_log_scope(self) -> None:
        """The log of the node under the cursor of the first tab, or the whole."""
        log, node = self.query_one(LogView), self.query_one(TimelineTab).node
        log.only = frozenset((node.unique_id,)) if log.only is None and node else None

    @on(LogView.FullWanted)
    def toggle_head(self) -> None:
        """The log with or without the head above it."""
        self.toggle_class("-log-full")

    @on(RunTab.SubtitleChanged)
    def show_subtitle(self) -> None:
        """The lower edge belongs to the tab that is shown."""
        self.query_one("#pane").border_subtitle = self.tab.subtitle

    def action_run_page_again(self) -> None:
        self.dbtree.run_again(self.run_id)

    def action_run_page_cancel(self) -> None:
        self.dbtree.workspace.cancel(self.run_id)

    def action_compare_runs(self) -> None:
        """This run and the latest good one of the same selection."""
        from tui.ui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(self.run_id))

    async def action_run_page_copy(self) -> None:
        tab, run = self.tab, self._found
        if isinstance(tab, ErrorsTab) and (text := await asyncio.to_thread(tab.copied_text)):
            self.dbtree.copy(text, "error")
        elif run is not None:
            self.dbtree.copy(run.command, "dbt command")

    async def action_run_page_compiled(self) -> None:
        """Open the compiled code of what failed."""
        run = self._found
        nodes = [self.tab.node, *(failed_nodes(run) if run is not None else ())]
        node = next((node for node in nodes if node is not None and node.compiled_path), None)
        if node is None:
            self.dbtree.tell("it was not compiled")
        else:
            await self.dbtree.edit(node.compiled_path, node.compiled_line)

    async def action_run_page_edit(self) -> None:
        run = self._found
        if run is None:
            return
        node = self.tab.node or self.query_one(TimelineTab).node
        if node is None or not node.path:
            node = next((node for node in failed_nodes(run) if node.path), None)
        if node is not None:
            await self.dbtree.edit(node.path, line_of(node, self.current.graph))
        elif run.path:
            await self.dbtree.edit(run.path, run.line)

    async def action_edit_place(self, path: str, line: int) -> None:
        """Open a file that an error names."""
        await self.dbtree.edit(path, line)

    def action_close(self) -> None:
        if self.has_class("-log-full"):
            self.remove_class("-log-full")
        elif not self.tab.leave():
            self.app.pop_screen()


def place_of(run_id: str, glyphs: Glyphs) -> str:
    """The way to the page of a run."""
    return f"runs {glyphs.folded} {run_id}"
