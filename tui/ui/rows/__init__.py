"""The rows of the tree: what each says (`RowContent`), in which words, and how it is drawn.

`row_content` looks up everything about one row; `draw` turns that into segments of text. The words
and the marks of a status are those of every other screen too.
"""

from tui.ui.rows.asset_row import (
    CHECK_STYLES,
    VERDICT_STYLES,
    RowContent,
    armed_segments,
    row_content,
    spin,
    status_style,
)
from tui.ui.rows.asset_row_segments import draw
from tui.ui.rows.asset_text import (
    CHECK_WORDS,
    WHERE,
    first_line,
    freshness_words,
    gist,
    kind_of,
    name_of,
    ticking,
)

__all__ = [
    "CHECK_STYLES",
    "CHECK_WORDS",
    "VERDICT_STYLES",
    "WHERE",
    "RowContent",
    "armed_segments",
    "draw",
    "first_line",
    "freshness_words",
    "gist",
    "kind_of",
    "name_of",
    "row_content",
    "spin",
    "status_style",
    "ticking",
]
