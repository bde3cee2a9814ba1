"""The batches of a microbatch model in one run, as they are kept with its node. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tui.graph.history import Materialization
from tui.protocol.events import BatchFinished, BatchStarted


class Batch(NamedTuple):
    """One batch of event time."""

    name: str
    """Its start: `2024-01-31`."""
    status: str
    """running, then dbt's: success, error, skipped."""
    started_at: float
    finished_at: float
    """Seconds since the epoch; 0 while it is worked on."""
    message: str
    thread: str


def with_batch(before: str, event: BatchStarted | BatchFinished) -> str:
    """The batches of a node after an event of one of them, as compact JSON."""
    known = {batch.name: batch for batch in batches_of(before)}
    if isinstance(event, BatchStarted):
        new = Batch(event.batch, "running", event.at, 0.0, "", event.thread)
    else:
        new = Batch(
            event.batch, event.status, event.started_at, event.at, event.message, event.thread
        )
    return json.dumps([*{**known, event.batch: new}.values()], separators=(",", ":"))


def batches_of(text: str) -> Iterator[Batch]:
    """The batches that are kept with a node, in the order in which they began."""
    return (Batch(*row) for row in json.loads(text)) if text else iter(())


def batch_attempts(node: Materialization, text: str) -> Iterator[tuple[str, Materialization]]:
    """The batches of a node that are over, by name, each as an attempt of its own."""
    for batch in batches_of(text):
        if batch.finished_at:
            yield batch.name, replace(
                node, status=batch.status, started_at=batch.started_at,
                finished_at=batch.finished_at, duration=batch.finished_at - batch.started_at,
                message=batch.message,
            )  # fmt: skip
