"""The rows of an outline that folds and a filter leave visible, and the way around in them.

An *entry* is a row of the outline, whether it is visible or not; an *index* is the position of a
visible row.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Set
from functools import cached_property

from tui.tree.outline import Outline
from tui.tree.rows import Fold, RowKind


class VisibleRows:
    """The visible entries of one outline. It does not change."""

    def __init__(
        self,
        outline: Outline,
        folded: frozenset[str],
        open_checks: frozenset[str],
        hits: frozenset[int] | None,
    ) -> None:
        """What is visible.

        Args:
            outline: All rows.
            folded: The keys of the rows whose inside is hidden.
            open_checks: The assets whose checks are shown.
            hits: The entries that match a filter, which alone are shown, with what is above them;
                None without a filter.
        """
        self.outline = outline
        self.folded = folded
        self.open_checks = open_checks
        self.hits = hits

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entries)

    # -- moving ---------------------------------------------------------------

    def parent(self, index: int) -> int | None:
        """The row that this one is under."""
        above = self.outline.parents[self.entries[index]]
        return self.position(above) if above >= 0 else None

    def first_child(self, index: int) -> int | None:
        """The first visible row under this one."""
        following = index + 1
        if (
            following < len(self)
            and self.outline.parents[self.entries[following]] == (self.entries[index])
        ):
            return following
        return None

    def next_match(self, index: int) -> int | None:
        """The next row that matches the filter, around the end; None without matches."""
        matches = self.matching
        return matches[bisect_right(matches, index) % len(matches)] if matches else None

    def previous_match(self, index: int) -> int | None:
        """The previous row that matches the filter, around the beginning."""
        matches = self.matching
        return matches[bisect_left(matches, index) - 1] if matches else None

    def nearest(self, key: str) -> int:
        """The row of a key; where it is not visible its closest visible ancestor; else 0."""
        entry = self.outline.entry_of(key)
        while entry is not None and entry >= 0:
            index = self.position(entry)
            if index is not None:
                return index
            entry = self.outline.parents[entry]
        return 0

    # -- what is visible ------------------------------------------------------

    @cached_property
    def entries(self) -> list[int]:
        """The visible entries, in their order."""
        if self.hits is None:
            return list(self._unfolded(0, len(self.outline)))
        return list(self._unfolded_matches(self.hits))

    def _unfolded(self, entry: int, end: int) -> Iterator[int]:
        ids, ends, checks = self.outline.ids, self.outline.ends, self.outline.checks
        folded, open_checks = self.folded, self.open_checks
        while entry < end:
            yield entry
            if ids[entry] in folded:
                entry = ends[entry]
            elif checks[entry] and ids[entry] not in open_checks:
                entry += checks[entry] + 1
            else:
                entry += 1

    def _unfolded_matches(self, hits: frozenset[int]) -> Iterator[int]:
        out, folded = self.outline, self.folded
        parents = out.parents
        wanted = bytearray(len(out))
        for entry in hits:
            while entry >= 0 and not wanted[entry]:
                wanted[entry] = 1
                entry = parents[entry]
        for unique_id in self.open_checks:
            asset = out.home.get(unique_id)
            if asset is not None and asset in hits:
                for check in range(asset + 1, asset + 1 + out.checks[asset]):
                    wanted[check] = 1
        entry = wanted.find(1)
        while entry >= 0:
            yield entry
            entry = wanted.find(1, out.ends[entry] if out.ids[entry] in folded else entry + 1)

    @cached_property
    def matching(self) -> list[int]:
        """The positions of the rows that match."""
        hits = self.hits
        if hits is None:
            return []
        return [index for index, entry in enumerate(self.entries) if entry in hits]

    @cached_property
    def _followed(self) -> frozenset[int]:
        """With a filter on: the visible entries that a visible sibling follows."""
        parents, seen, found = self.outline.parents, set(), []
        for entry in reversed(self.entries):
            if parents[entry] in seen:
                found.append(entry)
            seen.add(parents[entry])
        return frozenset(found)

    def guides(self, entry: int) -> tuple[bool, ...]:
        """For each level above an entry, from the top: whether a line goes on beside it."""
        out, guides = self.outline, []
        while out.parents[entry] >= 0:
            guides.append(not out.is_last(entry) if self.hits is None else entry in self._followed)
            entry = out.parents[entry]
        return tuple(reversed(guides))

    def fold_of(self, entry: int) -> Fold:
        """Whether an entry is folded, open, or has nothing under it to show."""
        out = self.outline
        if self.hits is None:
            has_children = out.has_children(entry)
        else:
            # Whatever is a match or context, a match below it makes it foldable.
            below = bisect_right(self._hit_list, entry)
            has_children = below < len(self._hit_list) and self._hit_list[below] < out.ends[entry]
        if not has_children:
            return Fold.LEAF
        return Fold.CLOSED if out.ids[entry] in self.folded else Fold.OPEN

    @cached_property
    def _hit_list(self) -> list[int]:
        return sorted(self.hits or ())

    def position(self, entry: int) -> int | None:
        """The position of an entry; None where it is not visible."""
        index = bisect_left(self.entries, entry)
        return index if index < len(self) and self.entries[index] == entry else None

    def ancestors(self, entry: int) -> list[int]:
        """The entries above an entry, from its parent up."""
        found = []
        while (entry := self.outline.parents[entry]) >= 0:
            found.append(entry)
        return found

    # -- what is at, or under, a row ------------------------------------------

    def assets_at(self, start: int, stop: int) -> frozenset[str]:
        """The assets that are at some of the rows: no references, and no context of a filter."""
        ids, kinds, hits = self.outline.ids, self.outline.kinds, self.hits
        return frozenset(
            ids[entry]
            for entry in self.entries[max(start, 0) : stop]
            if kinds[entry] is RowKind.ASSET and (hits is None or entry in hits)
        )

    def hidden_among(self, index: int, unique_ids: Set[str]) -> int:
        """How many of these assets and checks are folded away under a row.

        The checks of an asset that is among them itself are not counted. Costs as much as there
        is folded away.
        """
        out, entry = self.outline, self.entries[index]
        end = out.ends[entry]
        if index + 1 < len(self):
            end = min(end, self.entries[index + 1])
        ids, kinds, parents = out.ids, out.kinds, out.parents
        return sum(
            ids[below] in unique_ids
            and kinds[below] is not RowKind.REFERENCE
            and not (kinds[below] is RowKind.CHECK and ids[parents[below]] in unique_ids)
            for below in range(entry + 1, end)
        )

    def first_of(self, unique_ids: Set[str]) -> int | None:
        """The first row at which one of these stands, or under which it is folded away."""
        kinds = self.outline.kinds
        for entry, key in enumerate(self.outline.ids):
            if key in unique_ids and kinds[entry] is not RowKind.REFERENCE:
                return self.nearest(key)
        return None
