"""What a planned run would do: how long it takes, what it drops, what it leaves stale. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Container, Iterable, Mapping

from tui.graph import AssetGraph, History
from tui.graph.asset_graph import BUILDABLE
from tui.protocol.plain import plain
from tui.protocol.records import DECLARED
from tui.runs.critical_path import CriticalPath, critical_path
from tui.runs.node_needs import needs_of, simulated
from tui.runs.plan import RunPlan

DROPPED = frozenset({"table", "incremental", "seed", "materialized_view", "dynamic_table"})
"""Materializations whose rows a full refresh throws away before it builds them again."""
CHECK_TYPES = ("test", "unit test")


@plain(frozen=True)
class Forecast:
    """What is known of a run before it runs."""

    kinds: tuple[tuple[str, int], ...]
    """How many nodes of each kind, assets first, the most frequent first."""
    seconds: float
    """How long it will take by the history; 0 where nothing of it has run before."""
    unknown: int
    """How many of its nodes have no history: for these the median of their like was taken."""
    dropped: tuple[str, ...]
    """unique_ids of what a full refresh drops; empty for any other run."""
    left_stale: tuple[str, ...]
    """unique_ids of what is built already and becomes stale by it, in the graph's order."""
    threads: int
    """How many nodes run at once."""
    path: CriticalPath
    """What keeps the run from being shorter; empty where nothing of it has run before."""


def forecast(
    graph: AssetGraph,
    history: History,
    plan: RunPlan,
    durations: Mapping[str, float],
    threads: int,
) -> Forecast:
    """What a plan comes to.

    Args:
        graph: the project.
        history: what is built on the target.
        plan: the run.
        durations: how long its nodes took before, in seconds (`RunStore.durations`).
        threads: how many nodes dbt runs at once; less than 1 counts as 1.
    """
    # dbt walks through exposures, and does nothing for them.
    nodes = [
        key
        for key in plan.nodes
        if key in graph.checks
        or (key in graph.assets and graph.assets[key].resource_type not in DECLARED)
    ]
    known = {key: durations[key] for key in nodes if key in durations}
    took = guessed(graph.checks, nodes, known)
    needs = needs_of(graph, took)
    built = {key for key in nodes if key in graph.assets}
    dropped = [key for key in nodes if key in built and graph.assets[key].materialized in DROPPED]
    return Forecast(
        _kinds(graph, nodes),
        simulated(needs, took, threads),
        len(nodes) - len(known),
        tuple(dropped) if plan.full_refresh else (),
        tuple(_left_stale(graph, history, built)),
        max(threads, 1),
        critical_path(needs, took) if known else CriticalPath(),
    )


def guessed(
    checks: Container[str], nodes: Iterable[str], known: Mapping[str, float]
) -> dict[str, float]:
    """The time of every node; one that was never timed takes as long as its like: the median of
    the checks, or of the assets.
    """

    def median(of_checks: bool) -> float:
        times = [time for key, time in known.items() if (key in checks) is of_checks]
        return statistics.median(times) if times else 0.0

    guesses = {is_check: median(is_check) for is_check in (True, False)}
    return {key: known.get(key, guesses[key in checks]) for key in nodes}


def _kinds(graph: AssetGraph, nodes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for key in nodes:
        if key in graph.assets:
            asset = graph.assets[key]
            plain = asset.resource_type != "model"
            counts[asset.resource_type if plain else asset.materialized] += 1
        else:
            counts["unit test" if graph.checks[key].kind == "unit" else "test"] += 1
    return tuple(
        sorted(counts.items(), key=lambda item: (item[0] in CHECK_TYPES, -item[1], item[0]))
    )


def _left_stale(graph: AssetGraph, history: History, built: set[str]) -> Iterable[str]:
    below = graph.descendants(built) - built
    return (
        key
        for key in (graph.order if below else ())
        if key in below and key in history.built and graph.assets[key].resource_type in BUILDABLE
    )


def elapsed(graph: AssetGraph, took: Mapping[str, float], threads: int) -> float:
    """Seconds for nodes run as dbt does it, the first in their order first."""
    return simulated(needs_of(graph, took), took, threads)
