"""Finding assets: the filter of the tree, dbt's selectors, and Dagster's forms of them.

Pure: names and expressions in, sets of unique_ids out. `select` is what the selection line and the
headless commands ask; it raises NeedsEngine for what only dbt can tell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.selection.completion import Completion, complete, unknown_value
    from tui.selection.filter import Filter, Term, parse
    from tui.selection.methods import NeedsEngine, Scene
    from tui.selection.neighborhood import between, neighbourhood
    from tui.selection.resolver import reached, resolve, unanswered, with_checks
    from tui.selection.selectors import Criterion, NotASelector, Selector, parse_selector
    from tui.selection.shortest_selector import shortest
    from tui.selection.typed_selection import Lookup, look_up

HOMES = {
    "Completion": "completion",
    "unknown_value": "completion",
    "complete": "completion",
    "Filter": "filter",
    "Term": "filter",
    "parse": "filter",
    "Lookup": "typed_selection",
    "look_up": "typed_selection",
    "NeedsEngine": "methods",
    "Scene": "methods",
    "between": "neighborhood",
    "neighbourhood": "neighborhood",
    "reached": "resolver",
    "resolve": "resolver",
    "unanswered": "resolver",
    "with_checks": "resolver",
    "Criterion": "selectors",
    "NotASelector": "selectors",
    "Selector": "selectors",
    "parse_selector": "selectors",
    "shortest": "shortest_selector",
}
"""Which module has a name. Each is imported when it is first asked for: the tree's first frame
needs the filter alone."""


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def select(scene: Scene, text: str) -> set[str]:
    """The assets and checks that a selection means, in dbt's language or in Dagster's.

    Raises:
        NeedsEngine: only dbt can resolve the criterion in it.
        NotASelector: it makes no sense, at the column that it says.
    """
    from tui.selection.dagster import is_dagster, resolve_dagster
    from tui.selection.resolver import resolve
    from tui.selection.selectors import parse_selector

    if is_dagster(text):
        return resolve_dagster(scene, text)
    return resolve(scene, parse_selector(text))


__all__ = [
    "Completion",
    "Criterion",
    "Filter",
    "Lookup",
    "NeedsEngine",
    "NotASelector",
    "Scene",
    "Selector",
    "Term",
    "between",
    "complete",
    "look_up",
    "neighbourhood",
    "parse",
    "parse_selector",
    "reached",
    "resolve",
    "select",
    "shortest",
    "unanswered",
    "unknown_value",
    "with_checks",
]
