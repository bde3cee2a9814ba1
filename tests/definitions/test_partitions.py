"""Which partitions there are: windows of time over changes of the clock, named ones, pairs.

The expected keys and windows are those of Dagster 1.13, checked by hand.
"""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from tests.definitions.written import SHOP, values
from tui.definitions.api import (
    AssetExecutionContext,
    AssetsDefinition,
    Definitions,
    MaterializeResult,
    asset,
    build_schedule_from_partitioned_job,
    dbt_assets,
    define_asset_job,
    materialize,
)
from tui.definitions.errors import DefinitionError
from tui.definitions.partition_rows import partitions_of
from tui.definitions.partitions import (
    MultiPartitionKey,
    MultiPartitionsDefinition,
    PartitionKeyRange,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)
from tui.definitions.regular_partitions import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from tui.definitions.resolver import resolve
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition, window_of

NOON = datetime(2026, 1, 1, 12)  # noqa: DTZ001  the zone is that of the partitions


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_at(moment: datetime, text: str) -> bool:
    """Whether a moment is that of a text in UTC."""
    return moment.timestamp() == at(text).timestamp()


@pytest.mark.parametrize(
    ("end_offset", "last", "count"), [(0, "2026-01-03", 3), (1, "2026-01-04", 4),
                                      (2, "2026-01-05", 5), (-1, "2026-01-02", 2)],
)  # fmt: skip
def test_daily_partitions_end_with_the_day_that_is_over(
    end_offset: int, last: str, count: int
) -> None:
    daily = DailyPartitionsDefinition("2026-01-01", end_offset=end_offset)
    keys = daily.get_partition_keys(at("2026-01-04 12:00"))
    assert (keys[0], keys[-1], len(keys)) == ("2026-01-01", last, count)


def test_no_window_ends_after_the_end() -> None:
    daily = DailyPartitionsDefinition("2026-01-01", "2026-01-03")
    assert daily.get_partition_keys(at("2026-06-01 00:00")) == ["2026-01-01", "2026-01-02"]


def test_before_the_first_window_is_over_there_is_no_partition() -> None:
    daily = DailyPartitionsDefinition("2026-01-01")
    assert daily.get_partition_keys(at("2026-01-01 23:59")) == []
    assert daily.get_partition_keys(at("2026-01-02 00:00")) == ["2026-01-01"]


def test_weeks_begin_on_sunday_and_months_on_the_first_unless_they_are_moved() -> None:
    now = at("2026-03-20 00:00")
    weekly = WeeklyPartitionsDefinition("2026-03-01", day_offset=1, hour_offset=6)
    assert weekly.get_partition_keys(now) == ["2026-03-02", "2026-03-09"]
    assert weekly.cron_schedule == "0 6 * * 1"
    assert WeeklyPartitionsDefinition("2026-03-03").get_partition_keys(now) == ["2026-03-08"]
    monthly = MonthlyPartitionsDefinition("2026-01-02", day_offset=15)
    assert monthly.get_partition_keys(now) == ["2026-01-15", "2026-02-15"]
    window = monthly.time_window_for_partition_key("2026-02-15")
    assert (window.start, window.end) == (at("2026-02-15 00:00"), at("2026-03-15 00:00"))


def test_a_day_of_a_changed_clock_has_23_or_25_hours() -> None:
    daily = DailyPartitionsDefinition("2026-03-28", timezone="Europe/Berlin")
    spring = daily.time_window_for_partition_key("2026-03-29")
    autumn = daily.time_window_for_partition_key("2026-10-25")
    hours = [(one.end.timestamp() - one.start.timestamp()) / 3600 for one in (spring, autumn)]
    assert hours == [23, 25]


def test_an_hour_that_comes_twice_is_two_partitions_and_one_left_out_is_none() -> None:
    hourly = HourlyPartitionsDefinition("2026-10-25-01:00", timezone="Europe/Berlin")
    assert hourly.get_partition_keys(at("2026-10-25 02:00")) == [
        "2026-10-25-01:00", "2026-10-25-02:00", "2026-10-25-02:00+0100",
    ]  # fmt: skip
    first, second = map(
        hourly.time_window_for_partition_key, ("2026-10-25-02:00", "2026-10-25-02:00+0100")
    )
    assert is_at(first.start, "2026-10-25 00:00")
    assert is_at(second.start, "2026-10-25 01:00")
    spring = HourlyPartitionsDefinition("2026-03-29-01:00", timezone="Europe/Berlin")
    assert spring.get_partition_keys(at("2026-03-29 02:00")) == [
        "2026-03-29-01:00", "2026-03-29-03:00",
    ]  # fmt: skip


