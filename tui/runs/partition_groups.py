"""What is built together although its partitions differ: in groups, one after the other. Pure.

A group has the same partitions, or none; what is upstream comes first. Which partitions of each are
made is said for all of them at once: those that are stale, those that are not current, the latest
ones, all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from tui.definitions.partition_mappings import Keys, Side
from tui.definitions.partition_rows import partitions_of
from tui.graph import AssetGraph
from tui.graph.partition_status import PartitionState, PartitionStates, parts_of
from tui.protocol.records import DECLARED
from tui.runs.partition_reading import parts_read, reading
from tui.runs.partitioned import (
    BY_POLICY,
    Partitioned,
    in_parts,
    part_of,
    partitioned,
    stretches,
)
from tui.runs.plan import RunPlan


class Wanted(Enum):
    """Which partitions are made of what has some."""

    STALE = "stale"
    NOT_CURRENT = "missing, failed or stale"
    LATEST = "the latest"
    ALL = "all"
    NONE = "none"


OUTDATED = (PartitionState.STALE,)
NOT_CURRENT = (PartitionState.MISSING, PartitionState.FAILED, PartitionState.STALE)


class Group(NamedTuple):
    """Assets that one run can build together, and their checks."""

    assets: tuple[str, ...]
    nodes: tuple[str, ...]
    """Assets and checks."""
    partitioned: Partitioned | None
    """None of what has no partitions."""


def groups_of(graph: AssetGraph, nodes: Collection[str]) -> list[Group]:
    """The groups of what a plan builds, in the order in which they are built: as few as there can
    be.
    """
    chosen, parts = set(nodes), parts_of(graph, nodes)
    level: dict[str, int] = {}
    for key in graph.order:
        if key in chosen and graph.assets[key].resource_type not in DECLARED:
            above = (one for one in graph.built_upstream.get(key, ()) if one in level)
            level[key] = max(
                (level[one] + (not _together(graph, parts, key, one)) for one in above), default=0
            )
    groups: dict[tuple[int, str], list[str]] = {}
    for key, place in level.items():
        groups.setdefault((place, _kind(parts.get(key, ""))), []).append(key)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], bool(item[0][1])))
    place_of = {key: place for place, (_, keys) in enumerate(ordered) for key in keys}
    checks: dict[int, list[str]] = {}
    for key in nodes:
        if (check := graph.checks.get(key)) is not None:
            read = (place_of[one] for one in (check.asset, *check.depends_on) if one in place_of)
            checks.setdefault(max(read, default=0), []).append(key)
    return [
        Group(
            tuple(keys),
            (*keys, *checks.get(place, ())),
            partitioned(graph.assets[keys[0]]) if keys[0] in parts else None,
        )
        for place, (_, keys) in enumerate(ordered)
    ]


def _kind(row: str) -> str:
    return json.dumps(partitions_of(row).facts(), sort_keys=True) if row else ""


def _together(graph: AssetGraph, parts: Mapping[str, str], below: str, above: str) -> bool:
    """Whether one run can build both, one of which reads the other."""
    one, other = parts.get(below, ""), parts.get(above, "")
    if not one or not other:
        return one == other
    alike = partitions_of(one) == partitions_of(other)
    return alike and reading(graph, graph.assets[below], graph.assets[above]).is_same


def keys_of_groups(
    graph: AssetGraph,
    groups: Sequence[Group],
    states: Mapping[str, PartitionStates],
    wanted: Wanted,
) -> list[Keys]:
    """The partitions that are made of each group: of one without partitions none.

    Args:
        graph: What is built.
        groups: Of a plan.
        states: How the partitions of each asset are.
        wanted: Which are made. What is made of them in a later group follows, where it is there.
    """
    found: list[Keys] = []
    group_of = {key: place for place, group in enumerate(groups) for key in group.assets}
    for group in groups:
        own: set[str] = set()
        if group.partitioned is not None and wanted is not Wanted.NONE:
            for key in group.assets:
                own |= _own(states[key], wanted)
                if wanted in (Wanted.STALE, Wanted.NOT_CURRENT):
                    own |= _following(graph, key, group_of, groups, found) & states[key].there
        found.append(frozenset(own))
    return found


def _own(states: PartitionStates, wanted: Wanted) -> set[str]:
    keys = list(states.states)
    match wanted:
        case Wanted.STALE:
            return set(states.of(*OUTDATED))
        case Wanted.NOT_CURRENT:
            return set(states.of(*NOT_CURRENT))
        case Wanted.LATEST:
            return set(keys[-1:])
    return set(keys)


def _following(
    graph: AssetGraph,
    key: str,
    group_of: Mapping[str, int],
    groups: Sequence[Group],
    found: Sequence[Keys],
) -> Keys:
    """The partitions of an asset that are made of those that earlier groups make."""
    keys: set[str] = set()
    for above in parts_read(graph, key):
        place = group_of.get(above, len(found))
        group = groups[place] if place < len(found) else None
        own = partitioned(graph.assets[key])
        if group is not None and group.partitioned is not None and own is not None:
            mapping = reading(graph, graph.assets[key], graph.assets[above])
            sides = (Side.of(one.partitions) for one in (own, group.partitioned))
            keys |= mapping.downstream(found[place], *sides)
    return frozenset(keys)


def keys_in_states(
    graph: AssetGraph,
    groups: Sequence[Group],
    states: Mapping[str, PartitionStates],
    wanted: Sequence[PartitionState],
) -> list[Keys]:
    """The partitions of each group that are in some states in any of its assets, and those that are
    made of what earlier groups make.
    """
    found: list[Keys] = []
    group_of = {key: place for place, group in enumerate(groups) for key in group.assets}
    for group in groups:
        own: set[str] = set()
        for key in group.assets if group.partitioned is not None else ():
            own.update(states[key].of(*wanted))
            own |= _following(graph, key, group_of, groups, found) & states[key].states.keys()
        found.append(frozenset(own))
    return found


def plans_of(
    plan: RunPlan,
    graph: AssetGraph,
    groups: Sequence[Group],
    keys: Sequence[Keys],
    *,
    per_run: int | None = BY_POLICY,
) -> list[RunPlan]:
    """The runs that build the groups of a plan with these partitions, in their order. A group with
    partitions of which none is wanted is not built.

    Args:
        plan: What is built.
        graph: Of the plan.
        groups: Of the plan.
        keys: Of each group.
        per_run: How many partitions one run makes at most, as of `partitioned.backfill`.
    """
    found: list[RunPlan] = []
    for group, wanted in zip(groups, keys, strict=True):
        if group.partitioned is None:
            found.append(part_of(plan, graph, group.nodes) if len(groups) > 1 else plan)
        elif wanted:
            every = group.partitioned.keys()
            part = part_of(plan, graph, group.nodes) if len(groups) > 1 else plan
            most = _per_run(graph, group.assets) if per_run == BY_POLICY else per_run
            given = group.partitioned.partitions
            found += [in_parts(part, graph, given, run) for run in stretches(every, wanted, most)]
    return found


def _per_run(graph: AssetGraph, assets: Iterable[str]) -> int | None:
    """How many partitions one run makes at most, as the policies of some assets say."""
    each = (partitioned(graph.assets[key]) for key in assets)
    limits = (one.per_run for one in each if one is not None and one.per_run is not None)
    return min(limits, default=None)
