"""Two recorded runs compared: reads from the index and the recorded code what `comparison` needs.

Takes some milliseconds, more for runs of thousands of nodes: for a thread.
"""

from __future__ import annotations

from tui.errors import RunError
from tui.protocol.recorded_code import RecordedCode
from tui.runs.comparison import (
    TREND,
    AssetDifference,
    Comparison,
    baseline_of,
    compare,
    difference,
    in_order,
)
from tui.runs.store import RunStore
from tui.runs.values import Run

LOOKED_AT = 1000
"""So many of the latest runs are considered when a run to compare with is looked for."""


def compare_recorded(store: RunStore, first: str, second: str = "") -> Comparison:
    """The two runs, whichever is the earlier; without a second one, the first is compared with the
    latest good run of the same selection before it.

    Raises:
        RunError: where there is no such run, or none to compare with.
    """
    found = _run(store, first)
    other = _run(store, second) if second else _baseline(store, found)
    if found.run_id == other.run_id:
        raise RunError(f"{found.run_id} cannot be compared with itself.", hint="Name two runs.")
    then, now = in_order(found, other)
    was, made = store.recorded(then.run_id), store.recorded(now.run_id)
    told = [change.unique_id for change in compare(then, now, was, made).differing]
    trends = store.trends(told, now.target, until=now.started_at, latest=TREND)
    return compare(then, now, was, made, trends)


def difference_recorded(store: RunStore, comparison: Comparison, unique_id: str) -> AssetDifference:
    """What differs in what an asset was built from in the two runs."""
    was, made = (
        store.recorded(run.run_id, unique_id).get(unique_id)
        for run in (comparison.then, comparison.now)
    )
    digests = [
        digest
        for found in (was, made)
        if found is not None
        for digest in (found.fingerprint.sql, found.fingerprint.compiled)
    ]
    return difference(was, made, RecordedCode(store.state_dir).texts(digests))


def _run(store: RunStore, run_id: str) -> Run:
    run = store.run(run_id)
    if run is None:
        raise RunError(f"There is no run {run_id}.", hint="`dbtree runs` lists them.")
    return run


def _baseline(store: RunStore, run: Run) -> Run:
    found = baseline_of(run, store.runs(LOOKED_AT))
    if found is None:
        raise RunError(
            f"No earlier run of the same selection as {run.run_id} went well.",
            hint="Name the run to compare it with.",
        )
    return _run(store, found.run_id)
