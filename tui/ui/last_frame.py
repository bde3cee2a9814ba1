"""What the next start of the same window opens with: its assets, as they were left."""

from __future__ import annotations

from dataclasses import replace

from tui.ui.screens.assets import AssetsScreen
from tui.ui.textual_patches.screen_lines import lines_of
from tui.ui.widgets.header import Header
from tui.ui.widgets.key_focus import has_keys


def last_frame(screen: AssetsScreen) -> str:
    """The lines of the screen, with a header that does not say what dbt is ready for yet; empty
    where a start would show something else.
    """
    state, view = screen.current, screen.tree_view
    is_ready = state.phase == "ready" and state.is_confirmed
    is_calm = is_ready and not (state.problems or state.is_busy)
    is_narrowed = bool(view.asset_tree.filter_text or view.limit) or screen.panes.is_log_full
    if not is_calm or is_narrowed or not has_keys(view) or screen.query("Toast"):
        return ""
    header = screen.query_one(Header)
    header.state = replace(state, phase="starting")
    return lines_of(screen)
