"""The asset tree: graph + view + folds + filter → rows, and how to move among them.

Pure values: knows nothing of the screen, of keys or of colours.
"""

from tui.tree.asset_tree import AssetTree
from tui.tree.folded_summary import Inside
from tui.tree.rows import Fold, Row, RowKind, inner_guides
from tui.tree.views import Sort, View, has_groups

__all__ = [
    "AssetTree", "Fold", "Inside", "Row", "RowKind", "Sort", "View", "has_groups", "inner_guides",
]  # fmt: skip
