"""The runs screen."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.ui.commands import bindings_of
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header


class RunsScreen(WorkspaceScreen):
    """All runs, newest first."""

    BINDINGS = bindings_of("runs")
    SCOPES = ("runs",)

    def compose(self) -> ComposeResult:
        yield Header().data_bind(WorkspaceScreen.state)
        yield Footer()
