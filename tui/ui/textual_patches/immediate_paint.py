"""What a key changed is painted as soon as it is done.

Textual paints with the next frame, up to 1/60 s later: a cursor that follows a key at once feels
like part of the keyboard.

Checked with Textual 8.2. Without it the change is painted with the next frame.
"""

from __future__ import annotations

from textual.screen import Screen
from textual.widget import Widget

from tui.ui.textual_patches.registry import IMMEDIATE_PAINT


def paint_at_once(screen: Screen[None], widget: Widget, *, only_alone: bool = False) -> None:
    """Paint a widget that changed, without waiting for the next frame.

    Args:
        screen: the screen that it is on.
        widget: what changed.
        only_alone: leave it to the next frame where it did not change, or more than its own lines
            did: where it, or the screen, is to be laid out or scrolled.
    """
    if not IMMEDIATE_PAINT.on:
        return
    if only_alone and not (
        widget._repaint_required
        and not (widget._layout_required or widget._scroll_required)
        and not (screen._layout_required or screen._scroll_required)
    ):
        return
    widget._repaint_required = False
    screen._dirty_widgets.add(widget)
    Screen._on_timer_update(screen)
