"""Finding assets: the filter of the tree, and dbt's selectors.

Pure: names and expressions in, sets of unique_ids out.
"""

from tui.selection.filter import Filter, Term, parse
from tui.selection.methods import NeedsEngine, Scene
from tui.selection.resolving import resolve
from tui.selection.selectors import Criterion, NotASelector, Selector, parse_selector

__all__ = [
    "Criterion",
    "Filter",
    "NeedsEngine",
    "NotASelector",
    "Scene",
    "Selector",
    "Term",
    "parse",
    "parse_selector",
    "resolve",
]
