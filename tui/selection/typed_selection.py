"""A selection while it is typed: what it selects as far as is known, what dbt must be asked for, or
what is wrong with it and where.
"""

from __future__ import annotations

from tui.protocol.plain import plain
from tui.selection.dagster import is_dagster, resolve_dagster
from tui.selection.methods import NeedsEngine, Scene
from tui.selection.resolver import resolve, unanswered
from tui.selection.selectors import Criterion, NotASelector, parse_selector


@plain(frozen=True, eq=False)
class Lookup:
    """What there is to say about a text that may be a selection."""

    text: str
    selected: frozenset[str] | None = None
    """Assets and checks; None where it is no selection, or not known yet."""
    asks: tuple[Criterion, ...] = ()
    """The criteria that dbt has to be asked for before it is known."""
    problem: NotASelector | None = None


def look_up(scene: Scene, text: str) -> Lookup:
    """What a text selects. Never raises; an empty text selects nothing."""
    try:
        if is_dagster(text):
            return Lookup(text, frozenset(resolve_dagster(scene, text)))
        selector = parse_selector(text)
        try:
            return Lookup(text, frozenset(resolve(scene, selector)))
        except NeedsEngine:
            return Lookup(text, asks=tuple(unanswered(scene, selector)))
    except NotASelector as error:
        return Lookup(text, problem=error)
