"""Evaluates automation conditions: which assets, and which of their partitions, to materialize.

Pure: from what there is now (`World`) and what is remembered of the last evaluation (`Memory`) to
what is requested, why, and what is to be remembered. By the rules of Dagster's
(`dagster.evaluate_automation_conditions`), which a differential test compares it with. A subset is
a set of partitions; of an asset without partitions it is empty, or has the one key "".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from tui.protocol.plain import plain
from tui.schedules.conditions import Condition
from tui.schedules.world import EMPTY, Subset, World

Timing = Mapping[float, Subset]
"""When something happened → to what; for what compares two such times."""
NO_TIMING: Timing = {}


@plain(frozen=True)
class AssetMemory:
    """What is remembered of the condition of one asset."""

    requested: Subset = EMPTY
    nodes: Mapping[str, Any] = field(default_factory=dict)
    """By node and what it was asked of: a list of partitions, or a text."""
    partitions: str = ""
    """The partitions that it had."""


@plain(frozen=True)
class Memory:
    """What is remembered of an evaluation."""

    at: float = 0.0
    """When it was, in seconds since the epoch; 0 for never."""
    assets: Mapping[str, AssetMemory] = field(default_factory=dict)
    seen: Mapping[str, float] = field(default_factory=dict)
    """Of assets and checks, when the latest update was that was known."""


@plain(frozen=True, eq=False)
class Result:
    """What came of one node of a condition."""

    condition: Condition
    target: str
    """The asset or check that it was asked of."""
    true: Subset
    candidates: Subset
    children: tuple[Result, ...] = ()
    timing: Timing = field(default_factory=dict)


@plain(frozen=True, eq=False)
class Evaluation:
    """What came of all conditions."""

    results: Mapping[str, Result]
    requested: Mapping[str, Subset]
    """What is to be materialized; without what nothing is requested of."""
    memory: Memory


def evaluate(conditions: Mapping[str, Condition], world: World, memory: Memory) -> Evaluation:
    """Evaluate the conditions of some assets, upstream first.

    Args:
        conditions: By the asset.
        world: What there is now.
        memory: Of the last evaluation.
    """
    results: dict[str, Result] = {}
    requested: dict[str, Subset] = {}
    remembered: dict[str, AssetMemory] = {}
    for asset in world.graph.order:
        condition = conditions.get(asset)
        if condition is None:
            continue
        one = _OfAsset(asset, world, memory, requested)
        result = one.evaluate(condition, asset, world.all_of(asset))
        results[asset] = result
        if result.true:
            requested[asset] = result.true
        row = world.graph.assets[asset].partitions
        remembered[asset] = AssetMemory(result.true, one.remembered, row)
    return Evaluation(results, requested, Memory(world.now, remembered, world.updates()))


class _OfAsset:
    """The evaluation of one asset's condition."""

    def __init__(
        self, root: str, world: World, memory: Memory, requested: Mapping[str, Subset]
    ) -> None:
        self.root = root
        self.world = world
        self.memory = memory
        self.own = memory.assets.get(root)
        """None at its first evaluation."""
        self.requested = requested
        self.remembered: dict[str, Any] = {}

    def evaluate(self, condition: Condition, target: str, candidates: Subset) -> Result:
        """Evaluate a node of the condition for an asset or check, of some of its partitions."""
        operator = OPERATORS.get(condition.kind)
        if operator is not None:
            return operator(self, condition, target, candidates)
        if not candidates and condition.kind not in ALWAYS:
            return Result(condition, target, EMPTY, candidates)
        true, timing = OPERANDS[condition.kind](self, condition, target, candidates)
        return Result(condition, target, true, candidates, timing=timing)

    # -- what is remembered ---------------------------------------------------------

    def _key(self, condition: Condition, target: str) -> str:
        return condition.node_id if target == self.root else f"{condition.node_id} {target}"

    def _before(self, condition: Condition, target: str) -> Any:
        return self.own.nodes.get(self._key(condition, target)) if self.own is not None else None

    def _subset_before(self, condition: Condition, target: str) -> Subset:
        return frozenset(self._before(condition, target) or ()) & self.world.all_of(target)

    def _remember(self, condition: Condition, target: str, value: Any) -> None:
        self.remembered[self._key(condition, target)] = value

    # -- operators --------------------------------------------------------------------

    def _and(self, condition: Condition, target: str, candidates: Subset) -> Result:
        true, children = candidates, []
        for operand in condition.operands:
            child = self.evaluate(operand, target, true)
            children.append(child)
            true &= child.true
        return Result(condition, target, true, candidates, tuple(children))

    def _or(self, condition: Condition, target: str, candidates: Subset) -> Result:
        children = tuple(self.evaluate(one, target, candidates) for one in condition.operands)
        true = EMPTY.union(*(child.true for child in children))
        return Result(condition, target, true, candidates, children)

    def _not(self, condition: Condition, target: str, candidates: Subset) -> Result:
        child = self.evaluate(condition.operands[0], target, candidates)
        return Result(condition, target, candidates - child.true, candidates, (child,))

    def _since(self, condition: Condition, target: str, candidates: Subset) -> Result:
        every = self.world.all_of(target)
        trigger, reset = (self.evaluate(one, target, every) for one in condition.operands)
        true = (self._subset_before(condition, target) | trigger.true) - reset.true
        both = trigger.true & reset.true
        if both and trigger.timing and reset.timing:
            true |= _later(trigger.timing, reset.timing) & both
        self._remember(condition, target, sorted(true))
        children = (trigger, reset)
        return Result(condition, target, true, candidates, children, trigger.timing)

    def _newly_true(self, condition: Condition, target: str, candidates: Subset) -> Result:
        child = self.evaluate(condition.operands[0], target, self.world.all_of(target))
        new = child.true - self._subset_before(condition, target)
        self._remember(condition, target, sorted(child.true))
        return Result(condition, target, candidates & new, candidates, (child,))

    def _of_other(
        self, condition: Condition, operand: Condition, target: str, other: str, candidates: Subset
    ) -> Result:
        """What a condition of another asset or check says of this one."""
        world = self.world
        if world.partitions_def(target) is world.partitions_def(other):
            child = self.evaluate(operand, other, candidates)
            return Result(condition, other, child.true, candidates, (child,), child.timing)
        child = self.evaluate(operand, other, world.mapped(candidates, target, other))
        timing = {
            at: world.mapped(subset, other, target) for at, subset in child.timing.items()
        }  # fmt: skip
        true = world.mapped(child.true, other, target)
        return Result(condition, other, true, candidates, (child,), timing)

    def _asset_matches(self, condition: Condition, target: str, candidates: Subset) -> Result:
        other = self.world.by_key.get(str(condition.arguments["key"]))
        if other is None:
            return Result(condition, target, EMPTY, candidates)
        return self._of_other(condition, condition.operands[0], target, other, candidates)

    def _each(
        self, condition: Condition, target: str, candidates: Subset, others: tuple[str, ...]
    ) -> tuple[Result, ...]:
        operand = condition.operands[0]
        return tuple(
            self._of_other(operand, operand, target, other, candidates) for other in others
        )

    def _any(self, condition: Condition, target: str, candidates: Subset) -> Result:
        children = self._each(condition, target, candidates, self._others(condition, target))
        true = EMPTY.union(*(child.true for child in children)) & candidates
        timing: dict[float, Subset] = {}
        if condition.kind == "any_deps":
            for child in children:
                for at, subset in child.timing.items():
                    timing[at] = timing.get(at, EMPTY) | subset
        return Result(condition, target, true, candidates, children, timing)

    def _all(self, condition: Condition, target: str, candidates: Subset) -> Result:
        children = self._each(condition, target, candidates, self._others(condition, target))
        true = candidates.intersection(*(child.true for child in children))
        return Result(condition, target, true, candidates, children)

    def _others(self, condition: Condition, target: str) -> tuple[str, ...]:
        """The dependencies, or the checks, that a condition looks at."""
        said = condition.arguments
        if condition.kind in ("any_checks", "all_checks"):
            others = self.world.checks_of(target, blocking_only=bool(said.get("blocking_only")))
        else:
            others = self.world.deps_of(target)
        return self.world.narrowed(others, said.get("allow"), said.get("ignore"))

    # -- what can be true of an asset or check ------------------------------------------

    def _missing(self, _: Condition, target: str, candidates: Subset) -> tuple[Subset, Timing]:
        return candidates - self.world.there(target), NO_TIMING

    def _in_progress(self, _: Condition, target: str, __: Subset) -> tuple[Subset, Timing]:
        return self.world.in_progress(target), NO_TIMING

    def _failed(self, _: Condition, target: str, __: Subset) -> tuple[Subset, Timing]:
        return self.world.failed(target), NO_TIMING

    def _will_be_requested(self, _: Condition, target: str, __: Subset) -> tuple[Subset, Timing]:
        asset = self.world.asset_of(target)
        wanted = self.requested.get(asset, EMPTY)
        if not wanted or not self.world.can_run_together(self.root, asset):
            return EMPTY, NO_TIMING
        return (wanted if asset == target else self.world.all_of(target)), NO_TIMING

    def _newly_requested(self, _: Condition, target: str, __: Subset) -> tuple[Subset, Timing]:
        before = self.memory.assets.get(target)
        if before is None or not before.requested:
            return EMPTY, NO_TIMING
        subset = before.requested & self.world.all_of(target)
        return subset, {self.memory.at: subset}

    def _newly_updated(self, _: Condition, target: str, __: Subset) -> tuple[Subset, Timing]:
        if self.own is None:
            return EMPTY, NO_TIMING
        timing = self.world.updated_since(target, self.memory.seen.get(target, 0.0))
        return EMPTY.union(*timing.values()), timing

    def _code_changed(
        self, condition: Condition, target: str, candidates: Subset
    ) -> tuple[Subset, Timing]:
        before, now = self._before(condition, target), self.world.code_of(target)
        self._remember(condition, target, now)
        return (EMPTY if before is None or before == now else candidates), NO_TIMING

    def _initial(self, _: Condition, __: str, candidates: Subset) -> tuple[Subset, Timing]:
        row = self.world.graph.assets[self.root].partitions
        is_first = self.own is None or bool(self.own.partitions) != bool(row)
        return (candidates if is_first else EMPTY), NO_TIMING

    def _cron_passed(
        self, condition: Condition, _: str, candidates: Subset
    ) -> tuple[Subset, Timing]:
        said = condition.arguments
        if self.own is None:
            return EMPTY, NO_TIMING
        tick = self.world.last_tick(said["cron_schedule"], said["cron_timezone"])
        if tick is None or tick < self.memory.at:
            return EMPTY, NO_TIMING
        return candidates, {tick: candidates}

    def _latest_window(self, condition: Condition, target: str, _: Subset) -> tuple[Subset, Timing]:
        return self.world.latest_window(target, condition.arguments.get("lookback")), NO_TIMING

    def _with_root(self, _: Condition, target: str, candidates: Subset) -> tuple[Subset, Timing]:
        return self.world.made_with(target, self.root, candidates), NO_TIMING

    def _check_is(self, condition: Condition, target: str, _: Subset) -> tuple[Subset, Timing]:
        status = self.world.check_status(target)
        wanted = "pass" if condition.kind == "check_passed" else "fail"
        return (self.world.all_of(target) if status == wanted else EMPTY), NO_TIMING

    def _freshness(self, condition: Condition, target: str, _: Subset) -> tuple[Subset, Timing]:
        wanted = condition.kind.removeprefix("freshness_")
        is_so = self.world.freshness.get(target, "") == wanted
        return (self.world.all_of(target) if is_so else EMPTY), NO_TIMING

    def _never(self, _: Condition, __: str, ___: Subset) -> tuple[Subset, Timing]:
        return EMPTY, NO_TIMING


