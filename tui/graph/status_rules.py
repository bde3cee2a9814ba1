"""The status of every asset: graph + history + what is running now → statuses.

The rules, the first that holds:

1. A source, an exposure and an ephemeral model are what they are: nothing builds them.
2. **running**, then **queued**: an active run works on it, or will.
3. **failed**: its latest attempt failed. It stays so when it was edited since; the reasons then
   say what was edited. (An attempt that was cancelled or interrupted does not count.)
4. **skipped**: in its latest attempt, for the failed asset or check in `because`.
5. **never materialized** on this target.
6. **checks failed**: the latest result of one of its checks is a failure or an error. A failed
   check stays until it passes again, whatever is edited or built in between.
7. **stale**: there is at least one reason (see staleness.py, and the upstream ones below).
8. **warned**: the latest result of one of its checks is a warning.
9. **fresh**.

Failures come before staleness, so `reasons` are given with every status of rules 2 to 7:
`AssetStatus.is_outdated` says whether a build would change something, and `AssetStatus.words` gives
all statuses at once: `checks failed` and `stale`.

Reasons that come from upstream look through ephemeral models to the nearest assets that are built:
such a one was materialized after this asset's own materialization started (`upstream`), or is
itself outdated (`upstream_stale`). A source has no materializations and gives no reason.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping

from tui.graph.asset_graph import BUILDABLE, AssetGraph, GraphChanges
from tui.graph.history import CheckResult, History, Materialization
from tui.graph.partition_status import stale_partitions
from tui.graph.relations import is_where_it_was_built
from tui.graph.staleness import (
    NEVER_BUILT,
    deferral_reason,
    deferred_parents,
    is_newer,
    own_reasons,
)
from tui.graph.status import AssetStatus, StaleReason, Status
from tui.protocol.events import FAILURES
from tui.protocol.records import DECLARED, Asset

Activity = Mapping[str, tuple[str, float, str]]
"""What active runs do: unique_id → (`queued` or `running`, since when, run id)."""

FAILED_CHECK = frozenset({"fail", "error", "runtime error"})

_QUEUED, _RUNNING = Status.QUEUED, Status.RUNNING
_BUSY = frozenset({_QUEUED, _RUNNING})
_AS_THEY_ARE = frozenset({Status.SOURCE, Status.EXPOSURE, Status.EPHEMERAL})
_SOURCE = AssetStatus(Status.SOURCE)
_EXPOSURE = AssetStatus(Status.EXPOSURE)
_EPHEMERAL = AssetStatus(Status.EPHEMERAL)
_NO_ACTIVITY: Activity = {}


def statuses(
    graph: AssetGraph, history: History, activity: Activity = _NO_ACTIVITY
) -> dict[str, AssetStatus]:
    """The status of every asset of the graph."""
    found: dict[str, AssetStatus] = {}
    for key in graph.order:
        found[key] = _status(graph, history, activity, found, graph.assets[key])
    return found


def recompute(
    previous: Mapping[str, AssetStatus],
    graph: AssetGraph,
    history: History,
    activity: Activity,
    changed: Iterable[str],
    busied: Iterable[str] = (),
) -> dict[str, AssetStatus]:
    """The statuses after a change, computed only where it can matter.

    Args:
        previous: the statuses before the change.
        graph: the graph after it.
        history: the history after it.
        activity: what active runs do now.
        changed: assets and checks of which record, edges, history or activity changed (see
            `touched` for those of an edit); what is not in the graph any more is left out.
        busied: those of which nothing but the activity changed.
    """
    found = dict(previous)
    own = _assets_of(graph, changed, found)
    _update_busied(found, graph, history, activity, (key for key in busied if key not in own))
    _update_downstream(found, graph, history, activity, own)
    return found


def _update_busied(
    found: dict[str, AssetStatus],
    graph: AssetGraph,
    history: History,
    activity: Activity,
    busied: Iterable[str],
) -> None:
    """What is worked on is as outdated as it was, and so is all that stands below it."""
    for key in busied:
        before = found.get(key)
        if before is None:
            continue
        doing = activity.get(key)
        status = before.status
        if doing is not None and status not in _AS_THEY_ARE:
            word, since, run_id = doing
            now = _RUNNING if word == "running" else _QUEUED
            # All of a project at once: what waits already is left as it is.
            if status is not now or before.since != since or before.run_id != run_id:
                found[key] = AssetStatus(now, before.reasons, since, run_id)
        elif status in _BUSY:
            found[key] = _status(graph, history, activity, found, graph.assets[key])


def _update_downstream(
    found: dict[str, AssetStatus],
    graph: AssetGraph,
    history: History,
    activity: Activity,
    own: Collection[str],
) -> None:
    """Assets that changed, and all below them that this reaches, from the top down."""
    waiting = [(graph.depth[key], key) for key in own]
    heapq.heapify(waiting)
    queued = set(own)
    while waiting:
        _, key = heapq.heappop(waiting)
        new = _status(graph, history, activity, found, graph.assets[key])
        # What stands below reads the materialization and whether this is outdated; an ephemeral
        # model passes on what it was reached by.
        if key in own or new != found.get(key) or new.status is Status.EPHEMERAL:
            for child in graph.downstream[key]:
                if child not in queued:
                    queued.add(child)
                    heapq.heappush(waiting, (graph.depth[child], child))
        found[key] = new


def _assets_of(
    graph: AssetGraph, changed: Iterable[str], found: dict[str, AssetStatus]
) -> set[str]:
    """The assets of changed assets and checks; what is gone from the graph goes from `found`."""
    own = set()
    for key in changed:
        if key in graph.checks:
            key = graph.checks[key].asset
        if key in graph.assets:
            own.add(key)
        else:
            found.pop(key, None)
    return own


def touched(before: AssetGraph, changes: GraphChanges) -> set[str]:
    """The assets and checks whose own status an edit can change; see `recompute`.

    Args:
        before: the graph before the edit.
        changes: the edit.
    """
    found = {asset.unique_id for asset in changes.assets}
    found.update(check.unique_id for check in changes.checks)
    found.update(changes.removed)
    found.update(changes.compiled)
    for key in [*changes.removed, *(check.unique_id for check in changes.checks)]:
        if key in before.checks:
            found.add(before.checks[key].asset)
        found.update(before.downstream.get(key, ()))
    if macros := {
        key for key, digest in changes.macros.items() if before.macros.get(key) != digest
    }:
        found.update(
            key for key, asset in before.assets.items() if not macros.isdisjoint(asset.macros)
        )
    return found


def _status(
    graph: AssetGraph,
    history: History,
    activity: Activity,
    found: Mapping[str, AssetStatus],
    asset: Asset,
) -> AssetStatus:
    """The status of one asset, given those of all that is upstream of it."""
    key = asset.unique_id
    if asset.resource_type not in BUILDABLE:
        return _EXPOSURE if asset.resource_type in DECLARED else _SOURCE
    if asset.materialized == "ephemeral":
        return _EPHEMERAL
    built, attempt = history.built.get(key), told_attempt(history, key)
    latest = attempt if attempt is not built else None
    reasons = tuple(_reasons(graph, history, found, asset, built))
    since, run_id = (attempt.finished_at, attempt.run_id) if attempt else (0.0, "")
    doing = activity.get(key)
    if doing is not None:
        return _busy(doing, reasons)
    if latest is not None and latest.status == "skipped":
        return AssetStatus(Status.SKIPPED, reasons, since, run_id, latest.skipped_because)
    if latest is not None:
        return AssetStatus(Status.FAILED, reasons, since, run_id)
    if built is None:
        return AssetStatus(Status.NEVER, reasons, since, run_id)
    failed, warned = _worst_checks(graph, history, key)
    if failed:
        return AssetStatus(Status.CHECKS_FAILED, reasons, since, run_id, failed)
    if reasons:
        return AssetStatus(Status.STALE, reasons, since, run_id, warned)
    if warned:
        return AssetStatus(Status.WARNED, (), since, run_id, warned)
    return AssetStatus(Status.FRESH, (), since, run_id)


def told_attempt(history: History, unique_id: str) -> Materialization | None:
    """The one attempt that the status of an asset reports: the latest where it failed or was
    skipped, else the one that built it. What was cancelled does not count.
    """
    latest = history.latest.get(unique_id)
    if latest is not None and (latest.status in FAILURES or latest.status == "skipped"):
        return latest
    return history.built.get(unique_id)


def _busy(doing: tuple[str, float, str], reasons: tuple[StaleReason, ...]) -> AssetStatus:
    word, since, run_id = doing
    return AssetStatus(_RUNNING if word == "running" else _QUEUED, reasons, since, run_id)


def _reasons(
    graph: AssetGraph,
    history: History,
    found: Mapping[str, AssetStatus],
    asset: Asset,
    built: Materialization | None,
) -> Iterator[StaleReason]:
    if built is None:
        yield NEVER_BUILT
        return
    own = list(own_reasons(graph, asset, built))
    yield from own
    if asset.partitions and not own:
        records = history.partitions_of(asset.unique_id)
        if count := len(stale_partitions(graph, asset.unique_id, records)):
            detail = f"{count:,} of its partitions {'was' if count == 1 else 'were'} built from "
            yield StaleReason("partitions", f"{detail}something else")
    if asset.unique_id in history.missing and is_where_it_was_built(asset, built):
        yield StaleReason("relation_missing", f"the relation {asset.relation} is gone")
    deferred = deferred_parents(built)
    if deferred is None and not history.deferral:
        yield StaleReason("deferred", "built with --defer: what it read elsewhere is not known")
    for upstream in graph.built_upstream[asset.unique_id]:
        name = graph.assets[upstream].name
        elsewhere = history.read_elsewhere(upstream) if history.deferral else ""
        if (reason := deferral_reason(name, upstream, deferred, elsewhere)) is not None:
            yield reason
        above = history.built.get(upstream)
        if above is not None and is_newer(above, built):
            detail = f"{name} was materialized after it (run {above.run_id})"
            yield StaleReason("upstream", detail, upstream, above.finished_at)
        status = found.get(upstream)
        if status is not None and status.reasons and not elsewhere:
            word = "is stale" if above is not None else "was never materialized"
            yield StaleReason("upstream_stale", f"{name} {word}", upstream)


def _worst_checks(graph: AssetGraph, history: History, unique_id: str) -> tuple[str, str]:
    """The first failed and the first warning check of an asset, by name."""
    failed = warned = ""
    for check in graph.checks_of.get(unique_id, ()):
        result = history.checks.get(check)
        if result is None:
            continue
        if result.status in FAILED_CHECK:
            failed = failed or check
        elif result.status == "warn":
            warned = warned or check
    return failed, warned


_CHECK_STATUSES = {"pass": Status.PASSED, "warn": Status.WARNED, "skipped": Status.SKIPPED}


def check_status(
    unique_id: str, history: History, activity: Activity = _NO_ACTIVITY
) -> AssetStatus:
    """The status of one check: never run, queued, running, passed, failed, warned or skipped."""
    result: CheckResult | None = history.checks.get(unique_id)
    if unique_id in activity:
        word, since, run_id = activity[unique_id]
        status = Status.RUNNING if word == "running" else Status.QUEUED
        return AssetStatus(status, (), since, run_id)
    if result is None:
        return AssetStatus(Status.NEVER)
    status = _CHECK_STATUSES.get(result.status, Status.FAILED)
    return AssetStatus(status, (), result.finished_at, result.run_id)
