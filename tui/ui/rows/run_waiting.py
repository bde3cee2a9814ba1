"""What a run waits for, in words: another run, or the process that holds the database. Pure."""

from __future__ import annotations

import math

from tui.runs.values import Run
from tui.workspace.state import WorkspaceState

MINUTE = 60


def waits_for(run: Run) -> str:
    """Who has what the run waits for: `dbt (PID 7, dbt build, since 12:03:10)`."""
    return run.waiting_for or "another run"


def waiting_brief(run: Run, now: float) -> str:
    """What a run waits for in a few words: `waiting for dbt · gives up in 42s`."""
    return f"waiting for {_short(waits_for(run))}{_left(run, now)}"


def waiting_line(run: Run, now: float) -> str:
    """What a run waits for, and how long it still will:
    `gives up in 42s · waiting for dbt (PID 7, …)`. What matters least is cut first.
    """
    words = [_left(run, now).removeprefix(" · "), f"waiting for {waits_for(run)}"]
    return " · ".join(filter(None, words))


def waiting_sentence(run: Run, now: float) -> str:
    """The same where there is room, with what can be done about it."""
    if not run.waiting_until:
        return f"Waiting for {waits_for(run)} to end. Press x to stop waiting."
    return (
        f"The database is in use by {waits_for(run)}. The run starts as soon as it is free, and "
        f"{_left(run, now).removeprefix(' · ')}. Press x to stop waiting."
    )


def _short(holder: str) -> str:
    """A process by its program, a run by its id."""
    return holder.partition(" (")[0]


def _left(run: Run, now: float) -> str:
    if not run.waiting_until:
        return ""
    seconds = max(math.ceil(run.waiting_until - now), 0)
    words = f"{seconds}s" if seconds < MINUTE else f"{seconds // MINUTE}m{seconds % MINUTE:02}s"
    return f" · gives up in {words}"


def waiting_notes(state: WorkspaceState, run_id: str) -> tuple[str, ...]:
    """What the run of a queued asset waits for, from long to short; empty where it does not."""
    run = next((run for run in state.runs if run.run_id == run_id), None)
    if run is None or run.status != "waiting":
        return ()
    who = waits_for(run)
    return (f"waiting for {who}", f"waiting for {_short(who)}", _short(who))