ALWAYS = frozenset({"code_version_changed", "initial_evaluation"})
"""What is evaluated, and remembered, also for nothing."""
OPERATORS: Mapping[str, Callable[[_OfAsset, Condition, str, Subset], Result]] = {
    "and": _OfAsset._and, "or": _OfAsset._or, "not": _OfAsset._not, "since": _OfAsset._since,
    "newly_true": _OfAsset._newly_true, "asset_matches": _OfAsset._asset_matches,
    "any_deps": _OfAsset._any, "any_checks": _OfAsset._any, "all_deps": _OfAsset._all,
    "all_checks": _OfAsset._all,
}  # fmt: skip
OPERANDS: Mapping[
    str, Callable[[_OfAsset, Condition, str, Subset], tuple[Subset, Timing]]
] = {
    "missing": _OfAsset._missing, "run_in_progress": _OfAsset._in_progress,
    "backfill_in_progress": _OfAsset._in_progress, "execution_failed": _OfAsset._failed,
    "will_be_requested": _OfAsset._will_be_requested,
    "newly_requested": _OfAsset._newly_requested, "newly_updated": _OfAsset._newly_updated,
    "code_version_changed": _OfAsset._code_changed, "initial_evaluation": _OfAsset._initial,
    "cron_tick_passed": _OfAsset._cron_passed, "in_latest_time_window": _OfAsset._latest_window,
    "executed_with_root_target": _OfAsset._with_root, "check_passed": _OfAsset._check_is,
    "check_failed": _OfAsset._check_is, "freshness_passed": _OfAsset._freshness,
    "freshness_warned": _OfAsset._freshness, "freshness_failed": _OfAsset._freshness,
    "never": _OfAsset._never,
}  # fmt: skip


def _later(trigger: Timing, reset: Timing) -> Subset:
    """What was triggered after it was reset."""
    found = EMPTY
    for at, subset in trigger.items():
        after = (other for reset_at, other in reset.items() if reset_at >= at)
        found |= subset - EMPTY.union(*after)
    return found
