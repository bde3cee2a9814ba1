"""From the events of runs to what is remembered of each asset and check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui.assets.history import CheckResult, History, Materialization
from tui.protocol.events import NodeFinished
from tui.runs.values import Run

CHECKS = ("test.", "unit_test.")
"""How the unique_ids of dbt's tests begin."""


def is_check(unique_id: str) -> bool:
    """Whether a node is a check, told by its unique_id."""
    return unique_id.startswith(CHECKS)


def materialization_of(run: Run, event: NodeFinished) -> Materialization:
    """The record that a finished asset leaves."""
    return Materialization(
        event.unique_id, run.target, run.run_id, event.status, event.started_at, event.at,
        event.duration, event.message, event.rows, event.relation, event.built(), event.macros,
        event.skipped_because,
    )  # fmt: skip


def check_result_of(run: Run, event: NodeFinished) -> CheckResult:
    """The record that a finished check leaves."""
    return CheckResult(
        event.unique_id, run.target, run.run_id, event.status, event.at, event.duration,
        event.failures, event.message, event.compiled_path,
    )  # fmt: skip


def remember(history: History, run: Run, events: Iterable[Any]) -> tuple[History, set[str]]:
    """The history after these events of a run on its target, and the nodes that are touched.

    A skipped check leaves the result before it standing: it says nothing of the data.
    """
    finished = [event for event in events if isinstance(event, NodeFinished)]
    if not finished:
        return history, set()
    built, latest, checks = dict(history.built), dict(history.latest), dict(history.checks)
    for event in finished:
        if is_check(event.unique_id):
            if event.status != "skipped":
                checks[event.unique_id] = check_result_of(run, event)
            continue
        record = materialization_of(run, event)
        latest[event.unique_id] = record
        if event.status == "success":
            built[event.unique_id] = record
    return History(built, latest, checks), {event.unique_id for event in finished}
