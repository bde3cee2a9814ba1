"""Checks of freshness: whether an asset was materialized lately, or before a deadline.

    checks = build_last_update_freshness_checks(
        assets=[report], lower_bound_delta=timedelta(hours=3), deadline_cron="0 9 * * *"
    )

A run of such a check materializes nothing: start it with a schedule, or by hand. It also runs with
its asset, and passes then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tui.definitions.checks import AssetChecksDefinition, AssetCheckSpec
from tui.definitions.context import AssetExecutionContext
from tui.definitions.cron import cron_problem
from tui.definitions.cron_ticks import UTC, Cron
from tui.definitions.errors import DefinitionError, user_place
from tui.definitions.functions import UserFunction
from tui.definitions.keys import AssetKey
from tui.definitions.metadata import MetadataValue
from tui.definitions.results import AssetCheckResult, AssetCheckSeverity
from tui.definitions.specs import dependencies
from tui.definitions.unserved import note
from tui.definitions.zones import is_zone, zone_of

NAME = "freshness_check"
LABEL = "dagster/freshness_params"


def build_last_update_freshness_checks(
    *,
    assets: Sequence[Any],
    lower_bound_delta: timedelta,
    deadline_cron: str | None = None,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """A check for each asset that passes while its latest materialization is young enough.

    Args:
        assets: Keys or definitions.
        lower_bound_delta: How long before the deadline it may have been materialized at most.
        deadline_cron: The deadline is the latest tick of this cron expression; without one, it is
            the moment of the check.
        timezone: Of the IANA database, for the expression.
        severity: Of a check that fails.
        blocking: Whether one that fails holds back what is downstream.

    Raises:
        DefinitionError: for an asset that is named twice, a wrong expression or an unknown zone.
    """
    if deadline_cron is not None and (problem := cron_problem(deadline_cron)):
        raise DefinitionError(problem)
    if not is_zone(timezone):
        raise DefinitionError(f"Unknown time zone {timezone!r}.")
    keys = _keys(assets)
    path, line = user_place()
    tell = _telling(lower_bound_delta, deadline_cron, timezone, severity)
    seconds, optional = lower_bound_delta.total_seconds(), {"deadline_cron": deadline_cron}
    params = {"timezone": timezone, "lower_bound_delta": seconds} | (
        optional if deadline_cron else {}
    )
    specs = tuple(
        AssetCheckSpec(NAME, key, _words(lower_bound_delta, deadline_cron, timezone), blocking,
                       metadata={LABEL: MetadataValue.json(params)})
        for key in keys
    )  # fmt: skip
    return [AssetChecksDefinition(UserFunction(tell, path, line), specs, op_name=NAME)]


def build_freshness_checks_from_dbt_assets(
    *, dbt_assets: Sequence[Any]
) -> Sequence[AssetChecksDefinition]:
    """The same for the models whose YAML says so.

        meta: {dagster: {freshness_check: {lower_bound_delta_seconds: 86400}}}

    Beside it there may be `deadline_cron`, `timezone` and `severity` (WARN or ERROR).

    Args:
        dbt_assets: Definitions under `@dbt_assets`.

    Raises:
        DefinitionError: for a wrong one, with the name of its model.
    """
    found: list[AssetChecksDefinition] = []
    if len({*map(id, dbt_assets)}) < len(dbt_assets):
        raise DefinitionError("dbt_assets has one definition twice.")
    for one in dbt_assets:
        nodes = one.read_manifest()["nodes"]
        for props in (nodes[unique_id] for unique_id in one.unique_ids):
            said = _said(props)
            if said is None:
                continue
            name = props.get("name", "")
            if one.partitions_of(props) is not None:
                words = (
                    f"{name}: dbtree has no checks of freshness for partitions: remove "
                    "freshness_check, or give it no partitions."
                )
                if not note(words):
                    raise DefinitionError(words)
                continue
            found += build_last_update_freshness_checks(
                assets=[one.get_asset_key(props)], **_options(said, name)
            )
    return found


def _said(props: Mapping[str, Any]) -> Mapping[str, Any] | None:
    meta = (props.get("config") or {}).get("meta") or props.get("meta") or {}
    said = (meta.get("dagster") or {}).get(NAME)
    return said if isinstance(said, Mapping) else None


def _options(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    seconds = said.get("lower_bound_delta_seconds")
    if not isinstance(seconds, int | float):
        raise DefinitionError(f"{name}: freshness_check needs lower_bound_delta_seconds.")
    try:
        severity = AssetCheckSeverity[str(said.get("severity", "WARN"))]
    except KeyError as error:
        words = f"{name}: the severity of freshness_check is WARN or ERROR."
        raise DefinitionError(words) from error
    return {
        "lower_bound_delta": timedelta(seconds=seconds), "severity": severity,
        "deadline_cron": said.get("deadline_cron"), "timezone": said.get("timezone") or "UTC",
    }  # fmt: skip


def _keys(assets: Iterable[Any]) -> list[AssetKey]:
    keys: list[AssetKey] = []
    for one in assets:
        found = sorted(one.keys, key=str) if hasattr(one, "keys") else dependencies([one])
        for key in found:
            if key in keys:
                raise DefinitionError(f"The asset {key} has two checks of freshness.")
            keys.append(key)
    return keys


def _telling(
    within: timedelta, cron: str | None, zone: str, severity: AssetCheckSeverity
) -> Callable[[AssetExecutionContext], Iterator[AssetCheckResult]]:
    def freshness_check(context: AssetExecutionContext) -> Iterator[AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys, key=str):
            at = context.materialized_at(key.asset_key)
            yield result_of(at, time.time(), within, cron, zone, severity, key.asset_key)

    return freshness_check


def result_of(
    at: float | None,
    now: float,
    within: timedelta,
    cron: str | None,
    zone: str,
    severity: AssetCheckSeverity,
    key: AssetKey,
) -> AssetCheckResult:
    """Whether an asset is fresh.

    Args:
        at: When it was materialized last, in seconds since the epoch; None for never.
        now: Seconds since the epoch.
        within: How long before the deadline it may have been materialized.
        cron: The deadline is its latest tick; without it, it is now.
        zone: Of the expression.
        severity: Of a result that is not passed.
        key: The asset.
    """
    deadline, until = now, None if at is None else at + within.total_seconds()
    metadata: dict[str, Any] = {}
    if cron is not None:
        moment, known = datetime.fromtimestamp(now, UTC), Cron.of(cron)
        deadline = next(known.ticks(moment, zone_of(zone), backwards=True)).timestamp()
        until = next(known.ticks(moment, zone_of(zone))).timestamp()
        metadata["dagster/latest_cron_tick_timestamp"] = MetadataValue.timestamp(deadline)
    bound = deadline - within.total_seconds()
    passed = at is not None and at >= bound
    metadata["dagster/freshness_lower_bound_timestamp"] = MetadataValue.timestamp(bound)
    if at is not None:
        metadata["dagster/last_updated_timestamp"] = MetadataValue.timestamp(at)
    if passed and until is not None:
        metadata["dagster/fresh_until_timestamp"] = MetadataValue.timestamp(until)
    words = "never materialized on this target"
    if at is not None:
        words = f"materialized {timedelta(seconds=round(now - at))} ago"
    allowed = f"at most {timedelta(seconds=round(now - bound))} ago is allowed"
    said = words if passed else f"overdue: {words}; {allowed}"
    return AssetCheckResult(passed, key, NAME, metadata, severity, said)


def _words(within: timedelta, cron: str | None, zone: str) -> str:
    if cron is None:
        return f"Materialized within the last {within}."
    return f"Materialized within {within} before the latest tick of {cron} ({zone}), or after it."
