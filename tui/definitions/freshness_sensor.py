"""The sensor that runs checks of freshness when their result may be another.

    sensor = build_sensor_for_freshness_checks(freshness_checks=checks)

What such a check says follows from when its asset was materialized last, so the sensor knows when
that may change. A check that failed is not run again before its asset was materialized: that run
has the check in it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from tui.definitions.checks import AssetChecksDefinition, AssetCheckSpec
from tui.definitions.errors import DefinitionError, user_place
from tui.definitions.event_sensors import MultiAssetSensorDefinition
from tui.definitions.freshness_checks import LABEL, result_of
from tui.definitions.functions import UserFunction
from tui.definitions.metadata import MetadataValue
from tui.definitions.results import AssetCheckSeverity
from tui.definitions.run_requests import RunRequest, SkipReason
from tui.definitions.selection import AssetSelection
from tui.definitions.sensor_events import MultiAssetSensorEvaluationContext
from tui.definitions.sensors import DefaultSensorStatus
from tui.definitions.unserved import served

NAME = "freshness_checks_sensor"
NOT_YET = (
    "No freshness check is due: each failed and waits for its asset, or cannot be overdue yet."
)


def build_sensor_for_freshness_checks(
    *,
    freshness_checks: Sequence[AssetChecksDefinition],
    minimum_interval_seconds: int | None = None,
    name: str = NAME,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    tags: Mapping[str, Any] | None = None,
) -> MultiAssetSensorDefinition:
    """A sensor that runs freshness checks: each once at first, and again when it passed and may be
    overdue. All are run when one of them is due.

    Args:
        freshness_checks: Of `build_last_update_freshness_checks` and its kin.
        minimum_interval_seconds: Between two evaluations; 30 by default.
        name: Of the sensor; several need one each.
        default_status: Whether it is on before anybody has said so; it is off by default.
        tags: Of its runs.

    Raises:
        DefinitionError: for checks that are not such checks.
    """
    checks = [one for one in served(freshness_checks) if isinstance(one, AssetChecksDefinition)]
    specs = [spec for one in checks for spec in one.check_specs]
    for spec in specs:
        if LABEL not in (spec.metadata or {}):
            raise DefinitionError(
                f"{spec.asset_key.to_user_string()}:{spec.name} is not a freshness check."
            )
    path, line = user_place()

    def evaluate(context: MultiAssetSensorEvaluationContext) -> RunRequest | SkipReason:
        now = time.time()
        seen: dict[str, float] = json.loads(context.cursor) if context.cursor else {}
        due = [*_due(context, specs, seen, now)]
        if not due:
            return SkipReason(NOT_YET)
        context.update_cursor(json.dumps(dict.fromkeys(map(_key, specs), now), sort_keys=True))
        return RunRequest(tags=tags)

    evaluate.__doc__ = "Runs freshness checks when they may be overdue."
    made = MultiAssetSensorDefinition(
        name, [spec.asset_key for spec in specs], AssetSelection.checks(*checks),
        minimum_interval_seconds=minimum_interval_seconds, default_status=default_status,
        description=evaluate.__doc__,
    )  # fmt: skip
    made.function, made.path, made.line = UserFunction(evaluate, path, line), path, line
    return made


def _key(spec: AssetCheckSpec) -> str:
    return spec.asset_key.to_user_string()


def _due(
    context: MultiAssetSensorEvaluationContext,
    specs: Sequence[AssetCheckSpec],
    seen: Mapping[str, float],
    now: float,
) -> Iterator[AssetCheckSpec]:
    """The checks whose result may be another than the latest one, each with a line of log."""
    for spec in specs:
        materialized = context.materialized_at(spec.asset_key)
        # A run that materializes the asset runs the check, too.
        told = max(seen.get(_key(spec), 0.0), materialized or 0.0)
        until = _fresh_until(spec, materialized, told) if told else None
        if not told:
            words = "has never been run"
        elif until is None:
            context.log.info(f"{_key(spec)}: failed, and was not materialized since")
            continue
        elif until >= now:
            context.log.info(f"{_key(spec)}: cannot be overdue before {until:.0f}")
            continue
        else:
            words = "passed, and may be overdue now"
        context.log.info(f"{_key(spec)}: {words}")
        yield spec


def _fresh_until(spec: AssetCheckSpec, materialized: float | None, at: float) -> float | None:
    """Until when a check passes that was run at a moment; None where it failed."""
    params: Mapping[str, Any] = spec.metadata[LABEL].value
    found = result_of(
        materialized, at, timedelta(seconds=params["lower_bound_delta"]),
        params.get("deadline_cron"), params["timezone"], AssetCheckSeverity.WARN, spec.asset_key,
    )  # fmt: skip
    until = found.metadata.get("dagster/fresh_until_timestamp")
    return float(until.value) if isinstance(until, MetadataValue) else None
