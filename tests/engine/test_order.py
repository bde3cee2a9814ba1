"""The order of a run is dbt's own, worked out for the run alone."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.engine.execution.order import order_of
from tui.engine.parse.traversal import CycleFound, upstream_first

GRAPH = {
    "a": [],
    "b": ["a"],
    "c": ["b"],
    "test.a": ["a"],
    "test.ab": ["a", "b"],
}


def edges(selected: str, graph: dict[str, list[str]] = GRAPH) -> set[tuple[str, str]]:
    chosen = selected.split()
    checks = [key for key in chosen if key.startswith("test.")]
    order = order_of(
        chosen,
        graph.__getitem__,
        checks=checks,
        waits_for_checks=lambda key: not key.startswith("test."),
    )
    return set(order.edges)


def test_an_asset_waits_for_what_it_depends_on_across_what_is_not_run() -> None:
    assert edges("a c") == {("a", "c")}


def test_an_asset_waits_for_the_checks_of_what_is_upstream() -> None:
    assert edges("a b test.a") == {("a", "b"), ("a", "test.a"), ("test.a", "b")}


def test_a_check_of_several_holds_up_what_is_downstream_of_all_of_them() -> None:
    assert edges("b c test.ab") == {("b", "c"), ("b", "test.ab"), ("test.ab", "c")}


def test_a_cycle_upstream_is_found() -> None:
    graph = {"a": ["b"], "b": ["a"], "c": ["b"]}
    with pytest.raises(CycleFound):
        list(upstream_first(["c"], graph.__getitem__))


def test_a_long_chain_is_no_deep_recursion() -> None:
    graph = {str(number): [str(number - 1)] if number else [] for number in range(20_000)}
    assert list(upstream_first(["19999"], graph.__getitem__)) == [str(n) for n in range(20_000)]


@st.composite
def projects(draw: Any) -> tuple[dict[str, list[str]], list[str]]:
    """A graph of sources, models, exposures and tests, and what of it is selected."""
    graph: dict[str, list[str]] = {}
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["source", "model", "model", "model", "function"]))
        above = draw(st.sets(st.sampled_from(sorted(graph)), max_size=3)) if graph else set()
        graph[f"{kind}.{number}"] = [] if kind == "source" else sorted(above)
    for number in range(draw(st.integers(0, 5))):
        nodes = [key for key in graph if not key.startswith("test.")]
        graph[f"test.{number}"] = sorted(draw(st.sets(st.sampled_from(nodes), max_size=3)))
    runnable = [key for key in graph if not key.startswith("source")]
    selected = draw(st.lists(st.sampled_from(runnable), unique=True)) if runnable else []
    return graph, selected


def as_manifest(graph: dict[str, list[str]]) -> Any:
    """As much of a dbt manifest as its linker reads."""

    def of(*kinds: str) -> dict[str, Any]:
        return {
            key: SimpleNamespace(
                unique_id=key, depends_on_nodes=parents, resource_type=key.split(".")[0]
            )
            for key, parents in graph.items()
            if key.split(".")[0] in kinds
        }

    children: dict[str, list[str]] = {key: [] for key in graph}
    for key, parents in graph.items():
        for parent in parents:
            children[parent].append(key)
    none: dict[str, Any] = {}
    return SimpleNamespace(
        nodes=of("model", "test"),
        sources=of("source"),
        functions=of("function"),
        exposures=none,
        metrics=none,
        semantic_models=none,
        unit_tests=none,
        saved_queries=none,
        child_map=children,
    )


@given(projects())
@settings(max_examples=400)
def test_the_order_is_that_of_dbt(project: tuple[dict[str, list[str]], list[str]]) -> None:
    from dbt.compilation import Linker
    from dbt.graph import Graph

    from tui.engine.patches.exact_order import as_graph

    graph, selected = project
    manifest = as_manifest(graph)
    linker = Linker()
    linker.link_graph(manifest)
    linker.add_test_edges_1(manifest)
    plain = Graph(linker.graph).get_subset_graph(set(selected))

    order = order_of(
        selected,
        graph.__getitem__,
        checks=[key for key in selected if key.startswith("test.")],
        waits_for_checks=manifest.nodes.__contains__,
    )
    mine = as_graph(order)
    assert mine.nodes() == plain.nodes()
    for key in selected:
        assert mine.get_dependent_nodes(key) == plain.get_dependent_nodes(key)
