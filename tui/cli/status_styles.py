"""How statuses look in the output of the headless commands: a glyph and a style each."""

from __future__ import annotations

from tui.graph import Status

_STATUSES = {
    Status.NEVER: ("none", "dim"),
    Status.QUEUED: ("none", "busy"),
    Status.RUNNING: ("busy", "busy"),
    Status.FRESH: ("good", "good"),
    Status.STALE: ("stale", "warn"),
    Status.FAILED: ("bad", "bad"),
    Status.SKIPPED: ("skipped", "dim"),
    Status.CHECKS_FAILED: ("bad", "bad"),
    Status.WARNED: ("warn", "warn"),
    Status.SOURCE: ("none", "dim"),
    Status.EPHEMERAL: ("none", "dim"),
    Status.EXPOSURE: ("none", "dim"),
}
_NODES = {
    "success": ("good", "good"),
    "pass": ("good", "good"),
    "partial success": ("bad", "bad"),
    "warn": ("warn", "warn"),
    "error": ("bad", "bad"),
    "fail": ("bad", "bad"),
    "runtime error": ("bad", "bad"),
    "skipped": ("skipped", "dim"),
    "no-op": ("none", "dim"),
    "cancelled": ("skipped", "warn"),
    "interrupted": ("skipped", "warn"),
    "running": ("busy", "busy"),
}
_RUNS = {
    "running": ("busy", "busy"),
    "success": ("good", "good"),
    "failed": ("bad", "bad"),
    "cancelled": ("skipped", "warn"),
    "interrupted": ("skipped", "warn"),
}
UNKNOWN = ("none", "")


def status_face(status: Status) -> tuple[str, str]:
    """Of an asset's status."""
    return _STATUSES[status]


def node_face(status: str) -> tuple[str, str]:
    """Of what a run did with a node: dbt's statuses and ours."""
    return _NODES.get(status, UNKNOWN)


check_face = node_face


def run_face(status: str) -> tuple[str, str]:
    """Of a run, by the status of `runs --json`."""
    return _RUNS.get(status, UNKNOWN)


def counts_in_words(counts: dict[str, int]) -> str:
    """`5 success, 12 pass, 1 error`: the most telling ones first."""
    first = ("error", "fail", "warn", "success", "pass", "skipped")
    order = [*(key for key in first if key in counts), *sorted(counts.keys() - set(first))]
    return ", ".join(f"{counts[key]} {key}" for key in order)
