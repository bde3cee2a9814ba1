"""Where the boxes of a neighbourhood stand: layers from left to right, few crossings. Pure.

The layers are the longest way to or from the asset in the middle, so that every edge goes to the
right. An edge over several layers passes through a knot in each layer between; knots are ordered
together with the boxes and take one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tui.graph import AssetGraph

SWEEPS = 6
"""Passes of ordering, there and back; more than that seldom helps."""
Knot = tuple[str, str, int]
"""An edge on its way through a layer: from, to, layer."""
Stop = str | Knot


@dataclass(frozen=True)
class Layers:
    """Who is in which layer, from the top down, and what is joined with what in the next."""

    columns: tuple[tuple[Stop, ...], ...]
    joints: tuple[tuple[tuple[Stop, Stop], ...], ...]
    """Between each layer and the next: (left, right)."""


def neighbourhood(graph: AssetGraph, focus: str, up: int, down: int) -> dict[str, int]:
    """The assets within so many steps, with their layer; that of the focus is 0."""
    above = _reach(graph, focus, up, up_not_down=True)
    below = _reach(graph, focus, down, up_not_down=False)
    layers = {focus: 0}
    order = {key: place for place, key in enumerate(graph.order)}
    for key in sorted(above, key=order.__getitem__, reverse=True):
        nearer = [layers[child] for child in graph.downstream.get(key, ()) if child in layers]
        layers[key] = min(nearer, default=0) - 1
    for key in sorted(below, key=order.__getitem__):
        parents = [layers[parent] for parent in graph.upstream(key) if layers.get(parent, -1) >= 0]
        layers[key] = max(parents, default=0) + 1
    return layers


def _reach(graph: AssetGraph, focus: str, steps: int, *, up_not_down: bool) -> set[str]:
    found: set[str] = set()
    edge = {focus}
    for _ in range(steps):
        edge = {
            other
            for key in edge
            for other in (graph.upstream(key) if up_not_down else graph.downstream.get(key, ()))
            if other in graph.assets and other != focus
        } - found
        found |= edge
    return found


def layers_of(graph: AssetGraph, places: Mapping[str, int]) -> Layers:
    """The layers in order, with a knot wherever an edge passes through one."""
    first, last = min(places.values()), max(places.values())
    columns: list[list[Stop]] = [[] for _ in range(last - first + 1)]
    joints: list[list[tuple[Stop, Stop]]] = [[] for _ in range(last - first)]
    for key in sorted(places, key=lambda key: graph.assets[key].name):
        columns[places[key] - first].append(key)
    for key, layer in places.items():
        for child in graph.downstream.get(key, ()):
            if child not in places or places[child] <= layer:
                continue
            before: Stop = key
            for passed in range(layer + 1, places[child]):
                knot: Knot = (key, child, passed)
                columns[passed - first].append(knot)
                joints[passed - first - 1].append((before, knot))
                before = knot
            joints[places[child] - first - 1].append((before, child))
    _untangle(columns, joints)
    return Layers(tuple(map(tuple, columns)), tuple(map(tuple, joints)))


def _untangle(columns: list[list[Stop]], joints: Sequence[Sequence[tuple[Stop, Stop]]]) -> None:
    """Order each layer by where its neighbours in the one before (or after) stand."""
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        indices = range(1, len(columns)) if forth else range(len(columns) - 2, -1, -1)
        for index in indices:
            beside = columns[index - 1] if forth else columns[index + 1]
            pairs = joints[index - 1] if forth else joints[index]
            height = {stop: place / max(len(beside), 1) for place, stop in enumerate(beside)}
            near: dict[Stop, list[float]] = {}
            for left, right in pairs:
                here, there = (right, left) if forth else (left, right)
                near.setdefault(here, []).append(height[there])
            here_now = {stop: place for place, stop in enumerate(columns[index])}
            size = max(len(here_now), 1)
            columns[index].sort(
                key=lambda stop: (
                    _mean(near.get(stop), here_now[stop] / size),
                    here_now[stop],
                )
            )


def _mean(values: Iterable[float] | None, otherwise: float) -> float:
    known = list(values or ())
    return sum(known) / len(known) if known else otherwise
