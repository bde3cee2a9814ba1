"""The tree as an immutable value: what is visible, and how to move in it.

Every method that changes something gives a new tree; what did not change is shared. Rows are made
when they are asked for, so only what is on the screen costs anything.

    tree = AssetTree.of(graph)                  # lineage, all unfolded, checks folded
    tree = tree.with_graph(graph)               # after an edit: folds, filter and view stay
    tree = tree.with_view(View.FOLDERS)
    tree = tree.filtered("stg ord !raw")
    for index in range(top, min(top + height, len(tree))):
        draw(tree.row(index))

Positions are indexes of visible rows. Keys (`Row.key`) identify rows across changes: keep the
cursor as a key and ask `tree.find(key)` after each change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui.assets import AssetGraph, AssetStatus
from tui.tree.rows import Row
from tui.tree.views import Sort, View


@dataclass(frozen=True, slots=True)
class Inside:
    """What is folded away under a row, in numbers."""

    assets: int = 0
    running: int = 0
    queued: int = 0
    failed: int = 0
    """Failed, checks failed and skipped."""
    stale: int = 0
    """Stale or never materialized."""


class AssetTree:
    """Graph + view + folds + filter, as visible rows."""

    graph: AssetGraph
    view: View
    filter_text: str

    @classmethod
    def of(cls, graph: AssetGraph, view: View = View.LINEAGE, sort: Sort = Sort.NAME) -> AssetTree:
        """A tree with everything unfolded but the checks."""
        ...

    # -- rows ---------------------------------------------------------------

    def __len__(self) -> int:
        """How many rows are visible."""
        ...

    def row(self, index: int) -> Row:
        """A visible row. Raises IndexError outside of the tree."""
        ...

    def find(self, key: str) -> int | None:
        """The position of a row by its key, or None where it is folded, filtered away or gone."""
        ...

    def row_of(self, unique_id: str) -> int | None:
        """The position of the row at which an asset or check stands (not of its references)."""
        ...

    def nearest(self, key: str) -> int:
        """Where the cursor goes when its row vanished: the row, else its closest visible ancestor,
        else 0."""
        ...

    # -- moving -------------------------------------------------------------

    def parent(self, index: int) -> int | None:
        """The row that this one stands under."""
        ...

    def first_child(self, index: int) -> int | None:
        """The first visible row under this one."""
        ...

    def next_sibling(self, index: int) -> int | None: ...

    def previous_sibling(self, index: int) -> int | None: ...

    def next_match(self, index: int) -> int | None:
        """The next row that matches the filter, around the end; None without matches."""
        ...

    def previous_match(self, index: int) -> int | None: ...

    def best_match(self) -> int | None:
        """The row that matches the filter best: where the cursor goes while one types."""
        ...

    # -- changing -----------------------------------------------------------

    def with_graph(
        self, graph: AssetGraph, statuses: Mapping[str, AssetStatus] | None = None
    ) -> AssetTree:
        """The same view, folds and filter over another graph. `statuses` count only where view or
        sort are by status or age."""
        ...

    def with_view(
        self,
        view: View,
        sort: Sort = Sort.NAME,
        statuses: Mapping[str, AssetStatus] | None = None,
    ) -> AssetTree:
        """The same assets arranged another way; folds and filter stay."""
        ...

    def fold(self, key: str) -> AssetTree:
        """Hide what stands under a row (its checks too)."""
        ...

    def unfold(self, key: str) -> AssetTree: ...

    def toggle(self, key: str) -> AssetTree: ...

    def toggle_checks(self, unique_id: str) -> AssetTree:
        """Show or hide the checks of an asset."""
        ...

    def deeper(self, index: int) -> AssetTree:
        """What → does where there is something to open: unfold a folded row, else show the checks
        of an asset. The same tree (by identity) where there is nothing to open."""
        ...

    def shallower(self, index: int) -> AssetTree:
        """What ← does where there is something to close: hide shown checks, else fold an open row.
        The same tree (by identity) where there is nothing to close: go to the parent then."""
        ...

    def fold_all(self) -> AssetTree: ...

    def unfold_all(self) -> AssetTree:
        """Unfold everything but the checks."""
        ...

    def reveal(self, unique_id: str) -> AssetTree:
        """Unfold whatever hides an asset or check; drops the filter where that hides it."""
        ...

    def filtered(self, text: str) -> AssetTree:
        """Only what matches the filter (see tui.selection.filter), with its ancestors as context.
        Empty text ends the filter."""
        ...

    def limited(self, unique_ids: Iterable[str] | None) -> AssetTree:
        """Only these assets, with their ancestors as context; None ends it."""
        ...

    # -- folded away --------------------------------------------------------

    def inside(self, index: int, statuses: Mapping[str, AssetStatus]) -> Inside:
        """What is folded away under a row. Costs what is under it: for visible folded rows."""
        ...
