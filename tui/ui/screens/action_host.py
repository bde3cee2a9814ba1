"""What the actions that build need of a screen: what is chosen on it, and the way to an asset."""

from __future__ import annotations

from tui.ui.screens.base import WorkspaceScreen


class ChoosingScreen(WorkspaceScreen):
    """A screen on which assets are chosen."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """What the keys that build are about: the marked assets, else the one that is shown."""
        raise NotImplementedError

    @property
    def shown(self) -> str:
        """The one asset (or check) that is looked at; empty for none."""
        raise NotImplementedError

    def action_jump(self, unique_id: str) -> None:
        """Look at another one."""
        raise NotImplementedError
