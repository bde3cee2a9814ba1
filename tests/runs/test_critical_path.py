"""The critical path of a run is the longest of all its chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import graph_of
from tui.runs.critical_path import CriticalPath, critical_path, durations_of, path_of_run, worked
from tui.runs.node_needs import Needs, in_order, needs_of, simulated
from tui.runs.values import NodeRun, Run

SECONDS = st.integers(0, 9).map(float)


@st.composite
def works(draw: st.DrawFn) -> tuple[dict[str, set[str]], dict[str, float]]:
    """Up to seven nodes in any order, each of which may need any before it in another order."""
    names = [f"n{place}" for place in range(draw(st.integers(1, 7)))]
    needs = {
        name: draw(st.sets(st.sampled_from(names[:place]))) if place else set()
        for place, name in enumerate(names)
    }
    shown = draw(st.permutations(names))
    return needs, {name: draw(SECONDS) for name in shown}


def chains(needs: Needs, took: Mapping[str, float]) -> Iterator[tuple[str, ...]]:
    """Every chain of nodes, by trying all."""

    def from_here(chain: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield chain
        for key in took:
            if chain[-1] in needs[key]:
                yield from from_here((*chain, key))

    for key in took:
        yield from from_here((key,))


@given(works())
def test_no_chain_is_longer(work: tuple[dict[str, set[str]], dict[str, float]]) -> None:
    needs, took = work
    found = critical_path(needs, took)
    longest = max(sum(took[key] for key in chain) for chain in chains(needs, took))
    assert found.seconds == longest == sum(took[key] for key in found.nodes)
    assert found.nodes in set(chains(needs, took))


@given(works())
def test_it_is_the_time_with_threads_for_all_and_less_threads_take_longer(
    work: tuple[dict[str, set[str]], dict[str, float]],
) -> None:
    needs, took = work
    path = critical_path(needs, took).seconds
    assert simulated(needs, took, len(took)) == path
    assert simulated(needs, took, 1) == sum(took.values())
    assert path <= simulated(needs, took, 2) <= sum(took.values())


@given(works())
def test_each_node_comes_after_what_it_needs(
    work: tuple[dict[str, set[str]], dict[str, float]],
) -> None:
    needs, took = work
    found = in_order(needs, took)
    assert sorted(found) == sorted(took)
    assert all(found.index(other) < found.index(key) for key in took for other in needs[key])


def test_a_check_holds_up_what_reads_its_asset_and_an_ephemeral_model_nothing() -> None:
    graph = graph_of(
        "a -> between -> c, a -> b", checks="slow@a", between={"materialized": "ephemeral"}
    )
    took = {"a": 1.0, "slow": 5.0, "b": 1.0, "c": 2.0}
    assert critical_path(needs_of(graph, took), took) == CriticalPath(("a", "slow", "c"), 8.0)


def test_nothing_has_no_path() -> None:
    assert critical_path({}, {}) == CriticalPath()


@pytest.mark.parametrize("status", ["skipped", "queued"])
def test_what_never_ran_is_on_no_path_of_a_run(status: str) -> None:
    nodes = {
        "a": NodeRun("a", "success", 10.0, 12.0, 2.0),
        "b": NodeRun("b", "error", 12.5, 15.5),  # as of a run that was killed: no duration
        "c": NodeRun("c", status, 15.5 if status == "skipped" else 0.0, 15.5),
    }
    run = Run("a1b2", "failed", nodes=nodes)
    assert durations_of(run) == {"a": 2.0, "b": 3.0}
    assert path_of_run({"a": set(), "b": {"a"}, "c": {"b"}}, run) == CriticalPath(("a", "b"), 5.0)
    assert worked(run) == 5.5
