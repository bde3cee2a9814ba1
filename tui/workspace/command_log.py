"""Every dbt command that dbtree issued or ran on the user's behalf, with how it went.

A run is recorded by itself; this remembers what the engine was asked for in this session: parses,
previews, compilations, selections. The engine does these in its own process, as dbt would by the
command that is told here.
"""

from __future__ import annotations

import shlex
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.errors import DbtreeError
from tui.protocol import messages
from tui.protocol.plain import plain
from tui.runs.plan import RunPlan
from tui.runs.values import Run

KEPT = 500
"""So many commands of the engine are remembered, the newest."""


@plain(frozen=True, slots=True)
class IssuedCommand:
    """One command, going on or done."""

    number: int
    """Counted from 1 in this session; 0 for a run."""
    line: str
    """As it could be typed."""
    at: float
    """Seconds since the epoch."""
    duration: float = 0.0
    """Seconds; 0.0 while it goes on."""
    outcome: str = "running"
    """running, success, or why not: of a run its status, else the first line of the reason."""
    run_id: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it went well."""
        return self.outcome == "success"


class CommandLog:
    """What the engine was asked for."""

    def __init__(
        self,
        publish: Callable[[tuple[IssuedCommand, ...]], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`publish` takes all that is remembered, the oldest first, after every change."""
        self._publish = publish
        self._clock = clock
        self._entries: deque[IssuedCommand] = deque(maxlen=KEPT)
        self._count = 0

    def begin(self, line: str) -> int:
        """A command begins; returns its number."""
        self._count += 1
        self._entries.append(IssuedCommand(self._count, line, self._clock()))
        self._publish(tuple(self._entries))
        return self._count

    def end(self, number: int, outcome: str = "success") -> None:
        """It is done. One that ended already, or is no longer remembered, stays as it is."""
        for place, entry in enumerate(self._entries):
            if entry.number == number and entry.outcome == "running":
                took = max(self._clock() - entry.at, 0.0)
                self._entries[place] = replace(entry, duration=took, outcome=outcome)
                self._publish(tuple(self._entries))
                return

    def watch(self, kind: type, fields: Mapping[str, Any], reply: Any) -> None:
        """Remember a request to the engine until its reply (a future) is there."""
        line = line_of(kind, fields)
        if line:
            number = self.begin(line)
            reply.add_done_callback(lambda done: self.end(number, outcome_of(done)))


def outcome_of(reply: Any) -> str:
    """What came of a request: `success`, or the first line of why not."""
    if reply.cancelled():
        return "cancelled"
    error = reply.exception()
    if error is None and isinstance(reply.result(), messages.Refused):
        error = DbtreeError(reply.result().message)
    if error is None:
        return "success"
    words = error.message if isinstance(error, DbtreeError) else str(error)
    return next((line.strip() for line in words.splitlines() if line.strip()), "failed")


def line_of(kind: type, fields: Mapping[str, Any]) -> str:
    """The dbt command that a request stands for; empty where there is none."""
    name = selector_of(fields.get("unique_id", ""))
    if kind is messages.Open:
        return "dbt parse"
    if kind is messages.Reparse:
        return "dbt parse --no-partial-parse" if fields.get("full") else "dbt parse"
    if kind is messages.Describe and fields.get("compile"):
        return shlex.join(["dbt", "compile", "--select", name])
    if kind is messages.Preview:
        return shlex.join(["dbt", "show", "--select", name, "--limit", str(fields["limit"])])
    if kind is messages.Query:
        return shlex.join(["dbt", "show", "--inline", fields["code"], "--limit",
                           str(fields["limit"])])  # fmt: skip
    if kind is messages.Export:
        return shlex.join(["dbt", "show", "--select", name, "--limit", "-1"])
    if kind is messages.Select:
        chosen = (("--selector", [fields["selector"]] if fields.get("selector") else []),
                  ("--select", fields.get("select", ())),
                  ("--exclude", fields.get("exclude", ())))  # fmt: skip
        words = [word for option, values in chosen if values for word in (option, *values)]
        return shlex.join(["dbt", "ls", *words])
    return ""


def selector_of(unique_id: str) -> str:
    """A selector for the node of a unique_id: `model.shop.orders` is orders."""
    kind, _, rest = unique_id.partition(".")
    _, _, name = rest.partition(".")
    return f"source:{name}" if kind == "source" else name.partition(".")[0] if name else rest


def all_commands(
    issued: Sequence[IssuedCommand],
    runs: Sequence[Run],
    waiting: Sequence[RunPlan],
    now: float,
) -> list[IssuedCommand]:
    """The commands of the engine and those of all runs of dbtree, the newest first. What was typed
    elsewhere is not among them.
    """
    of_runs = [
        IssuedCommand(0, run.command, run.started_at, run.elapsed_by(now), run.status, run.run_id)
        for run in runs
        if run.command and run.started_at and not run.external
    ]
    queued = [
        IssuedCommand(0, plan.dbt_line, plan.asked_at, 0.0, "queued", plan.run_id)
        for plan in waiting
    ]
    return sorted((*issued, *of_runs, *queued), key=lambda one: one.at, reverse=True)
