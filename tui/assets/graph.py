"""The asset graph: every asset and check of a project, and the edges between the assets.

A graph is a value: a change gives a new graph. It compares by identity, since two graphs of ten
thousand assets should never be compared by content on the screen's path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tui.protocol.records import Asset, Check


@dataclass(frozen=True, eq=False)
class GraphChanges:
    """What one edit did to a graph."""

    assets: tuple[Asset, ...] = ()
    """Added or changed."""
    checks: tuple[Check, ...] = ()
    removed: frozenset[str] = frozenset()
    macros: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class AssetGraph:
    """All assets and checks of a project as dbt's manifest has them."""

    assets: Mapping[str, Asset] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    """The user's macros: unique_id → digest of its text."""
    provisional: bool = False
    """From a static reading, or from the last time; not yet confirmed by dbt."""

    def __len__(self) -> int:
        return len(self.assets)

    @cached_property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """The direct downstream assets of each asset, in the order of their names."""
        found: dict[str, list[str]] = {unique_id: [] for unique_id in self.assets}
        for unique_id in sorted(self.assets, key=lambda key: self.assets[key].name):
            for upstream in self.assets[unique_id].depends_on:
                if upstream in found:
                    found[upstream].append(unique_id)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def checks_of(self) -> Mapping[str, tuple[str, ...]]:
        """The checks that hang under each asset, in the order of their names."""
        found: dict[str, list[str]] = {}
        for unique_id in sorted(self.checks, key=lambda key: self.checks[key].name):
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
        return tuple(sorted(self.assets, key=lambda key: (depth[key], self.assets[key].name)))

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """The length of the longest path from a root to each asset; roots have 0."""
        waiting = {key: len(set(self.upstream(key))) for key in self.assets}
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
        return AssetGraph(assets, checks, {k: v for k, v in macros.items() if v is not None})


BUILDABLE = frozenset({"model", "seed", "snapshot", "function"})
"""Resource types that `dbt build` builds."""

EMPTY = AssetGraph()
