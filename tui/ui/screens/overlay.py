"""A screen over another one, which shines through: its background is painted late, and cheaply.

Textual tints what lies below piece by piece: some thousand times it mixes the same few colours,
which takes longer than a frame on a large terminal. And what is in front need not wait for it:
that comes first, the tint with the next frame.
"""

from __future__ import annotations

from typing import Any, TypeVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.css.styles import RulesMap
from textual.events import Click
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual, VisualType

from tui.ui.textual_patches.compositor import FrugalCompositor

Answer = TypeVar("Answer")


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


class FrontFirst(Screen[Any]):
    """A screen that first paints only what is in front of the screen below."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compositor = self._front = FrugalCompositor()
        self._is_seen = False

    def _compositor_refresh(self) -> None:
        if self._is_seen or self.app.screen is not self or self.app._batch_count:
            super()._compositor_refresh()
            return
        front = self._front.render_front()
        if front is not None:
            self._is_seen = True
            self.app._display(self, front)
            self.refresh()


class OverScreen(ModalScreen[Answer], FrontFirst):
    """A modal screen that gives an answer, once."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Give the answer, and go; a second one (enter, twice) comes too late for anything."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    async def on_click(self, event: Click) -> None:
        """A click beside what is in front is as esc."""
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            event.stop()
            await self.app._check_bindings("escape")

    def render(self) -> VisualType:  # type: ignore[override]  # as of any widget
        return below_of(super().render())


def below_of(background: VisualType) -> VisualType:
    """The background of a screen: what shines through it, where something does."""
    if isinstance(background, BackgroundScreen):
        return Below(background.screen, background.color)
    return background
