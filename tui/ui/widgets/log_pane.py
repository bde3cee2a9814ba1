"""A log with the line that searches it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui.ui.rows import name_of
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.search_line import SearchLine
from tui.workspace.state import WorkspaceState


class LogPane(Vertical):
    """A run's log; its lower edge says how the log is filtered."""

    def compose(self) -> ComposeResult:
        yield SearchLine("/", placeholder="search the log", late=True)
        yield LogView()

    def on_mount(self) -> None:
        self.query_one(SearchLine).display = False

    @property
    def log_view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    def filter_words(self, state: WorkspaceState | None) -> Content:
        """How the log is searched and filtered, in words."""
        view = self.log_view
        words = []
        if view.search_text:
            words.append(f"/{view.search_text}")
        if view.only and state:
            words.append(", ".join(sorted(name_of(state, key) for key in view.only))[:40])
        if view.level != "info":
            words.append("all levels" if view.level == "debug" else f"{view.level} and above")
        if view.shows_starts:
            words.append("with start lines")
        if not view.follows:
            words.append("not following")
        return Content.styled(" · ".join(words), "$dim")

    @on(LogView.SearchWanted)
    def open_search(self) -> None:
        """Let the user type what to search for."""
        self.query_one(SearchLine).open(self.log_view.search_text)

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
