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

An asset with partitions is as they are, once they are counted (`PartitionFacts`): **failed** when
the latest run of one of them failed, **never materialized** when none is there, **stale** when one
that is there is (partition_reasons.py), else **fresh**, however many are missing.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping

from tui.graph.asset_graph import BUILDABLE, AssetGraph, GraphChanges
from tui.graph.build_reasons import build_reasons, parent_reasons
from tui.graph.history import NO_KEYS, CheckResult, History, Materialization
from tui.graph.partition_reasons import outdated_batches, partition_reasons
from tui.graph.staleness import NEVER_BUILT, is_newer
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
                stale = before.stale_partitions
                found[key] = AssetStatus(now, before.reasons, since, run_id, "", stale)
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
    facts = history.partition_facts.get(key)
    if facts is not None and facts.is_of_batches is bool(asset.partitions):
        facts = None  # of before an edit
    built, attempt = history.built.get(key), told_attempt(history, key)
    if facts is None or facts.is_of_batches:
        if built is None and facts is not None and facts.builds:  # in runs that failed at others
            built = max((build.of for build in facts.builds), key=lambda one: one.finished_at)
        reasons = tuple(_reasons(graph, history, found, asset, built))
        stale = outdated_batches(graph, history, asset, facts) if facts is not None else NO_KEYS
    else:
        reasons, stale = partition_reasons(graph, history, found, asset, facts)
        built = built if facts.builds else None
    latest = attempt if attempt is not built else None
    since, run_id = (attempt.finished_at, attempt.run_id) if attempt else (0.0, "")

    def status(word: Status, because: str = "") -> AssetStatus:
        return AssetStatus(word, reasons, since, run_id, because, stale)

    if (doing := activity.get(key)) is not None:
        word, since, run_id = doing
        return status(_RUNNING if word == "running" else _QUEUED)
    if latest is not None and latest.status == "skipped":
        return status(Status.SKIPPED, latest.skipped_because)
    if latest is not None:
        return status(Status.FAILED)
    if built is None:
        return status(Status.NEVER)
    failed, warned = _worst_checks(graph, history, key)
    if failed:
        return status(Status.CHECKS_FAILED, failed)
    if reasons:
        return status(Status.STALE, warned)
    return status(Status.WARNED, warned) if warned else status(Status.FRESH)


def told_attempt(history: History, unique_id: str) -> Materialization | None:
    """The one attempt that the status of an asset reports: the latest where it failed or was
    skipped, else the one that built it. What was cancelled does not count. Of an asset with
    partitions, the latest that failed at a partition, whatever was made of the others since.
    """
    built, latest = history.built.get(unique_id), history.latest.get(unique_id)
    failed = latest is not None and latest.status in FAILURES
    facts = history.partition_facts.get(unique_id)
    if facts is not None and facts.failure is not None:
        return facts.failure
    if facts is not None and not facts.is_of_batches:
        built = built if facts.builds else None
        records = history.partitions_of(unique_id).values()
        # One that failed at a partition that was made since, or that there is no more.
        failed = failed and all(one.latest.run_id != latest.run_id for one in records if latest)
    if latest is not None and (failed or latest.status == "skipped"):
        return latest
    return built


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
    yield from build_reasons(graph, history, asset, built)
    for upstream in graph.built_upstream[asset.unique_id]:
        yield from parent_reasons(graph, history, upstream, built)
        name = graph.assets[upstream].name
        above = history.built.get(upstream)
        if above is not None and is_newer(above, built):
            detail = f"{name} was materialized after it (run {above.run_id})"
            yield StaleReason("upstream", detail, upstream, above.finished_at)
        status = found.get(upstream)
        if status is not None and status.reasons and not history.read_elsewhere(upstream):
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
