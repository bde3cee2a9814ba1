"""`FreshnessPolicy`: how old the latest materialization of an asset may be.

    @asset(freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=24)))
    def report(): ...

Differs from Dagster's: nothing is recorded; dbtree tells what holds at the moment of looking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tui.definitions.cron import cron_problem
from tui.definitions.errors import DefinitionError
from tui.definitions.unserved import is_placeholder
from tui.definitions.zones import is_zone

SHORTEST = timedelta(minutes=1)
"""Of any window: Dagster's."""


@dataclass(frozen=True)
class FreshnessPolicy:
    """A policy; made by its functions."""

    facts: Mapping[str, Any]
    """As JSON has it: `fail` and `warn` in seconds; or `cron`, `timezone`, and `within` seconds."""

    @staticmethod
    def time_window(
        fail_window: timedelta, warn_window: timedelta | None = None
    ) -> FreshnessPolicy:
        """An asset fails that was materialized longer ago than a window, and warns from another on.

        Raises:
            DefinitionError: for a window below a minute, or one to warn that is the longer one.
        """
        _check(fail_window, "fail_window")
        if warn_window is not None:
            _check(warn_window, "warn_window")
            if warn_window >= fail_window:
                raise DefinitionError("warn_window must be shorter than fail_window.")
        warn = None if warn_window is None else warn_window.total_seconds()
        return FreshnessPolicy({"fail": fail_window.total_seconds(), "warn": warn})

    @staticmethod
    def cron(
        deadline_cron: str, lower_bound_delta: timedelta, timezone: str = "UTC"
    ) -> FreshnessPolicy:
        """An asset fails that was not materialized in the time before the last tick of a cron
        expression, or after it.

        Raises:
            DefinitionError: for a wrong expression, an unknown zone, or less than a minute.
        """
        if problem := cron_problem(deadline_cron):
            raise DefinitionError(problem)
        if not is_zone(timezone):
            raise DefinitionError(f"Unknown time zone {timezone!r}.")
        _check(lower_bound_delta, "lower_bound_delta")
        within = lower_bound_delta.total_seconds()
        return FreshnessPolicy({"cron": deadline_cron, "timezone": timezone, "within": within})

    def __hash__(self) -> int:
        return hash(str(self.facts))


def apply_freshness_policy(
    spec: Any, policy: FreshnessPolicy, overwrite_existing: bool = True
) -> Any:
    """What `map_asset_specs` can be given a function of: a spec with a policy.

    Args:
        spec: An AssetSpec.
        policy: The policy.
        overwrite_existing: Whether it takes the place of one that is there.
    """
    if spec.freshness_policy is not None and not overwrite_existing:
        return spec
    return spec.replace_attributes(freshness_policy=policy)


def checked_policy(given: Any) -> FreshnessPolicy | None:
    """A policy as it was given; None for none. Raises DefinitionError for anything else."""
    if given is None or isinstance(given, FreshnessPolicy):
        return given
    if is_placeholder(given):
        return None
    raise DefinitionError(f"freshness_policy takes a FreshnessPolicy, not {given!r}.")


def _check(window: timedelta, name: str) -> None:
    is_one: Any = isinstance(window, timedelta)
    if not is_one or window < SHORTEST:
        raise DefinitionError(f"{name} must be a timedelta of a minute at least.")
