"""The run pane: the run that is going on, or the latest, in a line, over its live log."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from tui.runs.log import RunLog
from tui.runs.values import Run
from tui.state import WorkspaceState
from tui.ui.faces import name_of
from tui.ui.glyphs import UNICODE, Glyphs
from tui.ui.progress import headline, queue_line
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.search_line import SearchLine


class RunPane(Vertical):
    """One run: its headline is the pane's title, its log the pane's content."""

    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)

    class Changed(Message):
        """Another run is shown, or it ended."""

    def __init__(
        self,
        log_of: Callable[[str], RunLog],
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._log_of = log_of
        self.glyphs = glyphs
        self.clock = clock
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield SearchLine("/", placeholder="search the log", id="log-search")
        yield LogView(id="log")
        yield Static(markup=False, id="queue")

    def on_mount(self) -> None:
        self._ticking = self.set_interval(0.1, self.show_headline, pause=True)
        self.query_one(SearchLine).display = False
        self.query_one("#queue").display = False

    @property
    def shown(self) -> Run | None:
        """The run that is shown: the one going on, else the latest."""
        if self.state is None:
            return None
        return self.state.active or (self.state.runs[0] if self.state.runs else None)

    @property
    def log_view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    def watch_state(self, state: WorkspaceState | None) -> None:
        """Show how far the run is now."""
        if state is None or not self.is_mounted:
            return
        run = self.shown
        if self._ticking is not None:
            if state.active is not None:
                self._ticking.resume()
            else:
                self._ticking.pause()
        view = self.log_view
        view.empty_text = self._empty_text(run)
        view.show_log(self._log_of(run.run_id) if run else None, state)
        queue = self.query_one("#queue", Static)
        labels = [f"{plan.command} {plan.label}" for plan in state.queue]
        queue.display = bool(labels)
        if labels:
            glyph = self.glyphs.node["queued"]
            queue.update(Content.styled(f"{glyph} {queue_line(labels)}", "$status-queued"))
        self.show_headline()

    def _empty_text(self, run: Run | None) -> str:
        if run is None:
            return "Nothing has run yet. m builds what is under the cursor, M everything."
        if run.status == "waiting":
            return f"Waits for {run.waiting_for or 'another run'} to end."
        return run.message

    def show_headline(self) -> None:
        """Write the title anew: it tells the elapsed time."""
        run = self.shown
        if run is None:
            self.border_title = Content("Run")
            self.border_subtitle = None
            return
        narrow = self.size.width < 70
        self.border_title = headline(
            run, self.glyphs, now=self.clock(), bar_width=6 if narrow else 16
        )
        self.border_subtitle = Content("") if narrow else self._log_words()

    def _log_words(self) -> Content:
        view = self.log_view
        words = []
        if view.search_text:
            words.append(f"/{view.search_text}")
        if view.only and self.state:
            words.append(" ".join(sorted(name_of(self.state, key) for key in view.only))[:40])
        if view.level != "info":
            words.append(f"{view.level} and worse" if view.level != "debug" else "debug")
        if not view.follows:
            words.append("not following")
        return Content.styled(" · ".join(words), "$dim")

    @on(LogView.Changed)
    def tell_filter(self) -> None:
        """The pane's lower edge tells how the log is filtered."""
        self.show_headline()

    @on(LogView.SearchWanted)
    def open_search(self) -> None:
        """Let the user type what to search for."""
        line = self.query_one(SearchLine)
        line.open(self.log_view.search_text)

    @on(SearchLine.Changed)
    def search(self, event: SearchLine.Changed) -> None:
        """Search while one types."""
        event.stop()
        self.log_view.search_for(event.text)

    @on(SearchLine.Closed)
    def end_search(self, event: SearchLine.Closed) -> None:
        """Back to the log; esc forgets the search."""
        event.stop()
        if not event.kept:
            self.log_view.search_for("")
        self.query_one(SearchLine).display = False
        self.log_view.focus()
