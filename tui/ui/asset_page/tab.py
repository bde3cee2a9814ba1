"""What the tabs of the asset's page have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from tui.ui.widgets.page_tab import PageTab
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi

RETRY = 1.5
"""Seconds until a database that another process held is asked again."""


class AssetTab(PageTab):
    """One tab. It works only while it is shown."""

    def __init__(self, unique_id: str, workspace: WorkspaceApi, **options: Any) -> None:
        """`options` are those of every tab of a page."""
        super().__init__(workspace, **options)
        self.unique_id = unique_id

    def take_state(self, state: WorkspaceState) -> None:
        """Show this state: the tab was chosen, or something happened while it is shown."""
        before, self._seen = self._seen, state
        self.update_from(before, state)

    def begin_anew(self, state: WorkspaceState) -> None:
        """Show this state as if the tab were chosen for the first time."""
        self._seen = None
        self.take_state(state)

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        """What is shown follows the state; `before` is None when the tab is shown first."""
        raise NotImplementedError

    @property
    def place(self) -> tuple[str, int]:
        """The file and line that `e` opens; an empty path for that of the asset."""
        return "", 0


class Words(Static):
    """A sentence in the place of what is not there (yet)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, **options)
        self.add_class("words")
        self.display = False

    def say(self, text: str, style: str = "$dim") -> None:
        """Say something; nothing hides it."""
        self.display = bool(text)
        self.update(Content.styled(text, style))


def waiting_words(state: WorkspaceState) -> str:
    """What a look into the database waits for, if for anything."""
    run = state.active
    if run is not None and state.single_writer:
        return f"waiting for run {run.run_id} to end: the database allows one writer"
    if state.phase in ("starting", "restarting", "parsing") or state.engine is None:
        return "waiting for dbt"
    return ""
