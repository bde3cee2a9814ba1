"""The size of what is scrolled in a view, changed without laying out the screen.

Textual lays out the whole screen anew for it, which it changes nothing of: a log grows many times
a second.

Checked with Textual 8.2. Without it the screen is laid out anew.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView

from tui.ui.textual_patches.registry import CONTENT_SIZE


def set_content_size(view: ScrollView, size: Size) -> None:
    """Let a view scroll over so many columns and lines."""
    if not CONTENT_SIZE.on:
        view.virtual_size = size
        return
    view.set_reactive(ScrollView.virtual_size, size)
    view._scroll_update(size)
