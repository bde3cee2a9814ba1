"""Automation conditions of an open project: which sensor evaluates which, against what, and how
what is remembered and what came of it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.graph import AssetGraph
from tui.protocol.messages import DefinitionsLoaded
from tui.protocol.plain import plain
from tui.schedules.conditions import Condition, condition_of
from tui.schedules.evaluation import AssetMemory, Memory, Result
from tui.schedules.freshness import freshness_state
from tui.schedules.planning import PlanningWorkspace
from tui.schedules.sensor_values import Sensor
from tui.schedules.world import NOT_BUILT, WHOLE, Subset, World
from tui.selection.dbt_lookup import DbtLookup

RECENT = 200
"""Runs whose nodes are looked at, to tell what was made together."""


def conditions_of(definitions: DefinitionsLoaded | None) -> dict[str, Condition]:
    """The condition of each asset that has one."""
    found: dict[str, Condition] = {}
    for row, unique_ids in definitions.conditions if definitions else ():
        found.update(dict.fromkeys(unique_ids, condition_of(row)))
    return found


async def governed(
    workspace: PlanningWorkspace, sensor: Sensor, sensors: Iterable[Sensor]
) -> dict[str, Condition]:
    """The conditions that a sensor evaluates: those of its selection; without one, those that no
    other sensor evaluates. Raises SelectionError.
    """
    lookup, state = DbtLookup(workspace.queries), workspace.state
    conditions = conditions_of(state.definitions)
    conditions = {key: one for key, one in conditions.items() if _is_made(state.graph, key)}
    if sensor.row.monitored:
        chosen = await lookup.resolve(sensor.row.monitored)
        return {key: one for key, one in conditions.items() if key in chosen}
    for other in sensors:
        if other.is_automation and other.row.monitored and other.name != sensor.name:
            taken = await lookup.resolve(other.row.monitored)
            conditions = {key: one for key, one in conditions.items() if key not in taken}
    return conditions


def _is_made(graph: AssetGraph, unique_id: str) -> bool:
    """Whether a run makes an asset."""
    asset = graph.assets.get(unique_id)
    if asset is None or asset.resource_type in NOT_BUILT:
        return False
    return asset.materialized != "ephemeral"


async def world_of(
    workspace: PlanningWorkspace, conditions: Iterable[Condition], now: float
) -> World:
    """What conditions are evaluated against now. Raises SelectionError."""
    lookup, state = DbtLookup(workspace.queries), workspace.state
    texts = {text for one in conditions for text in one.selections()}
    selections = {text: await lookup.resolve(text) for text in sorted(texts)}
    built = state.history.built
    definitions: DefinitionsLoaded | None = state.definitions
    policies = definitions.policies if definitions else {}
    return World(
        state.graph,
        state.history,
        now,
        busy=busy_in(state),
        made_in={run.run_id: frozenset(run.nodes) for run in state.runs[:RECENT] if run.nodes},
        loaded={key: one.loaded_at for key, one in state.freshness.items() if one.loaded_at},
        selections=selections,
        blocking=frozenset(definitions.blocking if definitions else ()),
        freshness={
            key: freshness_state(policy, built[key].finished_at if key in built else 0.0, now)
            for key, policy in policies.items()
        },
    )


def busy_in(state: Any) -> dict[str, Subset]:
    """What runs are to make and have not yet, of a WorkspaceState."""
    found: dict[str, Subset] = {}

    def add(nodes: Iterable[str], partitions: Sequence[str]) -> None:
        for key in nodes:
            asset = state.graph.assets.get(key)
            subset = frozenset(partitions) if asset is not None and asset.partitions else WHOLE
            found[key] = found.get(key, frozenset()) | subset

    starting = [state.starting_plan] if state.starting_plan is not None else []
    for plan in (*state.queue, *starting):
        add(plan.nodes, plan.partitions)
    for run in state.runs:
        if run.is_active and run.target in ("", state.target):
            waiting = (key for key, one in run.nodes.items() if one.status in ("queued", "running"))
            add(waiting, run.partitions)
    return found


# ---------------------------------------------------------------- what is remembered


def memory_text(memory: Memory) -> str:
    """A memory as JSON."""
    assets = {
        key: [sorted(one.requested), dict(one.nodes), one.partitions]
        for key, one in memory.assets.items()
    }
    return json.dumps([memory.at, assets, dict(memory.seen)], separators=(",", ":"))


def memory_of(text: str | None) -> Memory:
    """The memory of a text; none for what another version has written."""
    try:
        at, assets, seen = json.loads(text or "")
        return Memory(
            at,
            {
                key: AssetMemory(frozenset(requested), nodes, partitions)
                for key, (requested, nodes, partitions) in assets.items()
            },
            seen,
        )
    except (ValueError, TypeError, AttributeError):
        return Memory()


# ---------------------------------------------------------------- what came of it


@plain(frozen=True)
class ConditionNode:
    """A node of a condition, and what came of it at a tick."""

    kind: str
    label: str
    name: str
    """What it is, without its label."""
    true: int
    """Of how many partitions it is true; of an asset without partitions 0 or 1."""
    candidates: int
    """Of how many it was asked."""
    target: str
    """unique_id of the asset or check that it was asked of."""
    children: tuple[ConditionNode, ...] = ()

    @property
    def is_true(self) -> bool:
        """Whether it is true of any."""
        return self.true > 0


@plain(frozen=True)
class ConditionView:
    """The condition of one asset at the latest tick."""

    asset: str
    """unique_id."""
    changed_at: float
    """Since when it is evaluated so, in seconds since the epoch."""
    root: ConditionNode


def result_text(result: Result) -> str:
    """What came of a condition, as JSON."""
    return json.dumps(_result_row(result), separators=(",", ":"))


def _result_row(one: Result) -> list[Any]:
    said = one.condition
    # What nobody needed to ask says nothing below it.
    children = [_result_row(child) for child in one.children if one.candidates or one.true]
    return [
        said.kind, said.label, said.plain_name, len(one.true), len(one.candidates), one.target,
        children,
    ]  # fmt: skip


def node_of(row: Sequence[Any]) -> ConditionNode:
    """A node of a result as it was written."""
    kind, label, name, true, candidates, target, children = row
    made = tuple(node_of(child) for child in children)
    return ConditionNode(kind, label, name, true, candidates, target, made)


def views_of(kept: Mapping[str, tuple[float, str]]) -> list[ConditionView]:
    """What is kept of conditions."""
    return [
        ConditionView(asset, at, node_of(json.loads(text))) for asset, (at, text) in kept.items()
    ]
