"""What a screen shows, as text for a terminal.

Checked with Textual 8.2. Without it a window opens with an empty terminal, until its first frame.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from tui.ui.textual_patches.registry import OPENING_FRAME


def lines_of(screen: Screen[Any]) -> str:
    """Each line of a screen behind the sequence of its place; empty where Textual is another."""
    if not OPENING_FRAME.on:
        return ""
    console = screen.app.console
    return "".join(
        f"\x1b[{row};1H{strip.render(console)}"
        for row, strip in enumerate(screen._compositor.render_strips(), 1)
    )
