"""Which nodes of a run wait for which, and how long they take on so many threads. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Set

from tui.graph import AssetGraph

Needs = Mapping[str, Set[str]]
"""Of each node of a run, those of the run that have to be done before it begins."""


def simulated(
    needs: Needs, took: Mapping[str, float], threads: int, begun: Collection[str] = ()
) -> float:
    """Seconds for nodes run as dbt does it: each after all that it needs, at most so many at once,
    the first in the order of `took` first.

    Args:
        needs: what each waits for; what `took` does not have is done.
        took: seconds for each that is left to do.
        threads: how many at once; less than 1 counts as 1.
        begun: those of `took` that are running already, on a thread each.
    """
    waiting = {key: sum(other in took for other in needs.get(key, ())) for key in took}
    followers: dict[str, list[str]] = {key: [] for key in took}
    for key in took:
        for other in needs.get(key, ()):
            if other in took:
                followers[other].append(key)
    order = {key: index for index, key in enumerate(took)}
    running = [(took[key], order[key], key) for key in begun if key in took]
    heapq.heapify(running)
    ready = [(order[key], key) for key, count in waiting.items() if not count and key not in begun]
    heapq.heapify(ready)
    now = 0.0
    while ready or running:
        while ready and len(running) < max(threads, 1):
            place, key = heapq.heappop(ready)
            heapq.heappush(running, (now + took[key], place, key))
        now, _, done = heapq.heappop(running)
        for follower in followers[done]:
            waiting[follower] -= 1
            if not waiting[follower] and follower not in begun:
                heapq.heappush(ready, (order[follower], follower))
    return now


def in_order(needs: Needs, nodes: Iterable[str]) -> list[str]:
    """The nodes, each after all that it needs; else in the order in which they are given."""
    order = {key: index for index, key in enumerate(nodes)}
    waiting = {key: sum(other in order for other in needs.get(key, ())) for key in order}
    followers: dict[str, list[str]] = {key: [] for key in order}
    for key in order:
        for other in needs.get(key, ()):
            if other in order:
                followers[other].append(key)
    ready = [(order[key], key) for key, count in waiting.items() if not count]
    heapq.heapify(ready)
    found = []
    while ready:
        _, key = heapq.heappop(ready)
        found.append(key)
        for follower in followers[key]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (order[follower], follower))
    return found


def needs_of(graph: AssetGraph, took: Collection[str]) -> dict[str, set[str]]:
    """What of a run each of its nodes waits for: what it reads, and the checks of that. What is not
    in the run, ephemeral models among it, is looked through.
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
