"""What the tabs of the asset's page have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi

RETRY = 1.5
"""Seconds until a database that another process held is asked again."""


class AssetTab(Vertical):
    """One tab. It works only while it is shown."""

    def __init__(
        self,
        unique_id: str,
        workspace: WorkspaceApi,
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.unique_id = unique_id
        self.workspace = workspace
        self.glyphs = glyphs
        self.clock = clock
        self._seen: WorkspaceState | None = None

    @property
    def state(self) -> WorkspaceState:
        """The state that is shown."""
        return self._seen or self.workspace.state

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
    def first_focus(self) -> Widget:
        """What has the keys when the tab is chosen."""
        return self

    def leave(self) -> bool:
        """One level back within the tab; whether there was one."""
        return False

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
