"""Runs of partitions: which partitions a selection has, and the runs that make some of them.

Pure. A run makes partitions that follow each other, as many as the backfill policy allows.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from tui.definitions.errors import DefinitionError
from tui.definitions.partition_rows import dynamic_of, partitions_of
from tui.definitions.partitions import (
    RANGE_MARK,
    PartitionKeyRange,
    PartitionsDefinition,
)
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition, window_of
from tui.errors import SelectionError
from tui.graph import Asset, AssetGraph, AssetStatus
from tui.graph.history import NO_KEYS, Partitions
from tui.graph.partition_status import (
    PartitionState,
    PartitionStates,
    are_batches,
    partition_states,
    parts_of,
    states_by_facts,
)
from tui.runs.batches import batches_of
from tui.runs.partition_reading import (
    Stage,
    keys_of_stages,
    stages_of,
)
from tui.runs.plan import RunPlan, line_of_partitions, partition_words, plan_build
from tui.runs.values import History, Run

Busy = dict[str, PartitionState]
"""The partitions that a run makes, or waits to make."""
BY_POLICY = 0
"""As many partitions in a run as the backfill policies of the assets say."""
_ONE = {"batches": "batch", "partitions": "partition"}
NO_STATES = PartitionStates({})
"""Of what has no partitions."""
EVENT_TIME = "--event-time-start"
EVENT_TIME_END = "--event-time-end"
MOMENT = "%Y-%m-%dT%H:%M:%S"
"""How dbt is given an event time; it takes it as UTC."""
NOT_MADE = (PartitionState.MISSING, PartitionState.FAILED)
"""What a backfill makes when nobody says what."""


class Partitioned(NamedTuple):
    """The partitions of an asset, and how many of them one run of a backfill makes."""

    partitions: PartitionsDefinition
    per_run: int | None
    """None for all."""

    def keys(self, now: datetime | None = None) -> Sequence[str]:
        """All keys that there are now."""
        return self.partitions.get_partition_keys(now)


@lru_cache(maxsize=256)
def _partitioned(row: str) -> Partitioned:
    return Partitioned(partitions_of(row), json.loads(row).get("per_run"))


def partitioned(asset: Asset | None) -> Partitioned | None:
    """The partitions of an asset, else its batches; None where it has neither."""
    return _partitioned(asset.parts) if asset is not None and asset.parts else None


def common_partitions(graph: AssetGraph, nodes: Iterable[str]) -> Partitioned | None:
    """The partitions of these nodes, else the batches; None where none of them has any.

    Raises:
        SelectionError: when they have different ones: no run can make them together.
    """
    parts = parts_of(graph, nodes)
    if not parts:
        return None
    names = [graph.assets[key].name for key in parts]
    found = [_partitioned(row) for row in parts.values()]
    for name, one in zip(names, found, strict=True):
        if one.partitions != found[0].partitions:
            raise SelectionError(
                f"{names[0]} and {name} have different {word_of(graph, parts)}: run them one "
                "after the other.",
                hint="`dbtree backfill` makes what is missing or failed of each.",
            )
    return Partitioned(found[0].partitions, _least(graph, parts))


def word_of(graph: AssetGraph, nodes: Iterable[str]) -> str:
    """What the parts of some nodes are called."""
    return "batches" if are_batches(graph, nodes) else "partitions"


def counted(number: int, word: str) -> str:
    """So many partitions or batches: `1 batch`; `word` is of `word_of`."""
    return f"{number:,} {word}" if number != 1 else f"1 {_ONE[word]}"


def root_partitions(graph: AssetGraph, nodes: Iterable[str]) -> tuple[Stage, Partitioned] | None:
    """The partitions that are chosen for a backfill of some nodes, and the assets that have them:
    what is upstream. Those of the others follow from them. None where nothing has any.

    Raises:
        SelectionError: when some have different ones, and are not made of those.
    """
    stages = stages_of(graph, nodes)
    if not stages:
        return None
    keys_of_stages(graph, stages, ())
    return stages[0], Partitioned(stages[0].partitions, _least(graph, stages[0].nodes))


def _least(graph: AssetGraph, nodes: Iterable[str]) -> int | None:
    """How many partitions one run makes at most, as the policies of some assets say."""
    found = (_partitioned(row).per_run for row in parts_of(graph, nodes).values())
    return min((one for one in found if one is not None), default=None)


def keys_in(given: Partitioned, partition: str = "", between: str = "") -> list[str]:
    """The keys that a key or a range (`A...B`) means.

    Raises:
        SelectionError: for what is no partition, in a sentence that names some that are.
    """
    try:
        if partition:
            if not given.partitions.has_partition_key(partition):
                given.partitions.get_partition_keys_in_range(
                    PartitionKeyRange(partition, partition)
                )
                raise DefinitionError(_not_yet(partition, given))
            return [partition]
        start, mark, end = between.partition(RANGE_MARK)
        if not (start and mark and end):
            raise SelectionError(f"{between!r} is not a range of partitions: give FIRST...LAST.")
        found = given.partitions.get_partition_keys_in_range(PartitionKeyRange(start, end))
        there = set(given.keys())
    except DefinitionError as error:
        raise SelectionError(error.message) from error
    chosen = [key for key in found if key in there]
    if not chosen:
        raise SelectionError(f"There is no partition in {between}.")
    return chosen


def _not_yet(key: str, given: Partitioned) -> str:
    last = given.partitions.get_last_partition_key()
    there = f"the last is {last}" if last is not None else "there are none yet"
    return f"There is no partition {key!r}: {there}."


def latest_only(plan: RunPlan, graph: AssetGraph) -> RunPlan:
    """The plan for the latest partition, where it has any and none was named: what a schedule or a
    save starts.

    Raises:
        SelectionError: when what it builds has different partitions, or none yet.
    """
    if plan.partitions or are_batches(graph, plan.nodes):
        return plan
    given = common_partitions(graph, plan.nodes)
    if given is None:
        return plan
    last = given.partitions.get_last_partition_key()
    if last is None:
        raise SelectionError(f"{plan.label} has no partition yet.")
    return in_partitions(plan, [last])


def in_partitions(plan: RunPlan, keys: Sequence[str]) -> RunPlan:
    """A plan for some partitions, which follow each other."""
    return replace(
        plan, partitions=tuple(keys), label=f"{plan.label} · {partition_words(keys)}",
        dbt_line=line_of_partitions(plan.dbt_line, keys),
    )  # fmt: skip


def in_batches(plan: RunPlan, batches: PartitionsDefinition, keys: Sequence[str]) -> RunPlan:
    """A plan for some batches of microbatch models, which follow each other: dbt makes those of the
    event time that it is given.

    Raises:
        SelectionError: when the plan has an event time already.
    """
    if EVENT_TIME in plan.flags:
        raise SelectionError("Name either batches or an event time, not both.")
    label = f"{plan.label} · {partition_words(keys)}"
    timed = with_event_time(plan, *window_of(batches, keys[0], keys[-1]))
    return replace(timed, batches=tuple(keys), label=label)


def with_event_time(plan: RunPlan, start: datetime, end: datetime) -> RunPlan:
    """A plan whose microbatch models are built for this time, in UTC."""
    words = (EVENT_TIME, start.strftime(MOMENT), EVENT_TIME_END, end.strftime(MOMENT))
    line = f"{plan.dbt_line} {shlex.join(words)}"
    return replace(plan, flags=(*plan.flags, *words), dbt_line=line)


def in_parts(
    plan: RunPlan, graph: AssetGraph, parts: PartitionsDefinition, keys: Sequence[str]
) -> RunPlan:
    """A plan for some of its partitions, or batches where it has no partitions."""
    if are_batches(graph, plan.nodes):
        return in_batches(plan, parts, keys)
    return in_partitions(plan, keys)


def stretches(
    every: Sequence[str], chosen: Iterable[str], per_run: int | None
) -> list[tuple[str, ...]]:
    """Chosen keys in groups for one run each: such as follow each other, at most so many."""
    wanted, found = set(chosen), list[list[str]]()
    is_open = False
    for key in every:
        if key not in wanted:
            is_open = False
            continue
        if not is_open or (per_run is not None and len(found[-1]) >= per_run):
            found.append([])
        found[-1].append(key)
        is_open = True
    return [tuple(group) for group in found]


def only_partitioned(plan: RunPlan, graph: AssetGraph) -> RunPlan:
    """A plan without what has no partitions (where nothing has any, without what has no batches),
    which a backfill need not make again and again.

    Raises:
        SelectionError: when nothing is left.
    """
    kept = parts_of(graph, plan.nodes).keys()
    checks = {
        key for key in plan.nodes
        if key in graph.checks and graph.checks[key].asset in kept
    }  # fmt: skip
    if not kept:
        raise SelectionError(f"Nothing in {plan.label} has partitions.")
    nodes = tuple(key for key in plan.nodes if key in kept or key in checks)
    # What is planned anew from what was asked for would be the whole again.
    return plan if nodes == plan.nodes else replace(plan, nodes=nodes, asked=None)


def backfill(
    plan: RunPlan,
    graph: AssetGraph,
    chosen: Iterable[str],
    *,
    per_run: int | None,
    limit: int = 0,
    whole: bool = False,
) -> list[RunPlan]:
    """The runs that make some partitions of what a plan builds, in their order.

    Args:
        plan: What is built; of it, only what has partitions.
        graph: Of the plan.
        chosen: The keys; of what is made of the partitions of another asset in the plan, those
            follow from them.
        per_run: How many partitions one run makes at most; None for all that follow each other,
            BY_POLICY for what the backfill policies say.
        limit: How many runs there are at most; 0 for all.
        whole: Whether one run for all partitions builds what has none, too.

    Raises:
        SelectionError: when nothing has partitions, or they differ and none is made of the other.
    """
    own = only_partitioned(plan, graph)
    stages = stages_of(graph, own.nodes)
    found: list[RunPlan] = []
    for stage, keys in zip(stages, keys_of_stages(graph, stages, chosen), strict=True):
        most = _least(graph, stage.nodes) if per_run == BY_POLICY else per_run
        groups = stretches(stage.partitions.get_partition_keys(), keys, most)
        if whole and len(stages) == len(groups) == 1:
            return [in_parts(plan, graph, stage.partitions, groups[0])]
        part = own if len(stages) == 1 else part_of(own, graph, _with_checks(own, graph, stage))
        found += [in_parts(part, graph, stage.partitions, group) for group in groups]
    return found[: limit or None]


def _with_checks(plan: RunPlan, graph: AssetGraph, stage: Stage) -> set[str]:
    """The assets of a stage, and their checks in a plan."""
    kept = {*stage.nodes}
    checks = (key for key in plan.nodes if key in graph.checks and graph.checks[key].asset in kept)
    return kept.union(checks)


def part_of(plan: RunPlan, graph: AssetGraph, nodes: Iterable[str]) -> RunPlan:
    """A plan for some of its assets and checks alone."""
    kept = set(nodes)
    assets = [key for key in plan.nodes if key in kept and key in graph.assets]
    names = [graph.assets[key].name for key in assets]
    label = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    options = plan.asked.options if plan.asked is not None else ""
    run_options = plan.asked.run_options if plan.asked is not None else None
    line = plan_build(graph, assets, options=options, run_options=run_options).dbt_line
    left = tuple(key for key in plan.nodes if key in kept)
    return replace(plan, nodes=left, asked=None, label=label, dbt_line=line)


def states_of(
    graph: AssetGraph,
    unique_id: str,
    history: History,
    statuses: Mapping[str, AssetStatus],
    runs: Iterable[Run] = (),
    queue: Iterable[RunPlan] = (),
) -> PartitionStates:
    """How the partitions of an asset are now.

    Args:
        graph: What is built now.
        unique_id: The asset.
        history: Of the target.
        statuses: Of all assets: they say what is stale.
        runs: The runs of the target; those that go on make partitions.
        queue: What waits.
    """
    return KnownStates().of(graph, unique_id, history, statuses, runs, queue)


def _busy(asset: Asset, runs: Iterable[Run], queue: Iterable[RunPlan]) -> Busy:
    """The partitions of an asset that runs make, or wait to make."""
    busy: Busy = {}
    for plan in queue:
        if asset.unique_id in plan.nodes:
            busy.update(dict.fromkeys(plan.parts, PartitionState.QUEUED))
    for run in runs:
        node = run.nodes.get(asset.unique_id) if run.is_active else None
        if node is not None and node.status in ("queued", "running"):
            state = PartitionState.RUNNING if node.status == "running" else PartitionState.QUEUED
            busy.update(dict.fromkeys(run.partitions, state))
            # dbt begins the batches that it was asked for one after the other.
            asked = batches_asked(asset.batches, run.command) if asset.batches else ()
            busy.update(dict.fromkeys(asked, PartitionState.QUEUED))
            for batch in batches_of(node.batches):
                if batch.finished_at:
                    busy.pop(batch.name, None)
                else:
                    busy[batch.name] = PartitionState.RUNNING
    return busy


@lru_cache(maxsize=64)
def batches_asked(row: str, command: str) -> tuple[str, ...]:
    """The batches that a dbt command names by their event time.

    Args:
        row: The batches of the model, as its asset has them.
        command: As a shell has it.
    """
    if EVENT_TIME not in command:
        return ()
    batches = partitions_of(row)
    if not isinstance(batches, TimeWindowPartitionsDefinition):
        return ()
    words = shlex.split(command)
    said = {name: value for name, value in pairwise(words) if name in (EVENT_TIME, EVENT_TIME_END)}
    try:
        start, end = (datetime.fromisoformat(said[one]) for one in (EVENT_TIME, EVENT_TIME_END))
    except (KeyError, ValueError):  # of somebody's own command
        return ()
    start, end = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in (start, end))
    return tuple(batches.key_of(one.start) for one in batches.windows() if start <= one.start < end)


class _Known(NamedTuple):
    """How the partitions of an asset are, and what of."""

    records: Partitions
    stale: frozenset[str]
    busy: Busy
    keys: Collection[str]
    """In their order; as they were counted, where they were."""
    states: PartitionStates

    def is_of(
        self, records: Partitions, stale: frozenset[str], busy: Busy, keys: Collection[str]
    ) -> bool:
        """Whether nothing of it is other."""
        same = self.records is records and self.busy == busy and self.stale == stale
        return same and (self.keys is keys or (type(self.keys) is list and self.keys == keys))


class KnownStates:
    """How the partitions of assets are, computed again only when something of it is other."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(
        self,
        graph: AssetGraph,
        unique_id: str,
        history: History,
        statuses: Mapping[str, AssetStatus],
        runs: Iterable[Run] = (),
        queue: Iterable[RunPlan] = (),
    ) -> PartitionStates:
        """As `states_of`."""
        asset = graph.assets.get(unique_id)
        if asset is None or not asset.parts:
            return NO_STATES
        records, status = history.partitions_of(unique_id), statuses.get(unique_id)
        stale = status.stale_partitions if status is not None else NO_KEYS
        busy, known = _busy(asset, runs, queue), self._known.get(unique_id)
        facts = history.partition_facts.get(unique_id)
        # Keys that anybody may add are looked at, not taken from the last count.
        is_counted = (
            facts is not None
            and facts.records is records
            and not dynamic_of(_partitioned(asset.parts).partitions)
        )
        keys = facts.order if facts is not None and is_counted else _partitioned(asset.parts).keys()
        if known is not None and known.is_of(records, stale, busy, keys):
            return known.states
        if facts is not None and is_counted:
            found = states_by_facts(facts, busy, stale)
        else:
            found, keys = partition_states(keys, records, busy, stale), [*keys]
        self._known[unique_id] = _Known(records, stale, busy, keys, found)
        return found


def together(each: Mapping[str, PartitionStates]) -> PartitionStates:
    """How the partitions of several assets are: each as the asset that asks for most attention."""
    order = (
        PartitionState.RUNNING, PartitionState.QUEUED, PartitionState.FAILED,
        PartitionState.MISSING, PartitionState.STALE, PartitionState.MADE,
    )  # fmt: skip
    found: dict[str, PartitionState] = {}
    for states in each.values():
        for key, state in states.states.items():
            before = found.get(key, state)
            found[key] = min(state, before, key=order.index)
    there = [states.there for states in each.values()]
    return PartitionStates(found, frozenset.intersection(*there) if there else frozenset())
