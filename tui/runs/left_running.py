"""What a stopped run may have left running in its warehouse. Pure."""

from __future__ import annotations

from tui.runs.values import STOPPED, Run

INSIDE = frozenset({"duckdb", "sqlite"})
"""Adapters whose database works inside the run's process, and ends with it."""
NAMED = 3


def may_still_run(run: Run) -> tuple[str, ...]:
    """The nodes that were worked on when the process of a run was gone, without anybody having
    cancelled their queries. Whoever is asked to stop cancels them.
    """
    was_killed = run.status == "interrupted" or (run.status, run.message) == ("cancelled", "killed")
    if not was_killed or run.adapter in INSIDE:
        return ()
    return tuple(
        key
        for key, node in run.nodes.items()
        if node.started_at and node.status in ("interrupted", "cancelled")
    )


def stopped_words(run: Run) -> str:
    """What there is to say about a run that was stopped; mostly nothing."""
    if run.status not in STOPPED:
        return ""
    message = "" if run.message == "killed" else run.message
    return " ".join(part for part in (message, left_running_words(run)) if part)


def left_running_words(run: Run) -> str:
    """That something may still run, in a sentence; empty where nothing can."""
    keys = may_still_run(run)
    if not keys:
        return ""
    names = ", ".join(key.split(".")[-1] for key in keys[:NAMED])
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return (
        f"What it had sent to {run.adapter or 'the database'} may still run there: {names}{more}."
    )
