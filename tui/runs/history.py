"""From the events of runs to what is remembered of each asset and check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tui.graph.history import CheckResult, History, Materialization, note_attempt
from tui.protocol.events import NodeFinished, NodeMetadata
from tui.runs.batches import batch_attempts
from tui.runs.index_rows import ATTEMPT, BUILT, CHECKED, columns_of, records_of
from tui.runs.values import Run, with_metadata


def materialization_of(run: Run, event: NodeFinished) -> Materialization:
    """The record that a finished asset leaves."""
    return Materialization(
        event.unique_id, run.target, run.run_id, event.status, event.started_at, event.at,
        event.duration, event.message, event.rows, event.relation, event.built(), event.macros,
        event.skipped_because, event.row_count, columns_of(event.columns),
        with_metadata("", event.metadata),
    )  # fmt: skip


def check_result_of(run: Run, event: NodeFinished) -> CheckResult:
    """The record that a finished check leaves."""
    return CheckResult(
        event.unique_id, run.target, run.run_id, event.status, event.at, event.duration,
        event.failures, event.message, event.compiled_path,
    )  # fmt: skip


def remember(history: History, run: Run, events: Iterable[Any]) -> tuple[History, set[str]]:
    """The history after these events of a run on its target, and the nodes that are touched.

    By the rules of the index (`indexing.records_of`), so that a screen that followed the run and
    one that is opened later show the same. `run` is as it is after the events.
    """
    finished = [event for event in events if isinstance(event, NodeFinished | NodeMetadata)]
    if not finished:
        return history, set()
    built, latest, checks = dict(history.built), dict(history.latest), dict(history.checks)
    partitions = dict(history.partitions)
    for event in finished:
        node = run.nodes.get(event.unique_id)
        records = records_of(run.kind, node) if node else 0
        if isinstance(event, NodeMetadata):
            _take_metadata(run, event, built, latest)
            continue
        if records & CHECKED:
            checks[event.unique_id] = check_result_of(run, event)
        if records & ATTEMPT:
            latest[event.unique_id] = new = materialization_of(run, event)
            if node is not None and node.batches:
                batched = dict(partitions.get(event.unique_id) or {})
                for batch, one in batch_attempts(new, node.batches):
                    note_attempt(batched, [batch], one)
                partitions[event.unique_id] = batched
            elif run.partitions:
                known = dict(partitions.get(event.unique_id) or {})
                note_attempt(known, run.partitions, new)
                partitions[event.unique_id] = known
        if records & BUILT:
            built[event.unique_id] = latest[event.unique_id]
    touched = {event.unique_id for event in finished}
    missing = history.missing - {
        key for key in touched if built.get(key) is not history.built.get(key)
    }
    after = replace(
        history, built=built, latest=latest, checks=checks, missing=missing, partitions=partitions
    )
    return after, touched


def _take_metadata(
    run: Run,
    event: NodeMetadata,
    built: dict[str, Materialization],
    latest: dict[str, Materialization],
) -> None:
    """Add what was reported about a node after its end to the record of the run."""
    for records in (built, latest):
        known = records.get(event.unique_id)
        if known is not None and known.run_id == run.run_id:
            told = with_metadata(known.metadata, event.metadata)
            records[event.unique_id] = replace(known, metadata=told)
