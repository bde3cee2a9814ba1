"""Which partitions read which: between two assets, and in the runs of a backfill. Pure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from tui.definitions.partition_mappings import (
    NO_KEYS,
    Keys,
    PartitionMapping,
    Side,
    default_mapping,
    mapping_of,
)
from tui.definitions.partition_rows import partitions_of
from tui.definitions.partitions import MultiPartitionsDefinition, PartitionsDefinition
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.errors import SelectionError
from tui.graph import Asset, AssetGraph
from tui.graph.partition_status import parts_of


class Stage(NamedTuple):
    """Assets that one run can make together, in a backfill whose runs follow each other."""

    nodes: tuple[str, ...]
    partitions: PartitionsDefinition


@lru_cache(maxsize=256)
def _mappings(text: str) -> Mapping[str, PartitionMapping]:
    return {key: mapping_of(facts) for key, facts in json.loads(text).items()}


def mapping_said(graph: AssetGraph, below: str, above: str) -> PartitionMapping | None:
    """Which partitions of an asset another one reads, where definitions say it; None where they do
    not, and the default holds.
    """
    asset = graph.assets.get(below)
    return _mappings(asset.mappings).get(above) if asset is not None and asset.mappings else None


def reading(graph: AssetGraph, below: Asset, above: Asset) -> PartitionMapping:
    """Which partitions (or batches) of an asset another one reads; both have some."""
    said = mapping_said(graph, below.unique_id, above.unique_id)
    return said or default_mapping(partitions_of(below.parts), partitions_of(above.parts))


def partitions_read(graph: AssetGraph, unique_id: str) -> list[str]:
    """The assets with partitions that an asset with partitions reads, through ephemeral models
    too; itself, where it reads its earlier ones.
    """
    return _read(graph, unique_id, lambda asset: asset.partitions)


def parts_read(graph: AssetGraph, unique_id: str) -> list[str]:
    """The same of an asset with partitions or batches, and of those that have either."""
    return _read(graph, unique_id, lambda asset: asset.parts)


def _read(graph: AssetGraph, unique_id: str, row: Callable[[Asset], str]) -> list[str]:
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [*graph.assets[unique_id].depends_on]
    waiting += [unique_id] if mapping_said(graph, unique_id, unique_id) is not None else []
    while waiting:
        key = waiting.pop()
        asset = graph.assets.get(key)
        if asset is None or key in seen:
            continue
        seen.add(key)
        if row(asset):
            found[key] = None
        elif asset.materialized == "ephemeral":
            waiting += asset.depends_on
    return sorted(found)


def latest_window(
    partitions: PartitionsDefinition,
    every: Iterable[str],
    moment: datetime | None = None,
    lookback: float | None = None,
) -> Keys:
    """The partitions of the latest window of time, or of so many seconds before its end; all where
    there are no such windows.

    Args:
        partitions: What they are partitions of.
        every: All of them.
        moment: As of when; now by default.
        lookback: Seconds.
    """
    dimension, of_time = _of_time(partitions)
    if of_time is None:
        return frozenset(every)
    windows = of_time.windows(moment)
    if not windows:
        return NO_KEYS
    last = windows[-1]
    since = last.start if lookback is None else last.end - timedelta(seconds=lookback)
    recent = itertools.takewhile(lambda one: one.end > since, reversed(windows))
    keys = frozenset(of_time.key_of(one.start) for one in recent)
    if not isinstance(partitions, MultiPartitionsDefinition):
        return keys.intersection(every)
    part = partitions.get_partition_key_from_str
    return frozenset(key for key in every if part(key).keys_by_dimension[dimension] in keys)


def _of_time(
    partitions: PartitionsDefinition,
) -> tuple[str, TimeWindowPartitionsDefinition | None]:
    """The partitions that are windows of time: these, or those of the first such dimension, with
    its name.
    """
    if isinstance(partitions, TimeWindowPartitionsDefinition):
        return "", partitions
    if isinstance(partitions, MultiPartitionsDefinition):
        for name in partitions.partition_dimension_names:
            found = partitions.get_partitions_def_for_dimension(name)
            if isinstance(found, TimeWindowPartitionsDefinition):
                return name, found
    return "", None


def stages_of(graph: AssetGraph, nodes: Iterable[str]) -> list[Stage]:
    """The assets with partitions among some nodes (else those with batches), in groups that a run
    can make together: the same partitions, and none reads other partitions of another. What is
    upstream comes first.
    """
    parts = parts_of(graph, nodes)
    assets = {key: graph.assets[key] for key in parts}
    level: dict[str, int] = {}
    for key in graph.order:
        if key not in assets:
            continue
        level[key] = 0
        for above in parts_read(graph, key):
            if above in level and above != key:
                together = parts[above] == parts[key]
                is_same = reading(graph, assets[key], assets[above]).is_same and together
                level[key] = max(level[key], level[above] + (0 if is_same else 1))
    groups: dict[tuple[int, str], list[str]] = {}
    for key, place in level.items():
        facts = json.dumps(partitions_of(parts[key]).facts(), sort_keys=True)
        groups.setdefault((place, facts), []).append(key)
    return [
        Stage(tuple(keys), partitions_of(parts[keys[0]]))
        for _, keys in sorted(groups.items(), key=lambda item: item[0][0])
    ]


def keys_of_stages(graph: AssetGraph, stages: Sequence[Stage], chosen: Iterable[str]) -> list[Keys]:
    """The partitions that each stage of a backfill makes: of the first those that were chosen, of
    the others what is made of them.

    Raises:
        SelectionError: when a stage is made of nothing that is chosen.
    """
    found: list[Keys] = [frozenset(chosen)]
    stage_of = {key: place for place, stage in enumerate(stages) for key in stage.nodes}
    for place, stage in enumerate(stages[1:], 1):
        keys: set[str] = set()
        is_read = False
        down = Side.of(stage.partitions)
        for node in stage.nodes:
            for above in parts_read(graph, node):
                if stage_of.get(above, place) >= place:
                    continue
                is_read = True
                made = found[stage_of[above]]
                mapping = reading(graph, graph.assets[node], graph.assets[above])
                up = Side.of(stages[stage_of[above]].partitions)
                keys |= mapping.downstream(made, down, up)
        if not is_read:
            first, other = (graph.assets[one.nodes[0]].name for one in (stages[0], stage))
            raise SelectionError(
                f"{first} and {other} have different partitions: run them one after the other."
            )
        found.append(frozenset(keys).intersection(down.keys))
    return found
