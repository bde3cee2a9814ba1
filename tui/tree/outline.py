"""The outline: all rows that a view can have, in the order of the fully unfolded tree.

Folds and filters only choose among its entries, so they cost next to nothing. It is held in
parallel arrays, since a project of ten thousand assets has forty thousand entries.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import field

from tui.graph import AssetGraph
from tui.protocol.plain import plain
from tui.tree.rows import RowKind

NO_ASSET = "checks/"
"""The key of the header under which checks stand that read no asset, in every view."""


@plain(frozen=True, eq=False)
class Arrangement:
    """What is under what, before it is put into rows. Keys are unique_ids or folder keys."""

    roots: Sequence[str]
    children: Mapping[str, Sequence[str]]
    """The entries that have their home under a key, in their order."""
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The assets that are referred to under a key, after its children."""
    folders: Mapping[str, tuple[RowKind, str]] = field(default_factory=dict)
    """Kind and label of each folder's or header's key."""


@plain(frozen=True, eq=False, slots=True)
class Outline:
    """The entries of a fully unfolded tree; each list has one item for each of them."""

    ids: list[str]
    """unique_id (of references: of what they point to) or folder key."""
    kinds: list[RowKind]
    depths: array[int]
    parents: array[int]
    """Entry that it stands under; -1 for roots."""
    ends: array[int]
    """One past the last entry that stands under it."""
    checks: array[int]
    """How many checks follow it directly."""
    home: dict[str, int]
    """The entry of each asset, check and folder."""
    labels: Mapping[str, tuple[RowKind, str]]
    """Of folders and headers."""

    def __len__(self) -> int:
        return len(self.ids)

    def key(self, entry: int) -> str:
        """What identifies the entry across changes (see Row.key)."""
        if self.kinds[entry] is RowKind.REFERENCE:
            return f"{self.ids[self.parents[entry]]}>{self.ids[entry]}"
        return self.ids[entry]

    def entry_of(self, key: str) -> int | None:
        """The entry of a key, or None."""
        found = self.home.get(key)
        if found is not None or ">" not in key:
            return found
        parent = self.home.get(key.partition(">")[0])
        if parent is None:
            return None
        child = parent + 1
        while child < self.ends[parent]:
            if self.kinds[child] is RowKind.REFERENCE and self.key(child) == key:
                return child
            child = self.ends[child]
        return None

    def has_children(self, entry: int) -> bool:
        """Whether anything but checks is under it."""
        return self.ends[entry] > entry + 1 + self.checks[entry]

    def is_last(self, entry: int) -> bool:
        """Whether no sibling follows it."""
        parent = self.parents[entry]
        return self.ends[entry] >= (self.ends[parent] if parent >= 0 else len(self.ids))


def outline(graph: AssetGraph, arrangement: Arrangement) -> Outline:
    """Put an arrangement into rows, each asset followed by its checks."""
    ids: list[str] = []
    kinds: list[RowKind] = []
    depths: list[int] = []
    parents: list[int] = []
    checks: list[int] = []
    home: dict[str, int] = {}
    folders, checks_of = arrangement.folders, graph.checks_of
    children, references = arrangement.children, arrangement.references
    asset, reference, check_kind = RowKind.ASSET, RowKind.REFERENCE, RowKind.CHECK
    # Forty thousand times: bound once, and no call for what can be done here.
    put_id, put_kind, put_depth = ids.append, kinds.append, depths.append
    put_parent, put_checks = parents.append, checks.append

    todo = [(key, asset, 0, -1) for key in reversed(arrangement.roots)]
    entry = 0
    while todo:
        key, kind, depth, parent = todo.pop()
        put_id(key)
        put_depth(depth)
        put_parent(parent)
        if kind is reference:
            put_kind(kind)
            put_checks(0)
            entry += 1
            continue
        home[key] = here = entry
        put_kind(folders[key][0] if key in folders else kind)
        entry += 1
        depth += 1
        own = checks_of.get(key, ())
        put_checks(len(own))
        for name in own:
            home[name] = entry
            put_id(name)
            put_kind(check_kind)
            put_depth(depth)
            put_parent(here)
            put_checks(0)
            entry += 1
        if key in references:
            todo += [(to, reference, depth, here) for to in reversed(references[key])]
        if key in children:
            todo += [(child, asset, depth, here) for child in reversed(children[key])]
    if orphans := _orphans(graph):
        home.update(zip((NO_ASSET, *orphans), range(entry, entry + 1 + len(orphans)), strict=True))
        ids += [NO_ASSET, *orphans]
        kinds += [RowKind.HEADER, *[check_kind] * len(orphans)]
        depths += [0, *[1] * len(orphans)]
        parents += [-1, *[entry] * len(orphans)]
        checks += [len(orphans), *[0] * len(orphans)]
        folders = {**folders, NO_ASSET: (RowKind.HEADER, "checks of no asset")}
    return Outline(
        ids, kinds, array("i", depths), array("i", parents), _ends(parents), array("i", checks),
        home, folders,
    )  # fmt: skip


def _orphans(graph: AssetGraph) -> list[str]:
    """The checks of no asset, by name."""
    return sorted(
        (key for key, check in graph.checks.items() if check.asset not in graph.assets),
        key=lambda key: (graph.checks[key].name, key),
    )


def _ends(parents: list[int]) -> array[int]:
    ends = list(range(1, len(parents) + 1))
    for entry in range(len(parents) - 1, -1, -1):
        parent = parents[entry]
        if parent >= 0 and ends[entry] > ends[parent]:
            ends[parent] = ends[entry]
    return array("i", ends)
