"""From a selector to the assets and checks that dbt would select.

As dbt.graph.selector does it with eager indirect selection, dbt's default: a check is selected as
soon as one of the assets that it reads is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui.graph import AssetGraph
from tui.selection.methods import LOCAL, NeedsEngine, Scene
from tui.selection.selectors import Criterion, Selector

Step = Callable[[str], Iterable[str]]


def resolve(scene: Scene, selector: Selector, exclude: Selector | None = None) -> set[str]:
    """The unique_ids of all assets and checks that are selected.

    Raises:
        NeedsEngine: only dbt can resolve the criterion in it.
        NotASelector: a method's value is none that dbt accepts.
    """
    selected = _union(scene, selector)
    return selected - _union(scene, exclude) if exclude else selected


def _union(scene: Scene, selector: Selector) -> set[str]:
    found: set[str] = set()
    for criteria in selector.unions:
        found |= set.intersection(*(_selected_by(scene, criterion) for criterion in criteria))
    return found


def unanswered(scene: Scene, selector: Selector) -> list[Criterion]:
    """The criteria of a selector that only dbt can resolve, and has not yet.

    Raises NotASelector where a method's value is none that dbt accepts.
    """
    found: dict[Criterion, None] = {}
    for criteria in selector.unions:
        for criterion in criteria:
            try:
                _selected_by(scene, criterion)
            except NeedsEngine:
                found[criterion] = None
    return list(found)


def _selected_by(scene: Scene, criterion: Criterion) -> set[str]:
    if criterion in scene.answers:
        return set(scene.answers[criterion])
    method = LOCAL.get(criterion.method)
    if method is None:
        raise NeedsEngine(criterion)
    return reached(scene.graph, set(method(scene, criterion)), criterion)


def reached(graph: AssetGraph, named: set[str], criterion: Criterion) -> set[str]:
    """What a criterion selects when its method names these: as far as it reaches, with checks."""
    found = set(named)
    if criterion.childrens_parents:
        below = named | reach(named, _children(graph), None)
        found |= below | reach(below, _parents(graph), None)
    if criterion.parents:
        found |= reach(named, _parents(graph), criterion.parents_depth)
    if criterion.children:
        found |= reach(named, _children(graph), criterion.children_depth)
    return with_checks(graph, found)


def with_checks(graph: AssetGraph, selected: set[str]) -> set[str]:
    """A selection with the checks that read any asset of it: dbt's eager indirect selection."""
    checks = (graph.checks_reading.get(key, ()) for key in selected)
    return selected.union(*checks)


def _parents(graph: AssetGraph) -> Step:
    def step(key: str) -> Iterable[str]:
        check = graph.checks.get(key)
        if check is not None:
            return (parent for parent in check.depends_on if parent in graph.assets)
        return graph.upstream(key)

    return step


def _children(graph: AssetGraph) -> Step:
    def step(key: str) -> Iterable[str]:
        yield from graph.downstream.get(key, ())
        yield from graph.checks_reading.get(key, ())

    return step


def reach(start: Iterable[str], step: Step, depth: int | None) -> set[str]:
    """All that is reached in at most so many steps (None: however many)."""
    reached: set[str] = set()
    layer = set(start)
    while layer and depth != 0:
        layer = {key for here in layer for key in step(here)} - reached
        reached |= layer
        depth = None if depth is None else depth - 1
    return reached
