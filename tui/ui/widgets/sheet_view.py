"""A panel of lines that are there already, cut to its width: only what is visible is drawn.

Text that grows by a line changes how far the panel scrolls, and nothing around it: unlike a
`Static` in a scrolling container, it never has Textual lay out the whole screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from tui.ui.textual_patches.content_size import set_content_size


class SheetView(ScrollView, can_focus=True):
    """Scrolls over lines of text, each with its own styles and links.

    Its style sheet keeps the scrollbar's cells (`overflow-y: scroll`), in the colour of the ground.
    """

    ALLOW_SELECT = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.auto_links = False  # a link keeps its own colour
        self._lines: list[Content] = []
        self._painted: dict[int, Strip] = {}

    def show_lines(self, lines: Sequence[Content]) -> None:
        """Show other lines; longer ones than the panel is wide are folded. Where one reads stays,
        unless there are too few lines for it.
        """
        width = self.scrollable_content_region.width
        self._lines = list(chain.from_iterable(_folded(line, width) for line in lines))
        set_content_size(self, Size(width, len(self._lines)))
        if self.scroll_target_y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        self._repaint()

    def _repaint(self) -> None:
        self._painted.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        index, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        if (known := self._painted.get(index)) is not None:
            return known
        line = self._selected(self._lines[index], index)
        strips = Visual.to_strips(
            self, line, width, 1, self.visual_style, apply_selection=False, pad=True
        )
        self._painted[index] = strip = strips[0].apply_offsets(0, index)
        return strip

    def notify_style_update(self) -> None:
        """Other colours: of another theme, or with the focus."""
        self._painted.clear()
        super().notify_style_update()

    # ---------------------------------------------------------- selected text

    def _selected(self, line: Content, index: int) -> Content:
        """A line with what the mouse has selected of it."""
        selection = self.text_selection
        if selection is None or (span := selection.get_span(index)) is None:
            return line
        start, end = span
        style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
        return line.stylize(style, start, len(line) if end == -1 else end)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.plain for line in self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self._repaint()


def _folded(line: Content, width: int) -> list[Content]:
    return line.fold(width) if line.cell_length > width else [line]
