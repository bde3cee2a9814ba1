"""A small world in which assets are edited and built, for tests of statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.graph import (
    Asset,
    AssetGraph,
    AssetStatus,
    CheckResult,
    GraphChanges,
    History,
    Materialization,
    statuses,
)


@dataclass
class World:
    """A graph and its history; time goes on by a second with each thing that happens."""

    graph: AssetGraph
    history: History = field(default_factory=History)
    activity: dict[str, tuple[str, float, str]] = field(default_factory=dict)
    now: float = 1000.0

    def tick(self) -> float:
        self.now += 1.0
        return self.now

    def built(self, *keys: str, run: str = "", status: str = "success", **changes: Any) -> World:
        """One run that attempted these assets, one after the other; by default it built them."""
        run = run or f"run{int(self.now)}"
        built, latest = dict(self.history.built), dict(self.history.latest)
        for key in keys:
            asset = self.graph.assets[key]
            values: dict[str, Any] = {
                "relation": asset.relation,
                "fingerprint": asset.fingerprint,
                "macros": {m: self.graph.macros[m] for m in asset.macros if m in self.graph.macros},
            }
            start, end = self.tick(), self.tick()
            record = Materialization(
                key, "dev", run, status, start, end, 1.0, **{**values, **changes}
            )
            latest[key] = record
            if status == "success":
                built[key] = record
        self.history = History(built, latest, self.history.checks)
        return self

    def everything_built(self) -> World:
        """One run that built all that can be."""
        assets = self.graph.assets
        return self.built(
            *(
                key
                for key in self.graph.order
                if key in set(self.graph.materializable())
                and assets[key].materialized != "ephemeral"
            ),
            run="first",
        )

    def checked(self, check: str, status: str) -> World:
        result = CheckResult(check, "dev", "checking", status, self.tick(), 0.1)
        checks = {**self.history.checks, check: result}
        self.history = History(self.history.built, self.history.latest, checks)
        return self

    def edited(self, key: str, **parts: str) -> GraphChanges:
        """Change parts of an asset's fingerprint."""
        asset = self.graph.assets[key]
        return self.changed(asset._replace(fingerprint=asset.fingerprint._replace(**parts)))

    def changed(self, *assets: Asset, macros: dict[str, str | None] | None = None) -> GraphChanges:
        changes = GraphChanges(assets=assets, macros=macros or {})
        self.graph = self.graph.apply(changes)
        return changes

    def statuses(self) -> dict[str, AssetStatus]:
        return statuses(self.graph, self.history, self.activity)

    def status(self, key: str) -> str:
        return self.statuses()[key].status.value

    def reasons(self, key: str) -> list[tuple[str, str]]:
        return [(reason.kind, reason.detail) for reason in self.statuses()[key].reasons]
