"""Evaluates the automation conditions of an open project, and starts the runs that they ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.runs.partitioned import in_partitions, partitioned, stretches
from tui.runs.plan import RunPlan, plan_build
from tui.schedules.automation import governed, memory_of, memory_text, result_text, world_of
from tui.schedules.conditions import Condition
from tui.schedules.evaluation import evaluate
from tui.schedules.outcomes import Outcome, SensingWorkspace
from tui.schedules.planning import BY_SENSOR
from tui.schedules.run_keys import Kept, repeated
from tui.schedules.sensor_store import SensorStore
from tui.schedules.sensor_values import Sensor
from tui.schedules.world import Subset, World
from tui.text.formats import plural

NAMED = 3
"""Assets that a tick names."""


class AutomationService:
    """The conditions of one project, as one window evaluates them."""

    def __init__(self, store: Callable[[], SensorStore], workspace: SensingWorkspace) -> None:
        self._store = store
        self._workspace = workspace
        self._kept: dict[tuple[str, str], dict[str, str]] = {}
        """By sensor and target: what is written of each asset's condition."""

    async def outcome(
        self,
        sensor: Sensor,
        sensors: Iterable[Sensor],
        cursor: str | None,
        now: float,
        again: Sequence[Kept] = (),
    ) -> Outcome:
        """Evaluate, and start what is asked for. Raises DbtreeError.

        Args:
            sensor: The sensor.
            sensors: All of the project.
            cursor: What it remembers.
            now: Seconds since the epoch.
            again: What was asked for, and dbtree was closed while it waited.
        """
        conditions = await governed(self._workspace, sensor, sensors)
        world = await world_of(self._workspace, conditions.values(), now)
        done = await asyncio.to_thread(_evaluated, conditions, world, cursor)
        self._keep(sensor, done.results, now)
        after = done.cursor
        counted = plural(len(conditions), "condition")
        if not done.requested and not again:
            return Outcome("skipped", f"none of {counted} is true", cursor=after)
        tags = {**sensor.row.tags, BY_SENSOR: sensor.name}
        options = self._workspace.state.project.options
        started: list[str] = []
        store, target = self._store(), str(self._workspace.state.target)
        plans = plans_of(world.graph, done.requested, options, tags)
        for plan in [*plans_again(world.graph, again, done.requested, options, tags), *plans]:
            run_id = self._workspace.materialize(plan)
            if not run_id:
                words = "A run could not be started."
                return Outcome("failed", words, tuple(started), cursor)
            started.append(run_id)
            store.keep_request(sensor.name, target, run_id, [plan.nodes, plan.partitions], now)
        for one in again:
            store.forget_request(sensor.name, target, one.run_id)
        if not started:  # what was asked for again is gone, or asked for anyhow
            return Outcome("skipped", f"none of {counted} is true", cursor=after)
        words = " · ".join(filter(None, (_named(world.graph, done.requested), repeated(again))))
        return Outcome("run", words, tuple(started), after)

    def _keep(self, sensor: Sensor, found: dict[str, str], now: float) -> None:
        """Write what is new of what came of the conditions."""
        target = str(self._workspace.state.target)
        key = (sensor.name, target)
        if key not in self._kept:
            kept = self._store().conditions(sensor.name, target)
            self._kept[key] = {asset: text for asset, (_, text) in kept.items()}
        known = self._kept[key]
        new = {asset: text for asset, text in found.items() if known.get(asset) != text}
        gone = known.keys() - found.keys()
        if new or gone:
            self._store().keep_conditions(sensor.name, target, now, new, gone)
        self._kept[key] = found


class _Evaluated(NamedTuple):
    """What came of an evaluation, as it is written."""

    requested: Mapping[str, Subset]
    results: dict[str, str]
    cursor: str


def _evaluated(conditions: Mapping[str, Condition], world: World, cursor: str | None) -> _Evaluated:
    """Evaluate conditions; in a thread, since thousands of them take a second."""
    done = evaluate(conditions, world, memory_of(cursor))
    results = {asset: result_text(result) for asset, result in done.results.items()}
    return _Evaluated(done.requested, results, memory_text(done.memory))


def plans_of(
    graph: AssetGraph, requested: Mapping[str, Subset], options: str, tags: Mapping[str, str]
) -> list[RunPlan]:
    """The runs that make what is requested: one for all without partitions, and one for each
    stretch of partitions that some assets have in common.
    """
    groups: dict[tuple[str, Subset], list[str]] = {}
    for asset, subset in requested.items():
        groups.setdefault((graph.assets[asset].partitions, subset), []).append(asset)
    plans: list[RunPlan] = []
    for (row, subset), assets in groups.items():
        plan = replace(plan_build(graph, assets, options=options), tags=tuple(tags.items()))
        given = partitioned(graph.assets[assets[0]]) if row else None
        if given is None:
            plans.append(plan)
            continue
        found = stretches(given.keys(), subset, given.per_run)
        if not found:
            raise SelectionError(f"{plan.label} has no such partitions.")
        plans += [in_partitions(plan, keys) for keys in found]
    return plans


def plans_again(
    graph: AssetGraph,
    again: Sequence[Kept],
    requested: Container[str],
    options: str,
    tags: Mapping[str, str],
) -> list[RunPlan]:
    """The runs that dbtree was closed on, without what is gone, and what is requested now."""
    plans = []
    for nodes, partitions in (one.request for one in again):
        assets = [key for key in nodes if key in graph.assets and key not in requested]
        if assets:
            plan = replace(plan_build(graph, assets, options=options), tags=tuple(tags.items()))
            plans.append(in_partitions(plan, partitions) if partitions else plan)
    return plans


def _named(graph: AssetGraph, requested: Mapping[str, Subset]) -> str:
    names = [graph.assets[asset].name for asset in requested]
    more = len(names) - NAMED
    words = ", ".join(names[:NAMED])
    return f"{words} and {more} more" if more > 0 else words
