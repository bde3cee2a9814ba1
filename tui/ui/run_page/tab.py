"""What the tabs of a run's page have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content
from textual.message import Message

from tui.runs.values import NodeRun, Run
from tui.ui.widgets.page_tab import PageTab
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.workspace.api import WorkspaceApi


class RunTab(PageTab):
    """One tab. It works only while it is shown."""

    KEYS: ClassVar[tuple[str, ...]] = ()
    """The scopes of the commands that are its own."""

    class SubtitleChanged(Message):
        """The tab has something else to say in the lower edge."""

    def __init__(self, run_id: str, workspace: WorkspaceApi, **options: Any) -> None:
        """`options` are those of every tab of a page."""
        super().__init__(workspace, **options)
        self.run_id = run_id
        self.shown_run: Run | None = None

    def take_run(self, run: Run, state: WorkspaceState) -> None:
        """Show the run as it is now: the tab was chosen, or something happened meanwhile."""
        before, self.shown_run, self._seen = self.shown_run, run, state
        self.update_from(before, run)

    def update_from(self, before: Run | None, run: Run) -> None:
        """What is shown follows the run; `before` is None when the tab is shown first."""
        raise NotImplementedError

    @property
    def node(self) -> NodeRun | None:
        """The asset or check that the cursor of the tab is on, where it has one."""
        return None

    @property
    def subtitle(self) -> Content:
        """What stands in the lower edge of the page while the tab is shown."""
        return Content("")

    def tell_subtitle(self) -> None:
        """Let the page show the subtitle anew."""
        self.post_message(self.SubtitleChanged())
