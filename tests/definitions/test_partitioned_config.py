"""Settings of a job for each partition, as its schedule and a sensor give them to a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from dbtree import (
    Definitions,
    PartitionedConfig,
    RunRequest,
    ScheduleDefinition,
    StaticPartitionsDefinition,
    asset,
    build_schedule_from_partitioned_job,
    daily_partitioned_config,
    define_asset_job,
    hourly_partitioned_config,
    monthly_partitioned_config,
    partitioned_config,
    sensor,
    static_partitioned_config,
    weekly_partitioned_config,
)

from tui.definitions.automation_rows import schedule_row
from tui.definitions.errors import DefinitionError
from tui.definitions.sensor_evaluation import Asked, Evaluation


@daily_partitioned_config(
    start_date="2026-01-01", tags_for_partition_fn=lambda start, end: {"day": f"{start:%d}"}
)
def per_day(start: datetime, end: datetime) -> dict[str, object]:
    return {"ops": {"load": {"config": {"from": f"{start:%F}", "to": f"{end:%F}"}}}}


def load() -> object:
    @asset(partitions_def=per_day.partitions_def)
    def load() -> None: ...

    return load


def test_a_schedule_gives_the_run_of_the_latest_partition_its_settings() -> None:
    job = define_asset_job("loads", "key:load", config=per_day)
    assert job.partitions_def is per_day.partitions_def
    schedule = build_schedule_from_partitioned_job(job, hour_of_day=3)
    at_noon = ScheduleDefinition("noon", cron_schedule="0 12 * * *", job=job)
    by_name = ScheduleDefinition("named", cron_schedule="0 12 * * *", job_name="loads")
    defs = Definitions(assets=[load()], schedules=[schedule, at_noon, by_name], jobs=[job])
    assert schedule.cron_schedule == "0 3 * * *"
    row = schedule_row(schedule, defs)
    assert (row.is_evaluated, row.config) == (True, "")
    assert row.path.endswith("test_partitioned_config.py")
    for name in ("loads_schedule", "noon", "named"):
        asked = Asked(scheduled_at=datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
        [request] = Evaluation(defs, asked).run(name).requests
        assert request.partition == "2026-01-04"
        said = json.loads(request.config)["ops"]["load"]["config"]
        assert said == {"from": "2026-01-04", "to": "2026-01-05"}
        assert request.tags["day"] == "04"
    early = Asked(scheduled_at=datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
    assert Evaluation(defs, early).run("noon").skipped == "there is no partition yet"


def test_a_sensor_that_asks_for_a_partition_gets_them_too() -> None:
    job = define_asset_job("loads", "key:load", config=per_day)

    @sensor(job=job)
    def looks(context: object) -> object:
        yield RunRequest(partition_key="2026-01-02", tags={"day": "own"})
        yield RunRequest(partition_key="2026-01-03", run_config={"ops": {}})

    defs = Definitions(assets=[load()], sensors=[looks], jobs=[job])
    first, second = Evaluation(defs, Asked()).run("looks").requests
    assert json.loads(first.config)["ops"]["load"]["config"]["from"] == "2026-01-02"
    assert first.tags["day"] == "own"
    assert json.loads(second.config) == {"ops": {}}


def test_what_each_decorator_makes() -> None:
    letters = static_partitioned_config(["a", "b"])(lambda key: {"ops": {key: {}}})
    assert letters.get_partition_keys() == ["a", "b"]
    assert letters.get_run_config_for_partition_key("b") == {"ops": {"b": {}}}
    assert letters("x") == {"ops": {"x": {}}}
    with pytest.raises(DefinitionError, match="no partition 'c'"):
        letters.get_run_config_for_partition_key("c")
    same = partitioned_config(StaticPartitionsDefinition(["a"]), lambda key: {"key": key})
    assert same(lambda key: {}).get_tags_for_partition_key("a") == {"key": "a"}
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for decorator, last in (
        (hourly_partitioned_config("2026-02-28-00:00"), "2026-02-28-23:00"),
        (weekly_partitioned_config("2026-02-01"), "2026-02-22"),
        (monthly_partitioned_config("2026-01-01"), "2026-02-01"),
    ):
        made = decorator(lambda start, end: {"ops": {"of": {"config": {"at": f"{start:%F}"}}}})
        assert made.get_partition_keys(now)[-1] == last
        said = made.get_run_config_for_partition_key(last)
        assert said["ops"]["of"]["config"]["at"] == last[:10]
    with pytest.raises(DefinitionError, match="functions of a partition's key"):
        PartitionedConfig(StaticPartitionsDefinition(["a"]), lambda partition: {})
