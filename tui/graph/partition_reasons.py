"""Why partitions of an asset are stale, and which: what its status says follows from them.

A partition that is there is stale when

- the asset's own code, configuration, macros or inputs are others than those that it was built
  from, or its relation is gone;
- a partition that it reads was made again since, or is stale (its own earlier ones, where it reads
  them, when they were made again);
- something without partitions that it reads was built since, or is stale. As Dagster's
  `AutomationCondition.eager` has it, that concerns the latest window of time alone, where there are
  windows of time: which of the earlier ones would differ cannot be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tui.graph.asset_graph import AssetGraph
from tui.graph.build_reasons import build_reasons, parent_reasons
from tui.graph.history import NO_KEYS, History, PartitionFacts, PartitionKeys, united
from tui.graph.staleness import NEVER_BUILT, is_newer
from tui.graph.status import AssetStatus, StaleReason
from tui.protocol.records import Asset


def partition_reasons(
    graph: AssetGraph,
    history: History,
    found: Mapping[str, AssetStatus],
    asset: Asset,
    facts: PartitionFacts,
) -> tuple[tuple[StaleReason, ...], PartitionKeys]:
    """Why an asset with partitions is stale, and the partitions that are: each reason says how many
    it concerns, and which of them comes first.

    Args:
        graph: What is built now.
        history: What runs left.
        found: The statuses of what is upstream.
        asset: The asset.
        facts: Of its partitions.
    """
    made = facts.made
    if not made:
        return (NEVER_BUILT,), NO_KEYS
    by_reason: dict[StaleReason, PartitionKeys] = {}
    for reason, keys in (
        *_of_builds(graph, history, asset, facts),
        *_of_parents(graph, history, found, asset, facts, made),
    ):
        by_reason[reason] = united((by_reason.get(reason, NO_KEYS), keys))
    reasons = (_counted(reason, keys, facts) for reason, keys in by_reason.items())
    return tuple(reasons), united(by_reason.values())


def outdated_batches(
    graph: AssetGraph, history: History, asset: Asset, facts: PartitionFacts
) -> PartitionKeys:
    """The batches of a microbatch model that were built from something else than it would be built
    from now. The model need not be stale: as of any incremental model, its latest run says that.
    """
    return united(keys for _, keys in _of_builds(graph, history, asset, facts))


def _of_builds(
    graph: AssetGraph, history: History, asset: Asset, facts: PartitionFacts
) -> Iterator[tuple[StaleReason, PartitionKeys]]:
    """What the partitions were built from, compared with what they would be built from now."""
    for build in facts.builds:
        for reason in build_reasons(graph, history, asset, build.of):
            yield reason, build.keys
        for upstream in graph.built_upstream[asset.unique_id]:
            for reason in parent_reasons(graph, history, upstream, build.of):
                yield reason, build.keys


def _of_parents(
    graph: AssetGraph,
    history: History,
    found: Mapping[str, AssetStatus],
    asset: Asset,
    facts: PartitionFacts,
    made: PartitionKeys,
) -> Iterator[tuple[StaleReason, PartitionKeys]]:
    """What was built since upstream, or is stale there."""
    itself = {asset.unique_id} & facts.later.keys()
    for upstream in (*graph.built_upstream[asset.unique_id], *itself):
        name = graph.assets[upstream].name
        later, at = facts.later.get(upstream, (NO_KEYS, 0.0))
        if upstream not in facts.readers:
            later, at = _concerned_by(history, facts, upstream)
        if newer := later & made:
            detail = f"{name} was materialized after it"
            yield StaleReason("upstream", detail, upstream, at), newer
        if upstream not in itself and (stale := _stale_with(history, found, facts, upstream)):
            word = "is stale" if upstream in history.built else "was never materialized"
            yield StaleReason("upstream_stale", f"{name} {word}", upstream), stale


def _stale_with(
    history: History, found: Mapping[str, AssetStatus], facts: PartitionFacts, upstream: str
) -> PartitionKeys:
    """The partitions that are stale because something upstream is."""
    status = found.get(upstream)
    if status is None or not status.reasons or history.read_elsewhere(upstream):
        return NO_KEYS
    if (reader := facts.readers.get(upstream)) is None:
        return frozenset(key for key, _ in facts.concerned)
    return reader(status.stale_partitions) & facts.made if status.stale_partitions else NO_KEYS


def _concerned_by(
    history: History, facts: PartitionFacts, upstream: str
) -> tuple[PartitionKeys, float]:
    """The partitions after which something without partitions was built, and when."""
    above = history.built.get(upstream)
    if above is None:
        return NO_KEYS, 0.0
    keys = frozenset(key for key, built in facts.concerned if is_newer(above, built))
    return keys, above.finished_at


def _counted(reason: StaleReason, keys: PartitionKeys, facts: PartitionFacts) -> StaleReason:
    words = f"{reason.detail}: {partitions_in_words(keys, facts)}"
    return StaleReason(reason.kind, words, reason.cause, reason.at)


def partitions_in_words(keys: Collection[str], facts: PartitionFacts) -> str:
    """How many partitions these are, and the first of them: `3 partitions, first 2026-01-04`."""
    build = next((one for one in facts.builds if one.keys is keys), None)
    first = build.first if build is not None else min(keys, key=facts.order.__getitem__)
    one, many = ("batch", "batches") if facts.is_of_batches else ("partition", "partitions")
    return f"{one} {first}" if len(keys) == 1 else f"{len(keys):,} {many}, first {first}"


def failed_partitions(history: History, unique_id: str) -> str:
    """The partitions of an asset whose latest run failed, in words; empty where none did, or it has
    none.
    """
    facts = history.partition_facts.get(unique_id)
    return partitions_in_words(facts.failed, facts) if facts is not None and facts.failed else ""
