"""The statuses of a project that is edited and built, kept from edit to edit as the screen does."""

import random
from dataclasses import dataclass, field

from tests.differential.plain_dbt import Graph
from tests.engine.engine_process import Engine
from tui.engine_client.report_dispatch import changes_of
from tui.graph import (
    AssetGraph,
    AssetStatus,
    History,
    Materialization,
    recompute,
    statuses,
    touched,
)
from tui.protocol.messages import GraphChanged

BUILT_SHARE = 0.3
"""Of all assets, how many a build takes."""


@dataclass
class KeptStatuses:
    """A graph to which every answer of an engine is applied, and what follows from it."""

    graph: AssetGraph
    found: dict[str, AssetStatus]
    history: History = field(default_factory=History)
    now: float = 1000.0

    @classmethod
    def of(cls, engine: Engine) -> "KeptStatuses":
        graph = AssetGraph(dict(engine.assets), dict(engine.checks), dict(engine.macros))
        return cls(graph, statuses(graph, History()))

    def take(self, answer: GraphChanged) -> None:
        """An edit was parsed."""
        changes = changes_of(answer)
        changed = touched(self.graph, changes)
        self.graph = self.graph.apply(changes)
        self.found = recompute(self.found, self.graph, self.history, {}, changed)

    def build(self, choose: random.Random) -> None:
        """Some assets are built as they are now, in their order."""
        graph, built = self.graph, dict(self.history.built)
        keys = [key for key in graph.materializable() if choose.random() < BUILT_SHARE]
        for key in sorted(keys, key=lambda key: graph.depth[key]):
            asset = graph.assets[key]
            macros = {name: graph.macros[name] for name in asset.macros if name in graph.macros}
            self.now += 2.0
            built[key] = Materialization(
                key, "dev", f"run{self.now:.0f}", "success", self.now - 1.0, self.now, 1.0,
                relation=asset.relation, fingerprint=asset.fingerprint, macros=macros,
            )  # fmt: skip
        self.history = History(built, dict(built), self.history.checks)
        self.found = recompute(self.found, graph, self.history, {}, keys)

    def differences(self, found: Graph) -> list[str]:
        """What a look from nothing at plain dbt's graph makes of the same history."""
        fresh = statuses(AssetGraph(found.assets, found.checks, found.macros), self.history)
        return [
            f"status of {key}: {self.found.get(key)} kept, {fresh.get(key)} from nothing"
            for key in sorted(self.found.keys() | fresh.keys())
            if self.found.get(key) != fresh.get(key)
        ]
