"""What lies behind a sheet, dimmed style by style.

Textual tints what lies below piece by piece: some thousand times it mixes the same few colours,
which takes longer than a frame on a large terminal. Here each style is tinted once.

Checked with Textual 8.2. Without it Textual tints as it does, and it looks the same.
"""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual, VisualType

from tui.ui.textual_patches.registry import DIMMED_BACKGROUND


def dimmed(background: VisualType) -> VisualType:
    """The background of a screen, quicker, where another screen shines through it."""
    if DIMMED_BACKGROUND.on and isinstance(background, BackgroundScreen):
        return Below(background.screen, background.color)
    return background


class Below(Visual):
    """What lies below a screen, tinted, without links: as Textual's BackgroundScreen."""

    def __init__(self, screen: Screen[Any], color: Color) -> None:
        self.screen = screen
        self.color = color
        self._known: dict[RichStyle | None, RichStyle] = {}
        """The tints of the styles that lie below: some dozens."""

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """The screen's lines in their tints, which the given style shines through."""
        base, known = style.rich_style, self._known

        def tinted(segment: Segment) -> Segment:
            if segment.control:
                return segment
            if (own := segment.style) not in known:
                (one,) = BackgroundScreen.process_segments([segment], self.color)
                known[own] = base + (one.style or RichStyle())
            return Segment(segment.text, known[own])

        strips = self.screen._compositor.render_strips()[:height]
        return [Strip(map(tinted, strip), strip.cell_length).crop(0, width) for strip in strips]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """All there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """The lines of the screen."""
        return self.screen.size.height
