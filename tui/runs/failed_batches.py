"""Which batches a run makes that runs again what failed in another one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tui.definitions.partition_rows import partitions_of
from tui.definitions.time_partitions import window_of
from tui.graph import AssetGraph
from tui.runs.batches import batches_of
from tui.runs.partitioned import EVENT_TIME, with_event_time
from tui.runs.plan import RETRIED, RunPlan
from tui.runs.values import Run

Window = tuple[datetime, datetime]


def with_failed_batches(plan: RunPlan, graph: AssetGraph, run: Run) -> RunPlan:
    """A plan that runs again what failed in a run, for the event time of the batches that failed or
    were skipped in it: by itself, dbt would make the latest ones. A microbatch model that was
    skipped as a whole needs all batches of the others.
    """
    models = [key for key in plan.nodes if key in graph.assets and graph.assets[key].batches]
    with_batches = [key for key in models if key in run.nodes and run.nodes[key].batches]
    if not with_batches or run.full_refresh or EVENT_TIME in plan.flags:
        return plan
    is_whole = len(with_batches) < len(models)
    windows = [
        window for key in with_batches for window in _windows(graph, run, key, is_whole=is_whole)
    ]
    if not windows:
        return plan
    return with_event_time(plan, min(one[0] for one in windows), max(one[1] for one in windows))


def _windows(graph: AssetGraph, run: Run, key: str, *, is_whole: bool) -> Iterator[Window]:
    """The windows of the batches of a model that are made again."""
    given = partitions_of(graph.assets[key].batches)
    for batch in batches_of(run.nodes[key].batches):
        if (is_whole or batch.status in RETRIED) and given.has_partition_key(batch.name):
            window = window_of(given, batch.name, batch.name)
            yield window.start, window.end
