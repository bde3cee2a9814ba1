"""A list of answers, links or themes in a sheet, in which the cursor's line is of one colour."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList

UNDER_CURSOR = "option-list--option-highlighted"


class AnswerList(OptionList):
    """Textual's list. With the terminal's own colours, and without any, the line under the cursor
    is reversed as a whole: its coloured words would make a patchwork of it.
    """

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not (self.app.current_theme.ansi or self.app.no_color):
            return strip
        options = {segment.style.meta.get("option") for segment in strip if segment.style}
        if self.highlighted is None or options != {self.highlighted}:
            return strip
        style = self.get_component_rich_style(UNDER_CURSOR)
        style += Style.from_meta({"option": self.highlighted})  # by which a click finds it
        return Strip([Segment(strip.text, style)], strip.cell_length)
