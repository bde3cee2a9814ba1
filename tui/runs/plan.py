"""A run before it runs: which nodes, by which dbt command, under which words.

Pure. The nodes are exact, so that what the screen announces is what dbt does; the dbt line is what
a user would type for the same, and is recorded with the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tui.assets import AssetGraph


class Scope(Enum):
    """How far a run reaches from the assets it was asked for."""

    ONLY = ""
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"
    ALL = "all"


@dataclass(frozen=True)
class RunPlan:
    """One run that somebody asked for."""

    run_id: str
    command: str
    """build or test."""
    nodes: tuple[str, ...]
    """unique_ids of assets and checks, assets first in the graph's order."""
    label: str
    """In short, for titles: `customers`, `+orders`, `3 assets`, `all`."""
    dbt_line: str
    full_refresh: bool = False
    threads: int = 0
    asked_at: float = 0.0
    """Seconds since the epoch."""
    flags: tuple[str, ...] = ()


def plan_build(
    graph: AssetGraph,
    assets: Iterable[str],
    scope: Scope = Scope.ONLY,
    *,
    checks_only: bool = False,
    full_refresh: bool = False,
    options: str = "",
) -> RunPlan:
    """Plan the materialization of assets and the checks that dbt's eager selection brings along.

    `options` are the dbt flags of the session (`--target prod`), put into the dbt line. Checks
    under the cursor count as themselves. Raises SelectionError when nothing in it can be run.
    """
    ...


def plan_again(graph: AssetGraph, run: object, *, options: str = "") -> RunPlan:
    """Plan what failed or was skipped in a run, as `dbt retry` would. Raises SelectionError."""
    ...


def selector_of(graph: AssetGraph, unique_id: str) -> str:
    """The shortest dbt selector that means exactly this node: its name, or its fqn, or
    `source:…`, `exposure:…` where names clash."""
    ...
