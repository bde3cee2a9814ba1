"""The faces of the tree's rows: what each says (`face`), in which words, and how it is drawn.

`face_of` looks up everything about one row; `draw` turns the face into pieces of text. The words
and the marks of a status are those of every other screen too.
"""

from tui.ui.rows.asset_row import (
    CHECK_STYLES,
    VERDICT_STYLES,
    Face,
    armed_pieces,
    face_of,
    spin,
    status_style,
)
from tui.ui.rows.asset_row_drawing import draw
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
    "Face",
    "armed_pieces",
    "draw",
    "face_of",
    "first_line",
    "freshness_words",
    "gist",
    "kind_of",
    "name_of",
    "spin",
    "status_style",
    "ticking",
]
