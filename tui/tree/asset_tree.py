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

While a filter (or a limit) is on, what matches is shown wherever it is folded away, references and
the other checks are left out, and folds made meanwhile are forgotten with the filter. A limit of
the lineage is a small lineage of its own: nothing that it leaves out is above what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from functools import cached_property

from tui.graph import AssetGraph, History
from tui.protocol.plain import plain
from tui.selection.filter import Filter, parse
from tui.tree.folded_summary import Inside, count_inside
from tui.tree.outline import Outline, outline
from tui.tree.rows import Fold, Row, RowKind
from tui.tree.views import Sort, Statuses, View, arrange, lineage_within, same_outline
from tui.tree.visible_rows import VisibleRows

__all__ = ["AssetTree", "Inside"]

NOTHING: frozenset[str] = frozenset()
NEAR = 50
"""Rows around the cursor in which the closest survivor of an edit is looked for."""
PICKED = 4000
"""Rows of a large project that are looked at to learn how long its names are."""


@plain(frozen=True, eq=False)
class AssetTree:
    """Graph + view + folds + filter, as visible rows. Compares by identity."""

    graph: AssetGraph
    view: View
    sort: Sort
    everything: Outline = field(repr=False)
    """The outline without a limit."""
    folded: frozenset[str] = NOTHING
    """Keys of what is folded, when no filter is on."""
    open_checks: frozenset[str] = NOTHING
    """The assets whose checks are shown."""
    filter: Filter = Filter()
    limit: frozenset[str] | None = None
    folded_matches: frozenset[str] = NOTHING
    """Keys of what was folded since the filter is on."""

    @classmethod
    def of(
        cls,
        graph: AssetGraph,
        view: View = View.LINEAGE,
        sort: Sort = Sort.NAME,
        statuses: Statuses | None = None,
        history: History | None = None,
    ) -> AssetTree:
        """A tree with everything unfolded but the checks."""
        return cls(graph, view, sort, outline(graph, arrange(graph, view, sort, statuses, history)))

    @cached_property
    def outline(self) -> Outline:
        """The entries that rows are made of."""
        if self.limit is None or self.view is not View.LINEAGE:
            return self.everything
        arrangement = lineage_within(self.graph, self.limit, self.everything.home.__getitem__)
        return outline(self.graph, arrangement)

    # -- rows ---------------------------------------------------------------

    def __len__(self) -> int:
        """How many rows are visible."""
        return len(self.visible)

    def row(self, index: int) -> Row:
        """A visible row. Raises IndexError outside of the tree."""
        entry = self.visible.entries[index]
        out = self.outline
        unique_id, kind = out.ids[entry], out.kinds[entry]
        if unique_id in out.labels:
            label = out.labels[unique_id][1]
            unique_id = ""
        else:
            found = self.graph.checks if kind is RowKind.CHECK else self.graph.assets
            label = found[unique_id].name
        is_match = self._hits is not None and entry in self._hits
        is_asset = kind is RowKind.ASSET
        return Row(
            key=out.key(entry),
            unique_id=unique_id,
            kind=kind,
            label=label,
            depth=out.depths[entry],
            guides=self.visible.guides(entry),
            fold=self.visible.fold_of(entry),
            checks=out.checks[entry],
            checks_open=out.ids[entry] in self.open_checks and bool(out.checks[entry]),
            matches=self.filter.positions(label) if is_match and is_asset else (),
            is_context=self._hits is not None and not is_match and kind is not RowKind.CHECK,
        )

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Some visible rows."""
        return map(self.row, range(len(self))[start:stop])

    def asset_names(self) -> Iterator[tuple[int, str]]:
        """Depth and name of the assets where they have their home, folded and filtered ones too;
        of a large project evenly picked ones.
        """
        out, assets = self.everything, self.graph.assets
        step = max(len(out) // PICKED, 1)
        picked = zip(out.ids[::step], out.kinds[::step], out.depths[::step], strict=True)
        for unique_id, kind, depth in picked:
            if kind is RowKind.ASSET:
                yield depth, assets[unique_id].name

    def find(self, key: str) -> int | None:
        """The position of a row by its key, or None where it is folded, filtered away or gone."""
        entry = self.outline.entry_of(key)
        return None if entry is None else self.visible.position(entry)

    def row_of(self, unique_id: str) -> int | None:
        """The position of the row at which an asset or check stands (not of its references)."""
        entry = self.outline.home.get(unique_id)
        return None if entry is None else self.visible.position(entry)

    def place_after(self, before: AssetTree, cursor: int, key: str) -> int:
        """Where the cursor goes that was in the tree `before`, on the row of a key: that row, else
        what is left of those that stood next to it, else the closest that is not folded away.
        """
        if (index := self.find(key)) is not None:
            return index
        if before.graph is not self.graph:
            around = range(cursor, min(cursor + NEAR, len(before)))
            above = range(min(cursor, len(before)) - 1, max(cursor - NEAR, -1), -1)
            for place in (*around, *above):
                if (index := self.find(before.row(place).key)) is not None:
                    return index
        return self.visible.nearest(key)

    def best_match(self) -> int | None:
        """The row that matches the filter best: where the cursor goes while one types."""
        if not self.filter.ranked_by:
            return next(iter(self.visible.matching), None)
        ids, shown, assets = self.outline.ids, self.visible.entries, self.graph.assets
        best = self.filter.best([assets[ids[shown[index]]].name for index in self.visible.matching])
        return None if best is None else self.visible.matching[best]

    @property
    def matches(self) -> int:
        """How many assets match the filter and the limit; all of them where there is neither."""
        if self._hits is not None:
            return len(self._hits)
        assets = self.graph.assets
        return len(assets if self.limit is None else self.limit & assets.keys())

    # -- another graph, another view ----------------------------------------

    def with_graph(
        self,
        graph: AssetGraph,
        statuses: Statuses | None = None,
        history: History | None = None,
    ) -> AssetTree:
        """The same view, folds and filter over another graph.

        `statuses` and `history` count only where view or sort are by status, age or duration; call
        it with the same graph to put such a view into order again.
        """
        if same_outline(self.view, self.sort, self.graph, graph):
            return self if graph is self.graph else self._changed(graph=graph)
        arrangement = arrange(graph, self.view, self.sort, statuses, history)
        return replace(self, graph=graph, everything=outline(graph, arrangement))

    def with_view(
        self,
        view: View,
        sort: Sort = Sort.NAME,
        statuses: Statuses | None = None,
        history: History | None = None,
    ) -> AssetTree:
        """The same assets arranged another way; folds and filter stay."""
        arrangement = arrange(self.graph, view, sort, statuses, history)
        return replace(self, view=view, sort=sort, everything=outline(self.graph, arrangement))

    def arranged_as(self, other: AssetTree) -> AssetTree:
        """These folds and this filter over the arrangement of another tree of the same graph."""
        return replace(self, view=other.view, sort=other.sort, everything=other.everything)

    # -- folding ------------------------------------------------------------

    def fold(self, key: str) -> AssetTree:
        """Hide what is under a row (its checks too)."""
        entry = self.outline.entry_of(key)
        if entry is None or self.visible.fold_of(entry) is not Fold.OPEN:
            return self
        return self._with_folds(self._folds | {self.outline.ids[entry]})

    def unfold(self, key: str) -> AssetTree:
        """Show what is under a row."""
        return self._with_folds(self._folds - {key}) if key in self._folds else self

    def toggle(self, key: str) -> AssetTree:
        """Fold an open row, unfold a folded one."""
        return self.unfold(key) if key in self._folds else self.fold(key)

    def toggle_checks(self, unique_id: str) -> AssetTree:
        """Show or hide the checks of an asset; showing them unfolds it."""
        if unique_id in self.open_checks:
            return replace(self, open_checks=self.open_checks - {unique_id})
        entry = self.outline.home.get(unique_id)
        if entry is None or not self.outline.checks[entry]:
            return self
        return replace(self.unfold(unique_id), open_checks=self.open_checks | {unique_id})

    def deeper(self, index: int) -> AssetTree:
        """What → opens: a folded row, else the checks of an asset.

        The same tree (by identity) where there is nothing to open: go to the first child then.
        """
        entry = self.visible.entries[index]
        key = self.outline.ids[entry]
        if self.visible.fold_of(entry) is Fold.CLOSED:
            return self.unfold(key)
        if self.outline.checks[entry] and key not in self.open_checks:
            return self.toggle_checks(key)
        return self

    def shallower(self, index: int) -> AssetTree:
        """What ← closes: the shown checks of an asset, else an open row.

        The same tree (by identity) where there is nothing to close: go to the parent then.
        """
        entry = self.visible.entries[index]
        key, kind = self.outline.ids[entry], self.outline.kinds[entry]
        if kind is RowKind.REFERENCE:
            return self
        if key in self.open_checks and self.visible.fold_of(entry) is not Fold.CLOSED:
            return self.toggle_checks(key)
        return self.fold(key)

    def fold_all(self) -> AssetTree:
        """Fold everything: only the roots are left."""
        out = self.outline
        return self._with_folds(
            frozenset(
                key
                for key, entry, end, checks in zip(
                    out.ids, range(len(out)), out.ends, out.checks, strict=True
                )
                if end > entry + 1 + checks  # as `has_children`, forty thousand times
            )
        )

    def unfold_all(self) -> AssetTree:
        """Unfold everything but the checks."""
        return self._with_folds(NOTHING)

    def reveal(self, unique_id: str) -> AssetTree:
        """Unfold whatever hides an asset or check; drops filter and limit where they hide it."""
        entry = self.outline.home.get(unique_id)
        if entry is None and unique_id in self.everything.home:
            return self.limited(None).reveal(unique_id)
        if entry is None or self.visible.position(entry) is not None:
            return self
        above = self.visible.ancestors(entry)
        folds = self._folds.difference(self.outline.ids[other] for other in above)
        tree = self._with_folds(folds)
        if self.outline.kinds[entry] is RowKind.CHECK:
            tree = replace(tree, open_checks=tree.open_checks | {self.outline.ids[above[0]]})
        if tree._hits is not None and tree.visible.position(entry) is None:
            return tree.filtered("").limited(None).reveal(unique_id)
        return tree

    # -- filtering ----------------------------------------------------------

    def filtered(self, text: str) -> AssetTree:
        """Only what matches the filter (see tui.selection.filter), with its ancestors as context.

        Empty text ends the filter.
        """
        parsed = parse(text)
        if parsed == self.filter:
            return self
        return replace(self, filter=parsed, folded_matches=NOTHING)

    def limited(self, unique_ids: Iterable[str] | None) -> AssetTree:
        """Only these assets: in the lineage under each other, elsewhere with their folders; None
        ends it.
        """
        limit = None if unique_ids is None else frozenset(unique_ids)
        return replace(self, limit=limit, folded_matches=NOTHING)

    @property
    def filter_text(self) -> str:
        """The filter as text; empty where there is none."""
        return str(self.filter)

    # -- folded away --------------------------------------------------------

    def inside(self, index: int, statuses: Statuses) -> Inside:
        """What is under a row, visible or not, in numbers; for folded rows.

        Costs as much as there is under it, once.
        """
        entry = self.visible.entries[index]
        known = self._counted.get(entry)
        if known is None or known[0] is not statuses:
            known = self._counted[entry] = (statuses, count_inside(self.outline, entry, statuses))
        return known[1]

    @cached_property
    def _counted(self) -> dict[int, tuple[Statuses, Inside]]:
        return {}

    # -- how it is made -----------------------------------------------------

    @cached_property
    def _hits(self) -> frozenset[int] | None:
        """The entries that match filter and limit, or None where all do."""
        if not self.filter and (self.limit is None or self.view is View.LINEAGE):
            return None
        assets = self.graph.assets
        if self.limit is not None:
            assets = {key: assets[key] for key in self.limit if key in assets}
        keys = self.filter.select(assets) if self.filter else assets
        return frozenset(map(self.outline.home.__getitem__, keys))

    @cached_property
    def visible(self) -> VisibleRows:
        """The rows that are visible, and the way around in them."""
        return VisibleRows(self.outline, self._folds, self.open_checks, self._hits)

    @property
    def _folds(self) -> frozenset[str]:
        return self.folded_matches if self._is_narrowed else self.folded

    def _with_folds(self, folds: frozenset[str]) -> AssetTree:
        if self._is_narrowed:
            return replace(self, folded_matches=folds)
        return replace(self, folded=folds)

    @property
    def _is_narrowed(self) -> bool:
        return bool(self.filter) or self.limit is not None

    def _changed(self, graph: AssetGraph) -> AssetTree:
        """Another graph with the same outline: what is visible stays, unless filtered by fields."""
        tree = replace(self, graph=graph)
        if not self._is_narrowed and "visible" in self.__dict__:
            tree.__dict__["visible"] = self.visible
        return tree
