"""Checks of freshness: what passes when, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from dbtree import (
    AssetCheckSeverity,
    AssetKey,
    DefinitionError,
    Definitions,
    RunRequest,
    SkipReason,
    asset,
    asset_check,
    build_freshness_checks_from_dbt_assets,
    build_last_update_freshness_checks,
    build_sensor_for_freshness_checks,
    dbt_assets,
)

from tests.definitions.written import manifest, node
from tui.definitions.freshness_checks import result_of
from tui.definitions.resolver import resolve
from tui.definitions.sensor_events import MultiAssetSensorEvaluationContext
from tui.protocol.sensors import Occurrence

KEY = AssetKey("report")
HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


def passes(ago: float | None, cron: str | None = None, within: timedelta = HOUR) -> bool:
    at = None if ago is None else NOON - ago
    found = result_of(at, NOON, within, cron, "UTC", AssetCheckSeverity.WARN, KEY)
    assert (found.severity, found.check_name) == (AssetCheckSeverity.WARN, "freshness_check")
    return found.passed


def test_what_is_young_enough_passes_with_and_without_a_deadline():
    assert passes(3599)
    assert not passes(3601)
    assert not passes(None)
    nine = 3 * 3600  # noon is three hours after the deadline
    assert passes(nine + 3599, "0 9 * * *")
    assert not passes(nine + 3601, "0 9 * * *")
    assert passes(10, "0 9 * * *")
    found = result_of(NOON - 10, NOON, HOUR, "0 9 * * *", "UTC", AssetCheckSeverity.WARN, KEY)
    stamps = {name.rpartition("/")[2]: one.value for name, one in found.metadata.items()}
    assert stamps["latest_cron_tick_timestamp"] == NOON - nine
    assert stamps["fresh_until_timestamp"] == NOON - nine + 86400
    assert stamps["freshness_lower_bound_timestamp"] == NOON - nine - 3600


def test_each_asset_has_a_check_at_the_users_line():
    @asset
    def report(): ...

    [checks] = build_last_update_freshness_checks(
        assets=[report, "orders"], lower_bound_delta=HOUR, severity=AssetCheckSeverity.ERROR
    )
    assert checks.function.path == __file__
    defs = Definitions(assets=[report], asset_checks=[checks])
    contents = manifest(node("model", "orders"))

    @dbt_assets(manifest=contents)
    def shop(): ...

    defs = Definitions(assets=[report, shop], asset_checks=[checks])
    found = resolve(defs, contents, lambda *_: frozenset())
    assert [one.key for one in found.checks] == ["report:freshness_check", "orders:freshness_check"]
    for wrong, words in (
        ({"assets": [report, report]}, "The asset report has two checks"),
        ({"assets": [], "deadline_cron": "61 * * * *"}, "'61' is not a valid minute"),
        ({"assets": [], "timezone": "Mars"}, "Unknown time zone 'Mars'"),
    ):
        with pytest.raises(DefinitionError, match=words):
            build_last_update_freshness_checks(lower_bound_delta=HOUR, **wrong)


def test_dbts_yaml_says_which_models_have_one():
    meta = {"dagster": {"freshness_check": {"lower_bound_delta_seconds": 60, "severity": "ERROR"}}}

    @dbt_assets(manifest=manifest(node("model", "orders", meta=meta), node("model", "other")))
    def shop(): ...

    [checks] = build_freshness_checks_from_dbt_assets(dbt_assets=[shop])
    assert [key.to_user_string() for key in checks.check_keys] == ["orders:freshness_check"]
    meta["dagster"]["freshness_check"] = {"severity": "LOUD", "lower_bound_delta_seconds": 1}
    with pytest.raises(DefinitionError, match="orders: the severity of freshness_check is WARN or"):
        build_freshness_checks_from_dbt_assets(dbt_assets=[shop])
    meta["dagster"]["freshness_check"] = {}
    with pytest.raises(DefinitionError, match="orders: freshness_check needs lower_bound_delta_s"):
        build_freshness_checks_from_dbt_assets(dbt_assets=[shop])


# ------------------------------------------------------------------------ the sensor


def ticked(sensor: Any, cursor: str | None, materialized: float | None) -> tuple[Any, str | None]:
    """What the sensor answers, and its cursor then."""
    known = [] if materialized is None else [Occurrence(materialized, "a3f1", "report")]
    context = MultiAssetSensorEvaluationContext(known, ["report"], cursor=cursor)
    return sensor(context), context.cursor


def test_a_sensor_runs_a_check_when_its_result_may_be_another(monkeypatch: pytest.MonkeyPatch):
    checks = build_last_update_freshness_checks(assets=["report"], lower_bound_delta=HOUR)
    sensor = build_sensor_for_freshness_checks(freshness_checks=checks, tags={"why": "age"})
    now = NOON
    monkeypatch.setattr("tui.definitions.freshness_sensor.time", SimpleNamespace(time=lambda: now))
    answer, cursor = ticked(sensor, None, None)  # it was never run
    assert isinstance(answer, RunRequest)
    assert answer.tags == {"why": "age"}
    now += 60
    answer, cursor = ticked(sensor, cursor, None)  # it failed
    assert isinstance(answer, SkipReason)
    made = now = NOON + 120
    answer, cursor = ticked(sensor, cursor, made)  # it ran with its asset, and passed
    assert isinstance(answer, SkipReason)
    now = made + 3599
    assert isinstance(ticked(sensor, cursor, made)[0], SkipReason)
    now = made + 3601
    answer, cursor = ticked(sensor, cursor, made)  # it may be overdue
    assert isinstance(answer, RunRequest)
    now += 3601
    assert isinstance(ticked(sensor, cursor, made)[0], SkipReason)  # it failed then


def test_a_sensor_is_only_for_checks_of_freshness():
    @asset_check(asset="report")
    def other(): ...

    with pytest.raises(DefinitionError, match="report:other is not a freshness check"):
        build_sensor_for_freshness_checks(freshness_checks=[other])
