"""`AutomationCondition`: when an asset is to be materialized by itself.

    @asset(deps=["orders"], automation_condition=AutomationCondition.eager())
    def report(): ...

A condition is a tree of what can be true of an asset, combined with `&`, `|`, `~` and `since`.
It travels as plain lists; dbtree evaluates it (tui.schedules.evaluation), as Dagster would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tui.definitions.absent import ABSENT_CONDITIONS
from tui.definitions.cron import cron_problem
from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey, CoercibleToAssetKey
from tui.definitions.unserved import is_placeholder, note, stands_in
from tui.definitions.zones import is_zone

NAMES = {
    "and": "AND", "or": "OR", "not": "NOT", "since": "SINCE", "newly_true": "NEWLY_TRUE",
    "any_deps": "ANY_DEPS_MATCH", "all_deps": "ALL_DEPS_MATCH", "any_checks": "ANY_CHECKS_MATCH",
    "all_checks": "ALL_CHECKS_MATCH",
}  # fmt: skip
"""Of operators, as Dagster has them; what can be true of an asset has its own."""
NARROWED = frozenset({"any_deps", "all_deps", "any_checks", "all_checks"})
"""What `allow` and `ignore` narrow."""


@dataclass(frozen=True)
class AutomationCondition:
    """A condition; made by its functions: `AutomationCondition.eager()`."""

    kind: str
    operands: tuple[AutomationCondition, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """As JSON has them."""
    label: str | None = None

    def __init_subclass__(cls) -> None:
        """Raise, or note it: the evaluation is dbtree's own."""
        words = f"{cls.__name__}: dbtree evaluates conditions itself, and has no own ones."
        if not note(words):
            raise DefinitionError(words)

    def __hash__(self) -> int:
        return hash((self.kind, self.operands, str(self.arguments), self.label))

    # -- what it is ---------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, as Dagster has it: `AND`, `missing`, `cron_tick_passed(…)`."""
        name = NAMES.get(self.kind, self.kind)
        if self.kind == "asset_matches":
            return str(self.arguments["key"])
        said = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{name}({said})" if said else name

    @property
    def children(self) -> list[AutomationCondition]:
        """What it is made of."""
        return list(self.operands)

    def get_label(self) -> str | None:
        """Its label."""
        return self.label

    def row(self) -> list[Any]:
        """As it travels: kind, label, arguments, operands."""
        operands = [one.row() for one in self.operands]
        return [self.kind, self.label or "", dict(self.arguments), operands]

    # -- combined -------------------------------------------------------------------

    def _joined(self, kind: str, other: AutomationCondition) -> AutomationCondition:
        if not isinstance(other, AutomationCondition):
            raise DefinitionError(f"{other!r} is not an AutomationCondition.")
        operands: list[AutomationCondition] = []
        for one in (self, other):
            is_same = one.kind == kind and one.label is None
            operands += one.operands if is_same else [one]
        return AutomationCondition(kind, tuple(operands))

    def __and__(self, other: AutomationCondition) -> AutomationCondition:
        return self._joined("and", other)

    def __or__(self, other: AutomationCondition) -> AutomationCondition:
        return self._joined("or", other)

    def __invert__(self) -> AutomationCondition:
        return AutomationCondition("not", (self,))

    def since(self, reset_condition: AutomationCondition) -> AutomationCondition:
        """True from when this became true until the other one does."""
        return AutomationCondition("since", (self, reset_condition))

    def newly_true(self) -> AutomationCondition:
        """True at the tick at which this becomes true."""
        return AutomationCondition("newly_true", (self,))

    def since_last_handled(self) -> AutomationCondition:
        """True from when this became true until the asset is requested or updated."""
        cls = AutomationCondition
        handled = cls.newly_requested() | cls.newly_updated() | cls.initial_evaluation()
        return self.since(handled.with_label("handled"))

    # -- changed --------------------------------------------------------------------

    def with_label(self, label: str | None) -> AutomationCondition:
        """The same under a label."""
        return replace(self, label=label)

    def replace(
        self, old: AutomationCondition | str, new: AutomationCondition
    ) -> AutomationCondition:
        """The same with another condition in the place of one, or of a label or name."""
        if old in (self, self.name, self.label):
            return new
        return replace(self, operands=tuple(one.replace(old, new) for one in self.operands))

    def without(self, condition: AutomationCondition) -> AutomationCondition:
        """The same without one of the operands of `&`."""
        kept = tuple(one for one in self.operands if one != condition)
        if len(kept) == len(self.operands) or len(kept) < 2:
            raise DefinitionError("without takes one of three or more conditions joined by &.")
        return replace(self, operands=kept)

    def allow(self, selection: Any) -> AutomationCondition:
        """The same, looking at those dependencies alone that are selected."""
        return self._narrowed("allow", selection)

    def ignore(self, selection: Any) -> AutomationCondition:
        """The same, not looking at the dependencies that are selected."""
        return self._narrowed("ignore", selection)

    def _narrowed(self, argument: str, selection: Any) -> AutomationCondition:
        text = selection if isinstance(selection, str) else getattr(selection, "text", None)
        if text is None or hasattr(selection, "selector"):
            raise DefinitionError(f"{argument} takes an AssetSelection, not {selection!r}.")
        if self.kind in NARROWED:
            before = self.arguments.get(argument)
            both = f"({text}) or ({before})" if before else text
            return replace(self, arguments={**self.arguments, argument: both})
        operands = tuple(one._narrowed(argument, selection) for one in self.operands)
        return replace(self, operands=operands) if self.kind != "asset_matches" else self

    # -- what can be true of an asset --------------------------------------------------

    @staticmethod
    def missing() -> AutomationCondition:
        """It was never materialized on this target, or its relation is gone."""
        return AutomationCondition("missing")

    @staticmethod
    def run_in_progress() -> AutomationCondition:
        """A run is to make it and has not yet."""
        return AutomationCondition("run_in_progress")

    @staticmethod
    def backfill_in_progress() -> AutomationCondition:
        """A backfill is to make it: its runs wait or go on, so `run_in_progress` says it too."""
        return AutomationCondition("backfill_in_progress")

    @staticmethod
    def in_progress() -> AutomationCondition:
        """A run is to make it and has not yet."""
        cls = AutomationCondition
        return (cls.run_in_progress() | cls.backfill_in_progress()).with_label("in_progress")

    @staticmethod
    def execution_failed() -> AutomationCondition:
        """The latest run that was to make it failed, or skipped it."""
        return AutomationCondition("execution_failed")

    @staticmethod
    def newly_updated() -> AutomationCondition:
        """It was materialized since the last tick."""
        return AutomationCondition("newly_updated")

    @staticmethod
    def newly_requested() -> AutomationCondition:
        """It was requested at the last tick."""
        return AutomationCondition("newly_requested")

    @staticmethod
    def will_be_requested() -> AutomationCondition:
        """It is requested at this tick."""
        return AutomationCondition("will_be_requested")

    @staticmethod
    def code_version_changed() -> AutomationCondition:
        """Its code, or its code_version, is another since the last tick."""
        return AutomationCondition("code_version_changed")

    @staticmethod
    def initial_evaluation() -> AutomationCondition:
        """It is evaluated for the first time."""
        return AutomationCondition("initial_evaluation")

    @staticmethod
    def executed_with_root_target() -> AutomationCondition:
        """The run that made it was to make the asset of the condition, too."""
        return AutomationCondition("executed_with_root_target")

    @staticmethod
    def in_latest_time_window(lookback_delta: timedelta | None = None) -> AutomationCondition:
        """It is in the latest window of time, or so long before the end of it."""
        if lookback_delta is None:
            return AutomationCondition("in_latest_time_window")
        seconds = lookback_delta.total_seconds()
        return AutomationCondition("in_latest_time_window", arguments={"lookback": seconds})

    @staticmethod
    def cron_tick_passed(cron_schedule: str, cron_timezone: str = "UTC") -> AutomationCondition:
        """A cron expression ticked since the last tick."""
        if problem := cron_problem(cron_schedule):
            raise DefinitionError(problem)
        if not is_zone(cron_timezone):
            raise DefinitionError(f"Unknown time zone {cron_timezone!r}.")
        said = {"cron_schedule": cron_schedule, "cron_timezone": cron_timezone}
        return AutomationCondition("cron_tick_passed", arguments=said)

    @staticmethod
    def freshness_passed() -> AutomationCondition:
        """It is as fresh as its freshness_policy wants it."""
        return AutomationCondition("freshness_passed")

    @staticmethod
    def freshness_warned() -> AutomationCondition:
        """Its freshness_policy warns."""
        return AutomationCondition("freshness_warned")

    @staticmethod
    def freshness_failed() -> AutomationCondition:
        """It is older than its freshness_policy allows."""
        return AutomationCondition("freshness_failed")

    @staticmethod
    def check_passed() -> AutomationCondition:
        """A check passed since its asset was materialized last; for `any_checks_match`."""
        return AutomationCondition("check_passed")

    @staticmethod
    def check_failed() -> AutomationCondition:
        """A check failed since its asset was materialized last; for `any_checks_match`."""
        return AutomationCondition("check_failed")

    @staticmethod
    def newly_missing() -> AutomationCondition:
        """It became missing."""
        return AutomationCondition.missing().newly_true().with_label("newly_missing")

    # -- of others -----------------------------------------------------------------------

    @staticmethod
    def asset_matches(
        key: CoercibleToAssetKey, condition: AutomationCondition
    ) -> AutomationCondition:
        """A condition is true of another asset."""
        name = AssetKey.from_coercible(key).to_user_string()
        return AutomationCondition("asset_matches", (condition,), {"key": name})

    @staticmethod
    def any_deps_match(condition: AutomationCondition) -> AutomationCondition:
        """A condition is true of one of its dependencies at least."""
        return AutomationCondition("any_deps", (condition,))

    @staticmethod
    def all_deps_match(condition: AutomationCondition) -> AutomationCondition:
        """A condition is true of all its dependencies."""
        return AutomationCondition("all_deps", (condition,))

    @staticmethod
    def any_checks_match(
        condition: AutomationCondition, blocking_only: bool = False
    ) -> AutomationCondition:
        """A condition is true of one of its checks at least."""
        said = {"blocking_only": True} if blocking_only else {}
        return AutomationCondition("any_checks", (condition,), said)

    @staticmethod
    def all_checks_match(
        condition: AutomationCondition, blocking_only: bool = False
    ) -> AutomationCondition:
        """A condition is true of all its checks."""
        said = {"blocking_only": True} if blocking_only else {}
        return AutomationCondition("all_checks", (condition,), said)

    @staticmethod
    def any_deps_updated() -> AutomationCondition:
        """A dependency was updated by a run that was not to make this asset, too, or will be
        requested.
        """
        cls = AutomationCondition
        updated = cls.newly_updated() & ~cls.executed_with_root_target()
        updated = updated.with_label("newly_updated_without_root")
        return cls.any_deps_match(updated | cls.will_be_requested()).with_label("any_deps_updated")

    @staticmethod
    def any_deps_missing() -> AutomationCondition:
        """A dependency is missing, and will not be requested."""
        cls = AutomationCondition
        return cls.any_deps_match(cls.missing() & ~cls.will_be_requested()).with_label(
            "any_deps_missing"
        )

    @staticmethod
    def any_deps_in_progress() -> AutomationCondition:
        """A run is to make a dependency and has not yet."""
        cls = AutomationCondition
        return cls.any_deps_match(cls.in_progress()).with_label("any_deps_in_progress")

    @staticmethod
    def all_deps_blocking_checks_passed() -> AutomationCondition:
        """The blocking checks of all dependencies passed, or will run."""
        cls = AutomationCondition
        passed = cls.check_passed() | cls.will_be_requested()
        all_passed = cls.all_checks_match(passed, blocking_only=True)
        return cls.all_deps_match(all_passed.with_label("all_blocking_checks_passed")).with_label(
            "all_deps_blocking_checks_passed"
        )

    @staticmethod
    def all_deps_updated_since_cron(
        cron_schedule: str, cron_timezone: str = "UTC"
    ) -> AutomationCondition:
        """All dependencies were updated since a cron expression ticked last."""
        cls = AutomationCondition
        updated = cls.newly_updated().since(cls.cron_tick_passed(cron_schedule, cron_timezone))
        return cls.all_deps_match(updated | cls.will_be_requested()).with_label(
            f"all_deps_updated_since_cron({cron_schedule}, {cron_timezone})"
        )

    # -- whole ones ----------------------------------------------------------------------

    @staticmethod
    def eager() -> AutomationCondition:
        """When a dependency is updated, or the asset is missing; not while a dependency is missing
        or a run is to make one of them. Of windows of time, the latest.
        """
        cls = AutomationCondition
        return (
            cls.in_latest_time_window()
            & (cls.newly_missing() | cls.any_deps_updated()).since_last_handled()
            & ~cls.any_deps_missing()
            & ~cls.any_deps_in_progress()
            & ~cls.in_progress()
        ).with_label("eager")

    @staticmethod
    def on_cron(cron_schedule: str, cron_timezone: str = "UTC") -> AutomationCondition:
        """Once after each tick of a cron expression, when all dependencies were updated since. Of
        windows of time, the latest.
        """
        cls = AutomationCondition
        return (
            cls.in_latest_time_window()
            & cls.cron_tick_passed(cron_schedule, cron_timezone).since_last_handled()
            & cls.all_deps_updated_since_cron(cron_schedule, cron_timezone)
        ).with_label(f"on_cron({cron_schedule}, {cron_timezone})")

    @staticmethod
    def on_missing() -> AutomationCondition:
        """When it becomes missing, and no dependency is. Of windows of time, the latest."""
        cls = AutomationCondition
        missing = cls.missing().newly_true().since_last_handled()
        return (
            cls.in_latest_time_window()
            & missing.with_label("missing_since_last_handled")
            & ~cls.any_deps_missing()
        ).with_label("on_missing")


def _unserved(name: str, why: str) -> Any:
    def never(*_: Any, **__: Any) -> AutomationCondition:
        words = f"AutomationCondition.{name}: {why}."
        if not note(f"{words} It is never true here.") and not stands_in():
            raise DefinitionError(words)
        return AutomationCondition("never", label=name)

    return staticmethod(never)


for _name, _why in ABSENT_CONDITIONS.items():
    setattr(AutomationCondition, _name, _unserved(_name, _why))


def checked_condition(given: Any) -> AutomationCondition | None:
    """A condition as it was given; None for none. Raises DefinitionError for anything else."""
    if given is None or type(given) is AutomationCondition:
        return given
    if isinstance(given, AutomationCondition) or is_placeholder(given):
        return None  # of a class of the user's, or of Dagster's: it was noted
    raise DefinitionError(f"automation_condition takes an AutomationCondition, not {given!r}.")
