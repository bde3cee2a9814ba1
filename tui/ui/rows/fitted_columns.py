"""The columns of the tree, fitted to the width that there is and to the names of all assets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tui.graph import Asset
from tui.graph.asset_graph import EMPTY
from tui.graph.partition_status import assets_in_parts
from tui.tree import AssetTree
from tui.ui.rows.asset_row import armed_segments
from tui.ui.rows.partition_rows import bar_cells, count_partitions, uncounted
from tui.ui.rows.segments import size_of
from tui.ui.rows.tree_columns import NAME_LEAST, Columns, cells_for_names, columns_for
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

WIDTH = 60
"""Cells, until it is known how many there are."""


class FittedColumns:
    """Remembers what it measured until names or partitions are others."""

    def __init__(self, glyphs: Glyphs, count: Callable[[Callable[[], None]], None]) -> None:
        """Columns that are not fitted yet.

        Args:
            glyphs: those of the terminal.
            count: has partitions counted, which takes long, and fits the columns once more.
        """
        self._glyphs = glyphs
        self._count = count
        self.width = WIDTH
        """Cells that the rows have."""
        self.columns: Columns = columns_for(WIDTH)
        """The columns as they are drawn now."""
        self._named = AssetTree.of(EMPTY).everything
        """Whose names the columns are made for."""
        self._name_cells = NAME_LEAST
        self._bars_of = EMPTY
        self._partitioned: list[Asset] = []

    def fit(self, tree: AssetTree, state: WorkspaceState | None) -> None:
        """Fit the columns to a tree."""
        if tree.everything is not self._named:
            self._named = tree.everything
            self._name_cells = cells_for_names(tree.asset_names())
        needed = self._name_cells
        if state is not None:
            needed += self._armed_cells(state) + self._partition_cells(state)
        self.columns = columns_for(self.width, needed)

    def _partition_cells(self, state: WorkspaceState) -> int:
        """Cells that the longest bar of partitions takes behind a name."""
        if state.graph is not self._bars_of:
            self._bars_of = state.graph
            self._partitioned = assets_in_parts(state.graph)
            if waiting := uncounted(self._partitioned):
                self._count(partial(count_partitions, state, waiting))
        rows = {one.parts for one in self._partitioned}
        return max(map(bar_cells, rows), default=0)

    def _armed_cells(self, state: WorkspaceState) -> int:
        """Cells that the longest note on what a save triggers takes behind a name."""
        notes = (armed_segments(state, key, self._glyphs) for key in state.armed)
        return max((size_of(list(note)) for note in notes), default=0)
