"""What the tabs of a page, of an asset or of a run, have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widget import Widget

from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi


class PageTab(Vertical):
    """One tab. It works only while it is shown."""

    def __init__(
        self,
        workspace: WorkspaceApi,
        *,
        glyphs: Glyphs = UNICODE,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        """`clock` gives seconds since the epoch."""
        super().__init__(id=id)
        self.workspace = workspace
        self.glyphs = glyphs
        self.clock = clock
        self._seen: WorkspaceState | None = None

    @property
    def state(self) -> WorkspaceState:
        """The state that is shown."""
        return self._seen or self.workspace.state

    @property
    def first_focus(self) -> Widget:
        """What has the keys when the tab is chosen."""
        return self

    def leave(self) -> bool:
        """One level back within the tab; whether there was one."""
        return False
