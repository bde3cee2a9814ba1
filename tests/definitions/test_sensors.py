"""Sensors and schedules with functions: what they ask for, told by what they are called with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dbtree import (
    AssetKey,
    AssetSelection,
    AutomationConditionSensorDefinition,
    ConfigurableResource,
    DagsterRunStatus,
    DefaultSensorStatus,
    DefinitionError,
    Definitions,
    RunRequest,
    SensorResult,
    SkipReason,
    asset,
    asset_sensor,
    build_schedule_context,
    build_sensor_context,
    define_asset_job,
    multi_asset_sensor,
    run_failure_sensor,
    run_status_sensor,
    schedule,
    sensor,
)

from tests.definitions.written import manifest
from tui.definitions.resolver import resolve
from tui.definitions.sensor_evaluation import Asked, Evaluation
from tui.protocol.sensors import Occurrence

JOB = define_asset_job("load", AssetSelection.keys("a"))


class Inbox(ConfigurableResource):
    files: list[str] = []


def evaluated(one, asked=None, **resources):
    defs = Definitions(sensors=[one], resources=resources)
    return Evaluation(defs, asked or Asked()).run(one.name)


def test_a_sensor_yields_runs_and_keeps_its_cursor():
    @sensor(job=JOB, minimum_interval_seconds=5)
    def files(context):
        """New files."""
        assert (context.cursor, context.last_run_key) == ("2", "b")
        context.log.info("looked at %d", 3)
        context.update_cursor("3")
        yield RunRequest(run_key="c", tags={"n": 1}, partition_key="p")
        yield RunRequest(run_key="d", asset_selection=["x/y"])

    found = evaluated(files, Asked(cursor="2", last_run_key="b"))
    assert [(row.run_key, row.keys, row.partition) for row in found.requests] == [
        ("c", [], "p"), ("d", ["x/y"], ""),
    ]  # fmt: skip
    assert (found.requests[0].tags, found.cursor) == ({"n": "1"}, "3")
    assert found.log == ["info: looked at 3"]


def test_a_sensor_says_why_it_skips_in_each_of_the_ways():
    @sensor(job=JOB)
    def by_reason():
        return SkipReason("no file")

    @sensor(job=JOB)
    def by_result(context):
        return SensorResult(skip_reason="nothing", cursor="7")

    @sensor(job=JOB)
    def silently(context): ...

    assert evaluated(by_reason).skipped == "no file"
    found = evaluated(by_result)
    assert (found.skipped, found.cursor) == ("nothing", "7")
    assert evaluated(silently, Asked(cursor="1")).cursor == "1"


def test_its_resources_are_given_by_name_whatever_the_context_is_called():
    @sensor(job=JOB)
    def files(ctx, inbox: Inbox):
        return [RunRequest(run_key=name) for name in inbox.files] or ctx.cursor

    found = evaluated(files, inbox=Inbox(files=["one", "two"]))
    assert [row.run_key for row in found.requests] == ["one", "two"]
    with pytest.raises(DefinitionError, match="files asks for 'inbox'"):
        Definitions(sensors=[files])


def test_what_a_sensor_may_not_answer_is_told_with_its_name():
    @sensor(job=JOB)
    def odd():
        return 3

    with pytest.raises(DefinitionError, match="odd answered 3"):
        evaluated(odd)
    with pytest.raises(DefinitionError, match="a RunConfig or a dict"):
        RunRequest(run_config=3)
    with pytest.raises(DefinitionError, match="either run_requests or a skip_reason"):
        SensorResult(run_requests=[RunRequest()], skip_reason="x")


def test_a_sensor_of_an_asset_hears_of_the_latest_materialization_once():
    @asset_sensor(asset_key=AssetKey(["shop", "orders"]), job=JOB)
    def changed(context, event):
        made = event.asset_materialization
        return RunRequest(run_key=event.run_id, tags={"rows": made.metadata["rows"].value})

    rows = {"rows": {"kind": "int", "value": 4}}
    asked = Asked(occurrences=[Occurrence(5.0, "r1", "shop/orders", metadata=rows)])
    found = evaluated(changed, asked)
    assert (found.requests[0].run_key, found.requests[0].tags) == ("r1", {"rows": "4"})
    again = evaluated(changed, Asked(cursor=found.cursor, occurrences=asked.occurrences))
    assert (again.requests, again.skipped) == ([], "shop/orders was not materialized anew")


def test_a_sensor_of_several_assets_asks_what_is_new():
    @multi_asset_sensor(monitored_assets=[AssetKey("a"), AssetKey("b")], job=JOB)
    def both(context):
        records = context.latest_materialization_records_by_key()
        if all(records.values()):
            context.advance_all_cursors()
            return RunRequest()
        return SkipReason(str(sorted(key.to_user_string() for key, one in records.items() if one)))

    keys = ["a", "b"]
    first = evaluated(both, Asked(occurrences=[Occurrence(1.0, "r", "a")], monitored=keys))
    assert first.skipped == "['a']"
    two = [Occurrence(1.0, "r", "a"), Occurrence(2.0, "r", "b")]
    second = evaluated(both, Asked(occurrences=two, monitored=keys))
    assert len(second.requests) == 1
    assert evaluated(both, Asked(second.cursor, occurrences=two, monitored=keys)).skipped == "[]"


def test_a_sensor_of_runs_is_called_for_each():
    heard = []

    @run_failure_sensor
    def failed(context):
        events = context.get_step_failure_events()
        heard.append(
            (
                context.dagster_run.job_name,
                context.failure_event.message,
                events[0].step_key,
                events[0].asset_key,
                context.dagster_run.tags,
            )
        )

    runs = [
        Occurrence(1.0, "r1", metadata={"model.a": "no"}, job="load", message="no"),
        Occurrence(
            2.0,
            "r2",
            metadata={"asset.a/b": "nope"},
            job="all",
            message="nope",
            tags={"team": "fin"},
        ),
    ]
    found = evaluated(failed, Asked(occurrences=runs))
    assert heard == [
        ("load", "no", "model.a", None, {}),
        ("all", "nope", "a__b", AssetKey(["a", "b"]), {"team": "fin"}),
    ]
    assert (found.heard, found.requests) == (2, [])
    with pytest.raises(DefinitionError, match="runs that have ended"):
        run_status_sensor(DagsterRunStatus.STARTED)(lambda context: None)


def test_a_schedule_with_a_function_is_told_its_time():
    @schedule("0 6 * * *", job=JOB, execution_timezone="Europe/Berlin")
    def daily(context):
        day = context.scheduled_execution_time
        return RunRequest(run_key=day.isoformat()) if day.hour == 6 else SkipReason("late")

    at = datetime(2026, 5, 1, 4, tzinfo=UTC).timestamp()
    defs = Definitions(schedules=[daily])
    found = Evaluation(defs, Asked(scheduled_at=at)).run("daily")
    assert found.requests[0].run_key == "2026-05-01T06:00:00+02:00"
    assert Evaluation(defs, Asked(scheduled_at=at + 3600)).run("daily").skipped == "late"
    row = resolve(defs, manifest(), lambda *_: frozenset()).schedules[0]
    assert (row.name, row.job, row.is_evaluated) == ("daily", "load", True)
    assert daily(
        build_schedule_context(scheduled_execution_time=datetime(2026, 5, 1, tzinfo=UTC))
    ) == (SkipReason("late"))


def test_sensors_are_rows_of_the_definitions():
    @sensor(jobs=[JOB, define_asset_job("other", "kind:python")], tags={"team": "x"},
            default_status=DefaultSensorStatus.RUNNING)  # fmt: skip
    def two(): ...

    @run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[JOB], request_job=JOB)
    def after(context): ...

    all_of = AutomationConditionSensorDefinition("mine", target=AssetSelection.groups("g"))
    defs = Definitions(sensors=[two, after, all_of])
    rows = {row.name: row for row in resolve(defs, manifest(), lambda *_: frozenset()).sensors}
    assert [target[:2] for target in rows["two"].targets] == [
        ["load", 'key:"a"'], ["other", "kind:python"],
    ]  # fmt: skip
    assert (rows["two"].is_on, rows["two"].interval, rows["two"].tags) == (True, 30, {"team": "x"})
    assert (rows["after"].statuses, rows["after"].jobs) == (("success",), ["load"])
    assert (rows["mine"].kind, rows["mine"].monitored) == ("automation", 'group:"g"')


def test_two_of_one_name_and_jobs_that_are_not_there_are_told():
    @sensor(job_name="missing")
    def lost(): ...

    with pytest.raises(DefinitionError, match="asks for the job 'missing'"):
        Definitions(sensors=[lost])

    @sensor(job=JOB, name="load_schedule")
    def same(): ...

    @schedule("@daily", job=JOB, name="load_schedule")
    def other(): ...

    with pytest.raises(DefinitionError, match="a schedule and a sensor 'load_schedule'"):
        Definitions(sensors=[same], schedules=[other])
    with pytest.raises(DefinitionError, match="takes one of job"):
        sensor(job=JOB, asset_selection="*")(lambda: None)
    with pytest.raises(DefinitionError, match="put @sensor above"):
        Definitions(sensors=[lambda: None])  # type: ignore[list-item]


def test_a_sensor_is_called_by_hand_in_a_test():
    @sensor(job=JOB)
    def files(context):
        return SkipReason(context.cursor)

    @asset
    def a(): ...

    assert files(build_sensor_context(cursor="x")) == SkipReason("x")
    with pytest.raises(DefinitionError, match="no instance with get_runs"):
        build_sensor_context().instance.get_runs()
    assert Definitions.merge(Definitions(sensors=[files]), Definitions([a])).sensors == (files,)
