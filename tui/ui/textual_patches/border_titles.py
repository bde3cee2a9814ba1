"""Titles on the border of a widget, written without drawing what the border encloses.

Textual draws a whole widget anew for its title: of the run pane that is all of the log, several
times a second. Here only the upper and the lower edge are.

Checked with Textual 8.2. Without it the widget is drawn anew.
"""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from tui.ui.textual_patches.registry import BORDER_TITLES


def set_border_titles(
    widget: Widget, title: Content, subtitle: Content, before: tuple[Content, Content] | None
) -> None:
    """Give a widget its titles; `before` is what they were the last time, None for never."""
    if before is None or not BORDER_TITLES.on:
        widget.border_title, widget.border_subtitle = title, subtitle
        return
    width, height = widget.outer_size
    left, top = widget.content_offset
    if not title.is_same(before[0]):
        widget._border_title = title
        widget.refresh(Region(-left, -top, width, 1))
    if not subtitle.is_same(before[1]):
        widget._border_subtitle = subtitle
        widget.refresh(Region(-left, height - 1 - top, width, 1))
