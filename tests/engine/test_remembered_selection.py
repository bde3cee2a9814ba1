"""Selections that look at few nodes, against dbt's own that look at all of them."""

from __future__ import annotations

import itertools
import random
from types import SimpleNamespace
from typing import Any

import networkx  # type: ignore[import-untyped]
import pytest
from dbt.graph.graph import Graph
from dbt.graph.selector_methods import QualifiedNameSelectorMethod
from dbt_common.exceptions import DbtBaseException

from tui.engine.patches import remembered_selection

NAMES = ("orders", "orders_daily", "stg.orders", "v1", "v2", "shop", "staging", "a_b")


def edges_of(graph: Any) -> dict[tuple[str, str], Any]:
    return {(one, other): data for one, other, data in graph.graph.edges(data=True)}


@pytest.mark.parametrize("seed", range(40))
def test_the_graph_that_is_left_of_a_selection_is_that_of_dbt(seed: int) -> None:
    dice = random.Random(seed)
    nodes = [f"model.m{number:02d}" for number in range(dice.randrange(2, 30))]
    graph = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    for one, other in itertools.combinations(nodes, 2):
        if dice.random() < 0.15:
            graph.add_edge(one, other, **({"edge_type": "x"} if dice.random() < 0.5 else {}))
    wanted = set(dice.sample(nodes, dice.randrange(1, len(nodes))))
    found = remembered_selection._cut_out(Graph(graph), wanted)
    plain = remembered_selection._cut(Graph(graph), wanted)
    assert set(found.graph) == set(plain.graph) == wanted
    assert edges_of(found) == edges_of(plain)


def test_what_is_not_in_the_graph_is_dbts_error() -> None:
    graph = networkx.DiGraph()
    graph.add_edge("model.a", "model.b")
    errors = (ValueError, DbtBaseException)  # from dbt-core 1.12 it is a CompilationError
    with pytest.raises(errors, match="Couldn't find model"):
        remembered_selection._cut_out(Graph(graph), {"model.a", "model.gone"})


@pytest.mark.parametrize("seed", range(20))
def test_a_name_means_what_it_means_to_dbt(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    nodes = {
        f"model.{number}": SimpleNamespace(
            fqn=[dice.choice(NAMES) for _ in range(dice.randrange(3, 6))],
            is_versioned=dice.random() < 0.3,
        )
        for number in range(60)
    }
    others: dict[str, Any] = {kind: {} for kind in remembered_selection._Few.KINDS}
    manifest: Any = SimpleNamespace(**{**others, "nodes": nodes})
    selector = SimpleNamespace(graph=SimpleNamespace(nodes=lambda: set(nodes)))
    places = remembered_selection._places(selector, manifest)
    monkeypatch.setattr(remembered_selection, "_is_intact", lambda _: True)
    monkeypatch.setattr(remembered_selection._memory, "places", places)
    method = QualifiedNameSelectorMethod(manifest, None, [])
    included = set(dice.sample(sorted(nodes), 50))
    joined = ["_".join(pair) for pair in itertools.product(NAMES[:4], ("v1", "v2"))]
    dotted = [".".join(pair) for pair in itertools.product(NAMES, NAMES)]
    for name in (
        *NAMES,
        *joined,
        *dotted,
        "*",
        "shop.*",
        "ord?rs",
        "nowhere",
        "shop.staging.orders",
    ):
        found = set(remembered_selection._searched(method, included, name))
        assert found == set(remembered_selection._search(method, included, name)), name
    assert method.manifest is manifest
