"""What screens and widgets see of the app: the open project, and what they may ask for.

The app itself stands above them, and nothing below imports it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.dom import DOMNode

from tui.runs.plan import RunPlan
from tui.ui.commands.keymap import Keymap
from tui.ui.frame_pacing import FramePacing
from tui.ui.session import Session
from tui.ui.textual_patches.app import PatchedApp
from tui.ui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi


class DbtreeHost(PatchedApp):
    """The app, as far as the screens and widgets in it know it."""

    workspace: WorkspaceApi
    clock: Callable[[], float]
    glyphs: Glyphs
    keymap: Keymap
    session: Session
    """What is remembered of the last time."""
    frame_pacing: FramePacing
    in_browser = False
    """Whether it is shown in a page, by `dbtree serve`: there is no shell, editor or desktop."""
    is_leaving = False
    """Whether dbtree quits as soon as nothing runs."""

    @abstractmethod
    def tell(self, words: str) -> None:
        """Say something in the status line."""

    @abstractmethod
    def show_state(self) -> None:
        """Hand the newest state down to what is shown, without waiting for the next frame."""

    @abstractmethod
    def show_notice(self) -> None:
        """Show what the workspace has to tell and has not told yet."""

    @abstractmethod
    def ask_and_materialize(self, plan: RunPlan, *, only_outdated: bool = False) -> None:
        """Start a run, after the question that it needs, if it needs one."""

    @abstractmethod
    def show_partitions(self, plan: RunPlan) -> None:
        """Show the partitions of what a plan builds, or its batches."""

    @abstractmethod
    def run_again(self, run_id: str) -> None:
        """Run what failed or was skipped in a run."""

    @abstractmethod
    def copy(self, text: str, what: str) -> None:
        """Put a text on the clipboard, and say so."""

    @abstractmethod
    async def edit(self, path: str, line: int = 0) -> None:
        """Open a file of the project in the user's editor."""

    @abstractmethod
    async def draw(self, path: str) -> None:
        """Draw an image of the project in the terminal."""

    @abstractmethod
    def show_run(self, run_id: str) -> None:
        """Show the page of one run."""

    @abstractmethod
    def open_asset(
        self,
        unique_id: str,
        *,
        tab: str = "overview",
        column: str = "",
        compiled: bool = False,
        against: str = "",
    ) -> None:
        """Show the page of an asset, on a column of it; of a check, that of its asset."""

    @abstractmethod
    def open_query(self, unique_id: str, *, code: str = "", line: int = 1) -> None:
        """Show the query screen of an asset, with this code in the editor."""

    @abstractmethod
    def show_asset(self, unique_id: str) -> None:
        """Go to an asset or check in the tree."""

    @abstractmethod
    def action_show_assets(self) -> None:
        """Go to the assets screen."""


def host_of(node: DOMNode) -> DbtreeHost:
    """The app that a screen or widget is in."""
    return cast(DbtreeHost, node.app)
