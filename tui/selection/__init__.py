"""Finding assets: the filter of the tree, and selectors.

Pure: names and expressions in, sets of unique_ids out.
"""

from tui.selection.filter import Filter, Term, parse

__all__ = ["Filter", "Term", "parse"]
