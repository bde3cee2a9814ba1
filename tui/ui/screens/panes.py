"""The panes of the assets screen: how much each has of the screen, and what the log below shows."""

from __future__ import annotations

from tui.graph import AssetGraph
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.session import DETAILS_WIDTHS, RUN_HEIGHTS, Session
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.ui.widgets.details_view import DetailsView
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.run_pane import RunPane

STEP = 4
"""Percent of the screen by which a key makes a pane larger or smaller."""


class Panes:
    """Sizes the tree, the details beside it and the run below."""

    def __init__(self, screen: WorkspaceScreen, session: Session) -> None:
        self._screen = screen
        self.details_width = session.details_width
        self.run_height = session.run_height

    @property
    def _run(self) -> RunPane:
        return self._screen.query_one(RunPane)

    @property
    def _tree(self) -> AssetTreeView:
        return self._screen.query_one(AssetTreeView)

    @property
    def is_log_full(self) -> bool:
        """Whether the log has the whole screen."""
        return self._screen.has_class("-log-full")

    def size(self) -> None:
        """Give every pane its part of the screen."""
        self._screen.query_one(DetailsView).styles.width = f"{self.details_width}%"
        run = self._run
        if self.is_log_full:
            run.styles.height = "1fr"
        elif run.has_class("-idle"):
            run.styles.height = 3
        else:
            run.styles.height = f"{self.run_height}%"

    def _resize(self, step: int) -> None:
        focused = self._screen.focused
        if isinstance(focused, LogView):
            low, high = RUN_HEIGHTS
            self.run_height = max(low, min(high, self.run_height + step))
        elif isinstance(focused, DetailsView):
            low, high = DETAILS_WIDTHS
            self.details_width = max(low, min(high, self.details_width + step))
        elif self._tree.limit.focus:
            self._tree.widen_focus(1 if step > 0 else -1)
        else:
            low, high = DETAILS_WIDTHS
            self.details_width = max(low, min(high, self.details_width - step))
        self.size()

    def action_larger(self) -> None:
        self._resize(STEP)

    def action_smaller(self) -> None:
        self._resize(-STEP)

    def action_focus_log(self) -> None:
        self._run.display = True
        self._run.log_view.focus()

    def action_toggle_log(self) -> None:
        self._run.display = not self._run.display
        if not self._run.display:
            self._tree.focus()

    def toggle_full_log(self) -> None:
        """The log on the whole screen, or back under the tree."""
        self._screen.toggle_class("-log-full")
        self.size()

    def toggle_log_scope(self) -> None:
        """The log of the asset under the cursor, or the whole."""
        log, chosen = self._run.log_view, self._tree.chosen
        is_whole = log.only is None and chosen
        log.only = _with_checks(self._screen.current.graph, chosen) if is_whole else None

    def let_log_follow(self, unique_id: str) -> None:
        """Where the log shows one asset alone, let it show this one."""
        log = self._run.log_view
        if log.only is not None and unique_id:
            log.only = _with_checks(self._screen.current.graph, (unique_id,))


def _with_checks(graph: AssetGraph, unique_ids: tuple[str, ...]) -> frozenset[str]:
    checks = (key for asset in unique_ids for key in graph.checks_of.get(asset, ()))
    return frozenset((*unique_ids, *checks))
