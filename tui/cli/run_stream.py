"""A run as a stream of events for programs: one JSON object a line, written as it happens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tui.cli.json_records import node_record, run_record, timestamp
from tui.protocol import events
from tui.runs.values import Run


class RunStream:
    """Writes what `materialize --json` prints; the last line is always `run_finished`."""

    def __init__(self, write: Any) -> None:
        """`write` takes a line without its end."""
        self._write = write

    def tell(self, run: Run, new: Iterable[Any]) -> None:
        """Write the new events of a run; `run` is as it is after them."""
        for event in new:
            record = self._record(run, event)
            if record is not None:
                self._line(record)

    def end(self, run: Run) -> None:
        """Write how the run ended, whether its log says so or its process is gone."""
        at = timestamp(run.finished_at)
        self._line({"event": "run_finished", "at": at, **run_record(run, nodes=True)})

    def _line(self, record: dict[str, Any]) -> None:
        self._write(json.dumps(record, separators=(",", ":")))

    @staticmethod
    def _record(run: Run, event: Any) -> dict[str, Any] | None:
        at = {"at": timestamp(event.at)}
        match event:
            case events.RunStarted():
                return {"event": "run_started", **at, **run_record(run)}
            case events.RunWaiting():
                return {"event": "run_waiting", **at, "holder": event.holder}
            case events.RunPlanned():
                return {"event": "run_planned", **at, "nodes": event.nodes}
            case events.NodeStarted():
                thread = event.thread or None
                return {
                    "event": "node_started", **at, "unique_id": event.unique_id, "thread": thread,
                }  # fmt: skip
            case events.NodeFinished() if event.unique_id in run.nodes:
                return {"event": "node_finished", **at, **node_record(run.nodes[event.unique_id])}
            case events.RunCancelling():
                return {"event": "run_cancelling", **at}
        return None