def test_a_daily_time_that_the_clock_leaves_out_is_the_next_that_there_is() -> None:
    daily = DailyPartitionsDefinition(
        "2026-03-28", timezone="Europe/Berlin", hour_offset=2, minute_offset=30
    )
    window = daily.time_window_for_partition_key("2026-03-29")
    assert is_at(window.start, "2026-03-29 01:00")  # 03:00 of summer
    twice = daily.time_window_for_partition_key("2026-10-25")
    assert is_at(twice.start, "2026-10-25 01:30")  # the second 02:30


@pytest.mark.parametrize(
    ("cron", "keys"),
    [
        ("0 6 * * mon-fri", ["2026-01-01 06:00", "2026-01-02 06:00", "2026-01-05 06:00"]),
        ("0 0 1,15 * *", ["2026-01-01 00:00", "2026-01-15 00:00"]),
        ("0 0 L * *", ["2026-01-31 00:00"]),
        ("0 0 * * 1#2", ["2026-01-12 00:00"]),
        ("0 */12 1 1 *", ["2026-01-01 00:00", "2026-01-01 12:00"]),
    ],
)
def test_a_cron_expression_says_where_windows_begin(cron: str, keys: list[str]) -> None:
    windows = TimeWindowPartitionsDefinition(
        start="2026-01-01 00:00", fmt="%Y-%m-%d %H:%M", cron_schedule=cron
    )
    found = windows.get_partition_keys(at("2027-06-01 00:00"))
    assert found[: len(keys)] == keys


def test_windows_can_be_left_out() -> None:
    daily = DailyPartitionsDefinition(
        "2026-01-01", exclusions=["0 0 * * 6,0", NOON.replace(hour=0)]
    )
    assert daily.get_partition_keys(at("2026-01-07 00:00")) == [
        "2026-01-02", "2026-01-05", "2026-01-06",
    ]  # fmt: skip
    nothing = DailyPartitionsDefinition("2026-01-01", exclusions=["0 0 * * *"])
    assert nothing.get_partition_keys(at("2026-01-07 00:00")) == []


def test_a_range_has_both_its_ends() -> None:
    daily = DailyPartitionsDefinition("2020-01-01")
    found = daily.get_partition_keys_in_range(PartitionKeyRange("2020-01-30", "2020-02-01"))
    assert found == ["2020-01-30", "2020-01-31", "2020-02-01"]
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    assert letters.get_partition_keys_in_range(PartitionKeyRange("b", "c")) == ["b", "c"]
    with pytest.raises(DefinitionError, match="There is no partition 'z': there is a to c"):
        letters.get_partition_keys_in_range(PartitionKeyRange("b", "z"))
    with pytest.raises(DefinitionError, match="There is no partition '2019-12-31'"):
        daily.get_partition_keys_in_range(PartitionKeyRange("2019-12-31", "2020-02-01"))


