"""One run as dbt's tasks see it: what is to run, where it is written, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.engine.execution.baselines import BaselineCopies
from tui.engine.execution.events import EventLog
from tui.engine.execution.parsed import Parsed
from tui.engine.execution.run_nodes import unreported
from tui.engine.execution.stall import Activity
from tui.engine.records.run_limits import RunLimits


@dataclass
class Watch:
    """One run as its tasks see it."""

    log: EventLog
    project: Parsed
    nodes: frozenset[str] | None
    """Exactly what to run; None: what dbt selects."""
    record_rows: bool = True
    """Whether what was built is measured: its rows and columns."""
    limits: RunLimits = RunLimits()
    """Which rows its options leave out."""
    planned: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    because: dict[str, str] = field(default_factory=dict)
    """Skipped or to be skipped: unique_id → the failed node."""
    failed_batches: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each microbatch model the first batch that failed, and its message."""
    failed_hook: str = ""
    elsewhere: dict[str, tuple[str, str]] | None = None
    """The relation of each node here and where the run defers to; None before it is known."""
    then: tuple[str, ...] = ()
    """What the run does after this command, where it does several."""
    activity: Activity = field(default_factory=Activity)
    baselines: BaselineCopies | None = None
    """Copies what is about to be built, where that is wanted."""

    def not_run(self, manifest: Any) -> list[str]:
        """The nodes that were to run and have no result, sorted."""
        return unreported(manifest, self.planned | (self.nodes or frozenset()), self.told)

    def note_stall(self, words: str) -> None:
        """Remember that dbt's queue stood still."""
        self.failed_hook = self.failed_hook or words
