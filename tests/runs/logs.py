"""Writes the event logs that the tests of runs read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui.protocol import events

MODELS = "model.shop."


class RunWriter:
    """Writes one run's log as the run's own process would, with a clock that ticks seconds."""

    def __init__(self, state_dir: Path, run_id: str, at: float = 1000.0) -> None:
        self.run_id = run_id
        self.directory = state_dir / "runs" / run_id
        self.directory.mkdir(parents=True, exist_ok=True)
        self.path = self.directory / "events.jsonl"
        self.at = at

    def write(self, *new: Any) -> RunWriter:
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.writelines(events.to_line(event) + "\n" for event in new)
        return self

    def tears(self, text: str = '{"event":"node_fin') -> RunWriter:
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(text)
        return self

    def tick(self) -> float:
        self.at += 1
        return self.at

    def starts(self, *nodes: str, pid: int = 1, **fields: Any) -> RunWriter:
        known = {"kind": "build", "target": "dev", **fields}
        start = events.RunStarted(
            self.tick(),
            self.run_id,
            known.get("command", "dbt build"),
            known.pop("kind"),
            "all",
            "shop",
            known.pop("target"),
            "duckdb",
            pid,
            "then",
            nodes=list(nodes),
            **{key: value for key, value in known.items() if key != "command"},
        )
        return self.write(start)

    def begins(self, unique_id: str) -> RunWriter:
        return self.write(events.NodeStarted(self.tick(), unique_id, "Thread-1"))

    def finishes(self, unique_id: str, status: str = "success", **fields: Any) -> RunWriter:
        at = self.tick()
        return self.write(events.NodeFinished(at, unique_id, status, at - 1, 1.0, **fields))

    def builds(self, unique_id: str, status: str = "success", **fields: Any) -> RunWriter:
        return self.begins(unique_id).finishes(unique_id, status, **fields)

    def says(self, text: str, level: str = "info", unique_id: str = "") -> RunWriter:
        return self.write(events.LogLine(self.tick(), level, text, unique_id, "Note"))

    def ends(self, status: str = "success") -> RunWriter:
        return self.write(events.RunFinished(self.tick(), status, 1.0))