def test_two_dimensions_have_a_partition_for_each_pair() -> None:
    pairs = MultiPartitionsDefinition({
        "region": StaticPartitionsDefinition(["eu", "us"]),
        "date": DailyPartitionsDefinition("2026-01-01", "2026-01-03"),
    })  # fmt: skip
    keys = pairs.get_partition_keys()
    assert keys == ["2026-01-01|eu", "2026-01-01|us", "2026-01-02|eu", "2026-01-02|us"]
    assert keys[1].keys_by_dimension == {"date": "2026-01-01", "region": "us"}
    assert pickle.loads(pickle.dumps(keys[1])).keys_by_dimension["region"] == "us"
    assert MultiPartitionKey({"region": "us", "date": "2026-01-01"}) == keys[1]
    window = window_of(pairs, "2026-01-01|eu", "2026-01-02|us")
    assert (window.start, window.end) == (at("2026-01-01 00:00"), at("2026-01-03 00:00"))
    in_range = pairs.get_partition_keys_in_range(
        PartitionKeyRange("2026-01-01|us", "2026-01-02|us")
    )
    assert in_range == ["2026-01-01|us", "2026-01-02|us"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StaticPartitionsDefinition(["a", "a"]), "'a' is given twice"),
        (lambda: StaticPartitionsDefinition(["a...b"]), "cannot be the key"),
        (lambda: MultiPartitionsDefinition({}), "two dimensions, not 0"),
        (lambda: DailyPartitionsDefinition("01.02.2026"), "must be like %Y-%m-%d"),
        (lambda: DailyPartitionsDefinition("2026-01-01", timezone="Mars"), "Unknown time zone"),
        (lambda: TimeWindowPartitionsDefinition("2026", "%Y", cron_schedule="x"), "cron"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(make: object, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "partitions",
    [
        StaticPartitionsDefinition(["a", "b"]),
        DailyPartitionsDefinition("2026-01-01", "2026-02-01", timezone="Europe/Berlin"),
        HourlyPartitionsDefinition("2026-01-01-00:00", "2026-01-02-00:00", minute_offset=15,
                                   exclusions=["15 3 * * *", NOON.replace(minute=15)]),
        MultiPartitionsDefinition({
            "a": StaticPartitionsDefinition(["x"]), "b": DailyPartitionsDefinition("2026-01-01"),
        }),
    ],
)  # fmt: skip
def test_partitions_travel_as_json(partitions: PartitionsDefinition) -> None:
    again = partitions_of(partitions.to_json())
    assert again == partitions
    now = at("2026-03-01 00:00")
    assert again.get_partition_keys(now) == partitions.get_partition_keys(now)
    assert again.get_partition_keys(now)


# ---------------------------------------------------------------- in definitions


def daily_report() -> AssetsDefinition:
    @asset(partitions_def=DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin"))
    def report(context: AssetExecutionContext) -> MaterializeResult:
        """Write it."""
        start, end = context.partition_time_window
        return MaterializeResult(metadata={"key": context.partition_key, "from": str(start),
                                           "to": str(end)})  # fmt: skip

    return report


def test_a_function_is_told_the_partition_of_its_run() -> None:
    made = materialize([daily_report()], partition_key="2026-03-29")
    assert values(made.materializations[0].metadata) == {
        "key": "2026-03-29", "from": "2026-03-29 00:00:00+01:00",
        "to": "2026-03-30 00:00:00+02:00",
    }  # fmt: skip
    with pytest.raises(DefinitionError, match="This run has no partition"):
        materialize([daily_report()])


def test_a_run_of_several_partitions_has_a_range() -> None:
    context = AssetExecutionContext(
        assets_def=daily_report(), partitions=["2026-01-01", "2026-01-02", "2026-01-03"]
    )
    assert context.partition_key_range == PartitionKeyRange("2026-01-01", "2026-01-03")
    assert (context.has_partition_key, context.has_partition_key_range) == (False, True)
    assert is_at(context.partition_time_window.end, "2026-01-03 23:00")
    with pytest.raises(DefinitionError, match="This run has 3 partitions"):
        _ = context.partition_key


def test_a_schedule_ticks_when_a_window_is_over() -> None:
    job = define_asset_job("daily", [daily_report()])
    schedule = build_schedule_from_partitioned_job(job, hour_of_day=3, minute_of_hour=30)
    assert (schedule.name, schedule.cron_schedule, schedule.execution_timezone) == (
        "daily_schedule", "30 3 * * *", "Europe/Berlin",
    )  # fmt: skip
    of_assets = build_schedule_from_partitioned_job(define_asset_job("all", "key:report"))
    Definitions(assets=[daily_report()], schedules=[of_assets]).settle_schedules()
    assert of_assets.cron_schedule == "0 0 * * *"
    assert of_assets.execution_timezone == "Europe/Berlin"
    none = build_schedule_from_partitioned_job(define_asset_job("none", "key:other"))
    with pytest.raises(DefinitionError, match="needs a partitions_def"):
        Definitions(assets=[daily_report()], schedules=[none]).settle_schedules()
    letters = define_asset_job("abc", partitions_def=StaticPartitionsDefinition(["a"]))
    with pytest.raises(DefinitionError, match="needs a cron_schedule"):
        build_schedule_from_partitioned_job(letters)


def test_partitions_are_in_the_graph_with_their_backfill_policy() -> None:
    days = DailyPartitionsDefinition("2026-01-01")

    def shop_dbt_assets(context: object, dbt: object) -> None: ...

    dbt = dbt_assets(manifest=SHOP, partitions_def=days)(shop_dbt_assets)
    found = resolve(
        Definitions(assets=[dbt, daily_report()], resources={"dbt": None}), SHOP,
        lambda *_: frozenset(),
    )  # fmt: skip
    orders = found.translations["model.shop.orders"]
    assert partitions_of(orders.partitions) == days
    assert '"per_run":null' in orders.partitions  # windows of time of dbt's go into one run
    assert not any(
        one.partitions for key, one in found.translations.items() if key.startswith("source.")
    )
    (report,) = found.assets
    assert '"per_run":1' in report.partitions


def test_partitions_are_the_same_however_often_and_in_whatever_order_they_are_asked_for() -> None:
    def made() -> HourlyPartitionsDefinition:
        return HourlyPartitionsDefinition("2026-10-24-00:00", timezone="Europe/Berlin")

    kept = made()
    for text in ("2026-10-24 09:30", "2026-10-25 03:00", "2026-10-25 02:59", "2026-10-28 00:00"):
        assert kept.get_partition_keys(at(text)) == made().get_partition_keys(at(text))
        assert kept.windows(at(text)) == made().windows(at(text))
