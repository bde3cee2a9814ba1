"""The columns of a project as a graph: which are made of which, through any number of assets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from tui.column_lineage.column_changes import ColumnChange, column_changes
from tui.column_lineage.values import ColumnRef, TracedAsset, TracedColumn
from tui.protocol.plain import plain

DEEPEST = 60
"""Steps that are followed in one direction."""
MOST = 500
"""Steps that are listed."""


@plain(frozen=True, slots=True)
class Step:
    """A column on the way from another one."""

    ref: ColumnRef
    depth: int
    """1 for what is next to the column that was asked for."""
    column: TracedColumn | None = None
    """What it is made of; None where that is not known."""
    is_again: bool = False
    """Whether what follows it was listed above already."""


@plain(frozen=True, eq=False)
class ColumnGraph:
    """What is known of the columns of a project."""

    assets: Mapping[str, TracedAsset] = field(default_factory=dict)
    """By unique_id; an asset that is missing was not traced yet."""
    is_complete: bool = False
    """Whether all that can be traced is."""
    problem: str = ""
    """Why nothing more is traced, in a sentence."""
    before: Mapping[str, TracedAsset] = field(default_factory=dict)
    """Of assets that were edited since they were built: their columns as they were then."""

    def with_traced(self, found: Mapping[str, TracedAsset]) -> ColumnGraph:
        """This graph with other columns of some assets."""
        return ColumnGraph({**self.assets, **found}, self.is_complete, before=self.before)

    def only(self, unique_ids: Iterable[str]) -> ColumnGraph:
        """This graph without the assets that are gone."""
        kept = set(unique_ids)
        assets = {key: one for key, one in self.assets.items() if key in kept}
        return ColumnGraph(assets, self.is_complete, before=self.before)

    def column(self, ref: ColumnRef) -> TracedColumn | None:
        """What is known of a column."""
        asset = self.assets.get(ref.asset)
        return asset.column(ref.column) if asset is not None else None

    def sources_of(self, ref: ColumnRef) -> tuple[ColumnRef, ...]:
        """The columns that a column is made of, one step upstream."""
        found = self.column(ref)
        return found.sources if found is not None else ()

    def users_of(self, ref: ColumnRef) -> tuple[ColumnRef, ...]:
        """The columns that are made of a column, one step downstream."""
        return self._users.get(ref, ())

    def changes_of(self, unique_id: str) -> tuple[ColumnChange, ...]:
        """How the columns of an asset differ from those that it was built with, where known."""
        before, now = self.before.get(unique_id), self.assets.get(unique_id)
        return column_changes(before, now) if before and now else ()

    def prepare(self) -> ColumnGraph:
        """Index who uses what, which takes longer than a frame for a large project."""
        len(self._users)
        return self

    @cached_property
    def _users(self) -> Mapping[ColumnRef, tuple[ColumnRef, ...]]:
        found: dict[ColumnRef, list[ColumnRef]] = {}
        for key, asset in self.assets.items():
            for column in asset.columns:
                for source in column.sources:
                    found.setdefault(source, []).append(ColumnRef(key, column.name))
        return {source: tuple(users) for source, users in found.items()}

    def upstream(self, ref: ColumnRef) -> list[Step]:
        """Where a column comes from, to the sources: each followed by what it is made of."""
        return list(self._steps(ref, self.sources_of))

    def downstream(self, ref: ColumnRef) -> list[Step]:
        """Who uses a column: each followed by those that use it."""
        return list(self._steps(ref, self.users_of))

    def reached(self, refs: Iterable[ColumnRef]) -> set[ColumnRef]:
        """All columns that are made of these, themselves left out."""
        start = set(refs)
        found: set[ColumnRef] = set()
        todo = list(start)
        while todo:
            for user in self.users_of(todo.pop()):
                if user not in found and user not in start:
                    found.add(user)
                    todo.append(user)
        return found

    def _steps(
        self, ref: ColumnRef, following: Callable[[ColumnRef], tuple[ColumnRef, ...]]
    ) -> Iterator[Step]:
        seen = {ref}
        stack = [(one, 1) for one in reversed(following(ref))]
        count = 0
        while stack and count < MOST:
            here, depth = stack.pop()
            count += 1
            is_again = here in seen
            after = following(here)
            yield Step(here, depth, self.column(here), is_again and bool(after))
            if not is_again and depth < DEEPEST:
                seen.add(here)
                stack.extend((one, depth + 1) for one in reversed(after))
