"""What a planned run would do: how long it takes, what it drops, what it leaves stale. Pure."""

from __future__ import annotations

import heapq
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping

from tui.graph import AssetGraph, History
from tui.graph.asset_graph import BUILDABLE
from tui.protocol.plain import plain
from tui.protocol.records import DECLARED
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
    took = _guessed(graph, nodes, known)
    built = {key for key in nodes if key in graph.assets}
    dropped = [key for key in nodes if key in built and graph.assets[key].materialized in DROPPED]
    return Forecast(
        _kinds(graph, nodes),
        elapsed(graph, took, max(threads, 1)),
        len(nodes) - len(known),
        tuple(dropped) if plan.full_refresh else (),
        tuple(_left_stale(graph, history, built)),
    )


def _guessed(
    graph: AssetGraph, nodes: Iterable[str], known: Mapping[str, float]
) -> dict[str, float]:
    """The time of every node; one that was never timed takes as long as its like."""

    def median(of_checks: bool) -> float:
        times = [time for key, time in known.items() if (key in graph.checks) is of_checks]
        return statistics.median(times) if times else 0.0

    guesses = {is_check: median(is_check) for is_check in (True, False)}
    return {key: known.get(key, guesses[key in graph.checks]) for key in nodes}


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
    """Seconds for nodes run as dbt does it: each after all it reads and the checks of that, at most
    so many at once, the first in the graph's order first.
    """
    needs = _needs(graph, took)
    waiting = {key: len(above) for key, above in needs.items()}
    followers: dict[str, list[str]] = {key: [] for key in took}
    for key, above in needs.items():
        for other in above:
            followers[other].append(key)
    order = {key: index for index, key in enumerate(took)}
    ready = [(order[key], key) for key, count in waiting.items() if not count]
    heapq.heapify(ready)
    running: list[tuple[float, int, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < threads:
            place, key = heapq.heappop(ready)
            heapq.heappush(running, (now + took[key], place, key))
        now, _, done = heapq.heappop(running)
        for follower in followers[done]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (order[follower], follower))
    return now


def _needs(graph: AssetGraph, took: Mapping[str, float]) -> dict[str, set[str]]:
    """What of a run each of its nodes waits for. What is not in the run, ephemeral models among
    it, is looked through.
    """
    above: dict[str, set[str]] = {}
    for key in graph.order:
        found: set[str] = set()
        for upstream in graph.upstream(key):
            if upstream in took:
                found.add(upstream)
                checks = graph.checks_of.get(upstream, ())
                # A check that also reads what comes later cannot hold it up.
                found.update(
                    check
                    for check in checks
                    if check in took and graph.checks[check].depends_on == (upstream,)
                )
            else:
                found |= above[upstream]
        above[key] = found
    needs = {key: above[key] for key in took if key in above}
    for key in took:
        if key in graph.checks:
            read = graph.checks[key].depends_on
            needs[key] = {other for other in read if other in took}
    return needs
