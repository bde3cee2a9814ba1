"""The plan of a `dbt clone`: copies, without building, of what the session defers to. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.graph.deferral import Deferral
from tui.protocol.messages import CLONE
from tui.runs.plan import RunPlan
from tui.runs.run_options import deferring_flags
from tui.selection.node_selector import selectors_of


def plan_clone(
    graph: AssetGraph, chosen: Collection[str], deferral: Deferral, options: str
) -> RunPlan:
    """Clone the chosen assets that the other state has.

    `options` are the flags of the session, with those of its deferral. Raises SelectionError where
    nothing is deferred to, it has none of them, or its database cannot be read from here.
    """
    if not deferral:
        raise SelectionError(
            "clone copies from the state that the session defers to: choose one with `:defer WHERE`"
        )
    nodes = tuple(key for key in graph.order if key in chosen and key in deferral.relations)
    if not nodes:
        raise SelectionError(f"{deferral.where} has none of what is chosen: nothing to clone")
    if deferral.note and not any(_can_be_read(graph, deferral.relations[key]) for key in nodes):
        raise SelectionError(deferral.note)
    selectors = selectors_of(graph, nodes).values()
    line = shlex.join(["dbt", CLONE, "--select", *selectors])
    name = graph.assets[nodes[0]].name if len(nodes) == 1 else f"{len(nodes)} assets"
    return RunPlan("", CLONE, nodes, name, f"{line} {options}", flags=deferring_flags(options))


def _can_be_read(graph: AssetGraph, relation: str) -> bool:
    """Whether a relation is in a database that the project has assets in."""
    database = relation.partition(".")[0].lower()
    return any(
        asset.relation.partition(".")[0].lower() == database for asset in graph.assets.values()
    )
