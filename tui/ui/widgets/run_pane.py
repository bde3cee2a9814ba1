"""The run pane: the active or latest run in one line, over its live log."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from tui.runs.left_running import stopped_words
from tui.runs.log import RunLog
from tui.runs.values import BAD, Run
from tui.ui.panels.run_causes import ENDED_BADLY, cause_lines
from tui.ui.rows.run_progress import counts_of, headline, waiting_words
from tui.ui.rows.run_waiting import waiting_sentence
from tui.ui.textual_patches.border_titles import set_border_titles
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.ui.widgets.log_pane import LogPane
from tui.ui.widgets.log_view import LogView
from tui.workspace.state import WorkspaceState

TICK = 1 / 4
ROOMY = 100
"""Cells from which a title has room for all about the time that a run takes."""
MOST_CAUSES = 4
"""Lines for what made a run fail, at most."""


class RunPane(LogPane):
    """One run: its headline is the pane's title, its log the pane's content."""

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)

    def __init__(
        self,
        log_of: Callable[[str], RunLog],
        run_of: Callable[[str], Run | None],
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._log_of = log_of
        self._run_of = run_of
        self._whole: Run | None = None
        """The run that failed, with its nodes: lists of runs leave them out."""
        self.glyphs = glyphs
        self.clock = clock
        self._ticking: Timer | None = None
        self._shown: tuple[Content, Content] | None = None
        self._causes_of: tuple[object, ...] | None = None
        """What decides about the lines that tell why the run fails."""

    def compose(self) -> ComposeResult:
        causes = Static(markup=False, id="causes")
        causes.auto_links = False  # a link keeps its own colour
        yield causes
        yield from super().compose()
        yield Static(markup=False, id="queue")

    def on_mount(self) -> None:
        self._ticking = self.set_interval(TICK, self.show_headline, pause=True)
        self.query_one("#queue").display = False
        self.query_one("#causes").display = False

    def on_resize(self) -> None:
        self.show_causes()

    def show_causes(self) -> None:
        """Tell above the log what made the run fail: it stays there, whatever dbt logs behind. Of a
        run that waits, for whom.
        """
        run, state = self.shown, self.state
        width, height = self.content_size
        bad = 0 if run is None else sum(counts_of(run).get(status, 0) for status in BAD)
        told = (run.run_id, run.status, run.message) if run is not None else ()
        waiting = ""
        if run is not None and run.status == "waiting":
            waiting = waiting_sentence(run, self.clock())
        made_of = (*told, bad, width, height, waiting)
        if made_of == self._causes_of:
            return  # as with most states while a run goes on
        self._causes_of = made_of
        lines = []
        if run is not None and state is not None and width > 0:
            most = max(1, min(MOST_CAUSES, height // 2))
            whole = self._with_nodes(run)
            lines = cause_lines(whole, state, self.glyphs, width=width, most=most)
            if waiting:
                lines = [Content.styled(waiting, "$status-queued")]  # it wraps
        causes = self.query_one("#causes", Static)
        if lines:
            causes.update(Content("\n").join(lines))
        causes.display = bool(lines)

    def _with_nodes(self, run: Run) -> Run:
        if run.nodes or not BAD & run.summary_counts.keys():
            return run
        if self._whole is None or self._whole.run_id != run.run_id:
            self._whole = self._run_of(run.run_id) or run
        return self._whole

    @property
    def shown(self) -> Run | None:
        """The run that is shown: the active one, or the latest."""
        return self.state.latest if self.state is not None else None

    def watch_state(self, state: WorkspaceState | None) -> None:
        """Show how far the run is now."""
        if state is None or not self.is_mounted:
            return
        run = self.shown
        if self._ticking is not None:
            if state.active is not None:
                self._ticking.reset()  # the headline is written anew below
            else:
                self._ticking.pause()
        self.set_class(run is None and not state.queue and not state.starting, "-idle")
        view = self.log_view
        view.empty_text = _empty_text(run)
        view.show_log(
            self._log_of(run.run_id) if run else None,
            state,
            is_live=run is not None and run.is_active,
        )
        self.show_causes()
        queue = self.query_one("#queue", Static)
        waiting = waiting_words(state)
        queue.display = bool(waiting)
        if waiting:
            words = f"{self.glyphs.node['queued']} {waiting}"
            queue.update(Content.styled(words, "$status-queued"))
        self.show_headline()

    def show_headline(self) -> None:
        """Write the title again: it shows the elapsed time."""
        run = self.shown
        if run is not None and run.status == "waiting":
            self.show_causes()
        if run is None:
            self._entitle(Content("Run"), Content(""))
            return
        narrow = self.size.width < 70
        title = headline(
            run,
            self.glyphs,
            now=self.clock(),
            bar_width=6 if narrow else 16,
            estimate=self.state.estimates.get(run.run_id) if self.state else None,
            is_brief=self.size.width < ROOMY,
        )
        self._entitle(title, Content("") if narrow else self.filter_words(self.state))

    def _entitle(self, title: Content, subtitle: Content) -> None:
        set_border_titles(self, title, subtitle, self._shown)
        self._shown = (title, subtitle)

    @on(LogView.Changed)
    def tell_filter(self) -> None:
        """The pane's lower edge says how the log is filtered."""
        self.show_headline()


def _empty_text(run: Run | None) -> str:
    if run is None:
        return "Nothing has run yet. m builds the asset under the cursor, M everything."
    told_above = run.status == "waiting" or run.status in ENDED_BADLY or stopped_words(run)
    return "" if told_above else run.message
