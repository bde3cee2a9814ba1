"""The asset graph: every asset and check of a project, and the edges between the assets.

A graph is a value: a change gives a new graph. It compares by identity, since two graphs of ten
thousand assets should never be compared by content on the screen's path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from tui.protocol.plain import plain
from tui.protocol.records import Asset, Check, Compiled

LARGE = 2000
"""Assets up to which whatever looks at all of them is done within a frame."""


@plain(frozen=True, eq=False)
class GraphChanges:
    """What one edit did to a graph."""

    assets: tuple[Asset, ...] = ()
    """Added or changed."""
    checks: tuple[Check, ...] = ()
    removed: frozenset[str] = frozenset()
    macros: Mapping[str, str | None] = field(default_factory=dict)
    compiled: Mapping[str, Compiled] = field(default_factory=dict)
    """What assets are compiled to, as it was found out."""


@plain(frozen=True, eq=False)
class AssetGraph:
    """All assets and checks of a project as dbt's manifest has them."""

    assets: Mapping[str, Asset] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    """The user's macros: unique_id → digest of its text."""
    provisional: bool = False
    """From a static reading, or from the last time; not yet confirmed by dbt."""
    compiled: Mapping[str, Compiled] = field(default_factory=dict)
    """What assets are compiled to now, as far as it was found out since they last changed."""

    def __len__(self) -> int:
        return len(self.assets)

    @property
    def is_large(self) -> bool:
        """Whether a look at all of it takes longer than a frame on the screen."""
        return len(self.assets) > LARGE

    @cached_property
    def by_name(self) -> tuple[str, ...]:
        """All assets in the order of their names."""
        return tuple(sorted(self.assets, key=lambda key: (self.assets[key].name, key)))

    @cached_property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """The direct downstream assets of each asset, in the order of their names."""
        found: dict[str, list[str]] = {unique_id: [] for unique_id in self.assets}
        for unique_id in self.by_name:
            for upstream in self.assets[unique_id].depends_on:
                if upstream in found:
                    found[upstream].append(unique_id)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def checks_of(self) -> Mapping[str, tuple[str, ...]]:
        """The checks that hang under each asset, in the order of their names."""
        found: dict[str, list[str]] = {}
        for unique_id in sorted(self.checks, key=lambda key: (self.checks[key].name, key)):
            found.setdefault(self.checks[unique_id].asset, []).append(unique_id)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def checks_reading(self) -> Mapping[str, tuple[str, ...]]:
        """The checks that read each asset: what dbt's eager selection brings along with it."""
        found: dict[str, list[str]] = {}
        for unique_id, check in self.checks.items():
            for asset in {*check.depends_on, check.asset}:
                found.setdefault(asset, []).append(unique_id)
        return {key: tuple(value) for key, value in found.items()}

    def upstream(self, unique_id: str) -> tuple[str, ...]:
        """The direct upstream assets that exist."""
        asset = self.assets.get(unique_id)
        return tuple(key for key in asset.depends_on if key in self.assets) if asset else ()

    def ancestors(self, start: Iterable[str]) -> set[str]:
        """Everything upstream of these assets, without them (unless they depend on each other)."""
        return self._reach(start, self.upstream)

    def descendants(self, start: Iterable[str]) -> set[str]:
        """Everything downstream of these assets, without them."""
        return self._reach(start, lambda key: self.downstream.get(key, ()))

    @staticmethod
    def _reach(start: Iterable[str], step) -> set[str]:  # type: ignore[no-untyped-def]
        reached: set[str] = set()
        todo = list(start)
        while todo:
            for key in step(todo.pop()):
                if key not in reached:
                    reached.add(key)
                    todo.append(key)
        return reached

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All assets so that each comes after its upstream ones; ties by name."""
        depth = self.depth
        return tuple(sorted(self.assets, key=lambda key: (depth[key], self.assets[key].name, key)))

    def take_depth(self, depth: Mapping[str, int]) -> None:
        """Take over what was computed of this very graph before; its assets are in its order."""
        self.__dict__["depth"] = depth
        self.__dict__["order"] = tuple(self.assets)

    def confirmed(self) -> AssetGraph:
        """This graph, which dbt says is the project's, with what was computed of it."""
        graph = replace(self, provisional=False)
        for name, value in {**self.__dict__, "derived": self.derived}.items():
            graph.__dict__.setdefault(name, value)
        return graph

    def is_alike(self, other: AssetGraph) -> bool:
        """Whether it was made from the other one, with nothing of it changed."""
        return (
            self.assets is other.assets
            and self.checks is other.checks
            and self.macros is other.macros
            and self.compiled is other.compiled
        )

    def unknown_of(self, unique_id: str) -> list[str]:
        """What an asset's code depends on that only the database or the clock knows, in words."""
        found = self.compiled.get(unique_id)
        return found.unknown.split(", ") if found is not None and found.unknown else []

    @cached_property
    def uncompilable(self) -> Mapping[str, Compiled]:
        """What does not compile as it is, as far as that was found out, and why."""
        return {key: found for key, found in self.compiled.items() if found.problem}

    def with_compiled_of(self, before: AssetGraph) -> AssetGraph:
        """This graph, with what assets were compiled to before where nothing of them differs: it
        counts until it is found out anew.
        """
        if not before.compiled or self.is_alike(before):
            return self
        edits = GraphChanges(
            assets=tuple(row for key, row in self.assets.items() if before.assets.get(key) != row),
            removed=frozenset(before.compiled.keys() - self.assets.keys()),
            macros={
                key: self.macros.get(key)
                for key in self.macros.keys() | before.macros.keys()
                if self.macros.get(key) != before.macros.get(key)
            },
        )
        compiled = {**before._still_compiled(edits), **self.compiled}
        return AssetGraph(
            self.assets, self.checks, self.macros, provisional=self.provisional, compiled=compiled
        )

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """The length of the longest path from a root to each asset; roots have 0."""
        waiting = {
            key: len({above for above in asset.depends_on if above in self.assets})
            for key, asset in self.assets.items()
        }
        depth = {key: 0 for key, count in waiting.items() if not count}
        todo = list(depth)
        for key in todo:
            for child in self.downstream[key]:
                depth[child] = max(depth.get(child, 0), depth[key] + 1)
                waiting[child] -= 1
                if not waiting[child]:
                    todo.append(child)
        for key in self.assets:
            depth.setdefault(key, 0)
        return depth

    @cached_property
    def built_upstream(self) -> Mapping[str, tuple[str, ...]]:
        """The nearest upstream assets of each asset that a run builds, ephemeral ones looked
        through: what its own materialization reads. Sources are not among them.
        """
        found: dict[str, tuple[str, ...]] = {}
        for key in self.order:
            above: dict[str, None] = {}
            for upstream in self.assets[key].depends_on:
                asset = self.assets.get(upstream)
                if asset is None or asset.resource_type not in BUILDABLE:
                    continue
                if asset.materialized == "ephemeral":
                    above.update(dict.fromkeys(found.get(upstream, ())))
                else:
                    above[upstream] = None
            found[key] = tuple(above)
        return found

    @cached_property
    def derived(self) -> dict[str, Any]:
        """What others derived from it: see tui.graph.derived_cache."""
        return {}

    def inlined(self, unique_id: str) -> set[str]:
        """The ephemeral models that are compiled into an asset, through any number of them."""
        found: set[str] = set()
        todo = [unique_id]
        while todo:
            for upstream in self.assets[todo.pop()].depends_on:
                asset = self.assets.get(upstream)
                if asset and asset.materialized == "ephemeral" and upstream not in found:
                    found.add(upstream)
                    todo.append(upstream)
        return found

    def materializable(self) -> Iterator[str]:
        """The assets that a run can build (not sources and exposures)."""
        for unique_id, asset in self.assets.items():
            if asset.resource_type in BUILDABLE:
                yield unique_id

    def apply(self, changes: GraphChanges) -> AssetGraph:
        """The graph after these changes."""
        assets = {k: v for k, v in self.assets.items() if k not in changes.removed}
        assets.update((asset.unique_id, asset) for asset in changes.assets)
        checks = {k: v for k, v in self.checks.items() if k not in changes.removed}
        checks.update((check.unique_id, check) for check in changes.checks)
        macros = {**self.macros, **changes.macros}
        compiled = {**self._still_compiled(changes), **changes.compiled}
        graph = AssetGraph(
            assets, checks, {k: v for k, v in macros.items() if v is not None}, compiled=compiled
        )
        for name in self._unchanged_by(changes):
            if name in self.__dict__:
                graph.__dict__[name] = self.__dict__[name]
        return graph

    def _still_compiled(self, changes: GraphChanges) -> Mapping[str, Compiled]:
        """What assets are compiled to, but for those that an edit may compile to something else."""
        if not self.compiled or not (changes.assets or changes.macros or changes.removed):
            return self.compiled
        found = set(changes.removed)
        for new in changes.assets:
            old = self.assets.get(new.unique_id)
            if old is None or (old.fingerprint, old.macros, old.depends_on) != (
                new.fingerprint, new.macros, new.depends_on
            ):  # fmt: skip
                found.add(new.unique_id)
        if changed := {
            key for key, value in changes.macros.items() if self.macros.get(key) != value
        }:
            found |= {k for k, asset in self.assets.items() if not changed.isdisjoint(asset.macros)}
        found |= self._inlining(found)
        return {key: row for key, row in self.compiled.items() if key not in found}

    def _inlining(self, keys: Iterable[str]) -> set[str]:
        """The assets into which the ephemeral models among these are compiled."""
        found: set[str] = set()
        todo = list(keys)
        while todo:
            key = todo.pop()
            asset = self.assets.get(key)
            if asset is not None and asset.materialized == "ephemeral":
                new = [child for child in self.downstream[key] if child not in found]
                found.update(new)
                todo += new
        return found

    def _unchanged_by(self, changes: GraphChanges) -> Iterator[str]:
        """The derived mappings that stay as they are: most edits change no edge and no check."""
        if all(_same(self.assets.get(new.unique_id), new) for new in changes.assets) and not (
            any(key in self.assets for key in changes.removed)
        ):
            yield from ("by_name", "downstream", "depth", "order", "built_upstream")
        if all(_same_check(self.checks.get(new.unique_id), new) for new in changes.checks) and not (
            any(key in self.checks for key in changes.removed)
        ):
            yield from ("checks_of", "checks_reading")
        if (
            not changes.removed
            and all(_same_words(self.assets.get(new.unique_id), new) for new in changes.assets)
            and all(
                _same_words_check(self.checks.get(new.unique_id), new) for new in changes.checks
            )
        ):
            yield "derived"


def _same(old: Asset | None, new: Asset) -> bool:
    return old is not None and (
        (old.name, old.depends_on, old.resource_type, old.materialized)
        == (new.name, new.depends_on, new.resource_type, new.materialized)
    )


def _same_check(old: Check | None, new: Check) -> bool:
    return old is not None and (
        (old.name, old.asset, old.depends_on) == (new.name, new.asset, new.depends_on)
    )


def _same_words(old: Asset | None, new: Asset) -> bool:
    """Whether nothing differs but what `tui.graph.derived_cache` leaves out."""
    return old is not None and new == old._replace(
        fingerprint=new.fingerprint, macros=new.macros, depends_on=new.depends_on, line=new.line,
        description=new.description,
    )  # fmt: skip


def _same_words_check(old: Check | None, new: Check) -> bool:
    return old is not None and new == old._replace(
        depends_on=new.depends_on, line=new.line, description=new.description
    )


BUILDABLE = frozenset({"model", "seed", "snapshot", "function", "python"})
"""Resource types that a run builds."""

EMPTY = AssetGraph()
