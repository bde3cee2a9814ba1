"""The plan of a run that asks how fresh sources are. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.protocol.messages import CLONE, FRESHNESS
from tui.runs.plan import RETRIED, RunPlan, plan_again, selector_of
from tui.runs.run_options import DEFERRING, without_flags
from tui.runs.values import Run

NAMED = 20
"""So many sources stand in the dbt line; of more, it asks for all."""


def plan_freshness(graph: AssetGraph, chosen: Collection[str] = (), options: str = "") -> RunPlan:
    """Ask about the chosen sources, or about all where none is among what is chosen.

    Raises SelectionError where none of them declares what fresh means.
    """
    declared = [
        key
        for key, asset in graph.assets.items()
        if asset.resource_type == "source" and asset.freshness
    ]
    if not declared:
        raise SelectionError("No source of this project declares `freshness`.")
    sources = {key for key in chosen if key in graph.assets} & {
        key for key, asset in graph.assets.items() if asset.resource_type == "source"
    }
    asked = [key for key in declared if key in sources] if sources else declared
    if not asked:
        named = ", ".join(sorted(graph.assets[key].name for key in sources)[:3])
        raise SelectionError(f"{named}: `freshness` is not declared.")
    is_all = len(asked) == len(declared)
    line = ["dbt", *FRESHNESS.split()]
    if not is_all and len(asked) <= NAMED:
        line += ["--select", *(selector_of(graph, key) for key in asked)]
    label = "all sources" if is_all else graph.assets[asked[0]].name
    if not is_all and len(asked) > 1:
        label = f"{len(asked)} sources"
    options = without_flags(options, DEFERRING)
    words = " ".join([shlex.join(line), *([options] if options else [])])
    return RunPlan("", FRESHNESS, tuple(asked), label, words)


def plan_retry(graph: AssetGraph, run: Run, options: str = "") -> RunPlan:
    """Run again what failed or was skipped in a run, whatever kind it is. Raises SelectionError."""
    if run.kind == CLONE:
        raise SelectionError(
            f"Run {run.run_id} only cloned: `:clone` copies what is chosen again, m builds it."
        )
    if run.kind != FRESHNESS:
        again = plan_again(graph, run, options=options)
        if any(node.batches for node in run.nodes.values()):
            from tui.runs.failed_batches import with_failed_batches  # few projects have batches

            again = with_failed_batches(again, graph, run)
        return again
    asked = [key for key, node in run.nodes.items() if node.status in RETRIED or node.message]
    return plan_freshness(graph, asked or run.nodes.keys(), options)
