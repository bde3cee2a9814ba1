"""Schedules tick once, whoever looks and whenever: with a clock that the test moves."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.definitions.cron import cron_problem
from tui.errors import RunError
from tui.protocol.schedules import ScheduleRow
from tui.schedules.store import ScheduleStore
from tui.schedules.ticks import Ticker
from tui.schedules.values import Schedule, Tick

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def schedule(cron="0 * * * *", *, on=True, catch_up=False, zone="UTC", name="s") -> Schedule:
    return Schedule(ScheduleRow(name, cron, zone, "*", "", "", on, catch_up, "", "", 0))


class Clock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **much: float) -> None:
        self.at += timedelta(**much)


@pytest.fixture
def store(tmp_path):
    store = ScheduleStore(tmp_path)
    yield store
    store.close()


def statuses(store: ScheduleStore, name: str = "s") -> list[str]:
    return [tick.status for tick in store.ticks(name, "dev")]


def test_a_tick_is_due_when_its_time_has_come_and_not_again(store):
    clock, one = Clock(NOON + timedelta(minutes=58)), schedule()
    ticker = Ticker(store, "dev", clock)
    assert ticker.due([one]) == []
    clock.move(minutes=2)
    [due] = ticker.due([one])
    assert due.at == NOON + timedelta(hours=1)
    clock.move(seconds=1)
    assert ticker.due([one]) == []
    assert statuses(store) == ["claimed"]


def test_of_many_windows_one_gets_the_tick(tmp_path):
    clock, one = Clock(NOON - timedelta(seconds=5)), schedule()
    stores = [ScheduleStore(tmp_path) for _ in range(5)]
    tickers = [Ticker(each, "dev", clock) for each in stores]
    assert [ticker.due([one]) for ticker in tickers] == [[]] * 5
    clock.move(seconds=6)
    got = [due for ticker in tickers for due in ticker.due([one])]
    assert len(got) == 1
    late = Ticker(ScheduleStore(tmp_path), "dev", clock)
    assert late.due([one]) == []


def test_a_schedule_that_is_off_does_not_tick(store):
    clock, one = Clock(NOON - timedelta(minutes=1)), schedule(on=False)
    ticker = Ticker(store, "dev", clock)
    ticker.due([one])
    clock.move(minutes=2)
    assert ticker.due([one]) == []
    store.switch("s", "dev", on=True, now=clock.at.timestamp())
    assert ticker.due([one]) == []
    clock.move(hours=1)
    assert len(ticker.due([one])) == 1
    assert store.is_on("s", "prod", False) is False


def test_what_was_missed_is_noted_and_not_run(store):
    clock, one = Clock(), schedule()
    Ticker(store, "dev", clock).due([one])
    clock.move(hours=3, minutes=30)
    assert Ticker(store, "dev", clock).due([one]) == []
    assert statuses(store) == ["missed"] * 3


def test_a_schedule_that_catches_up_runs_the_latest_only(store):
    clock, one = Clock(), schedule(catch_up=True)
    ticker = Ticker(store, "dev", clock)
    ticker.due([one])
    clock.move(hours=3, minutes=30)
    [due] = ticker.due([one])
    assert due.is_late
    assert due.at == NOON + timedelta(hours=3)
    assert statuses(store) == ["claimed", "missed", "missed"]


def test_turning_it_off_and_on_forgets_what_was_between(store):
    clock, one = Clock(), schedule()
    ticker = Ticker(store, "dev", clock)
    ticker.due([one])
    store.switch("s", "dev", on=False, now=clock.at.timestamp())
    clock.move(hours=5, minutes=30)
    store.switch("s", "dev", on=True, now=clock.at.timestamp())
    assert ticker.due([one]) == []
    assert statuses(store) == []


def test_a_tick_keeps_what_became_of_it_over_a_restart(tmp_path):
    store = ScheduleStore(tmp_path)
    assert store.claim("s", "dev", 60.0)
    store.settle(Tick("s", "dev", 60.0, "run", "a3f1"))
    store.close()
    assert ScheduleStore(tmp_path).ticks("s", "dev") == [Tick("s", "dev", 60.0, "run", "a3f1")]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        # 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
        ("30 2 * * *", 365),
        ("0 3 * * *", 365),
        ("30 1 * * *", 365),
    ],
)
def test_a_daily_schedule_ticks_once_a_day_over_daylight_saving(store, cron, expected):
    one = schedule(cron, zone="Europe/Berlin")
    clock = Clock(datetime(2026, 1, 1, 0, 0, tzinfo=BERLIN).astimezone(UTC))
    ticker = Ticker(store, "dev", clock)
    ticker.due([one])
    days = []
    for _ in range(365 * 48):
        clock.move(minutes=30)
        days += [due.at.astimezone(BERLIN).date() for due in ticker.due([one])]
    assert len(days) == expected
    assert len(set(days)) == expected


def test_next_ticks_are_told_in_the_zone_of_the_schedule():
    one = schedule("0 6 * * mon-fri", zone="Europe/Berlin")
    friday = datetime(2026, 5, 1, 5, 0, tzinfo=UTC)
    assert [tick.strftime("%a %H:%M %z") for tick in one.next_ticks(friday, 2)] == [
        "Mon 06:00 +0200", "Tue 06:00 +0200",
    ]  # fmt: skip
    assert one.in_words == "At 06:00 on Monday through Friday (Europe/Berlin)"
    assert schedule("@daily").in_words == "At 00:00 every day"


@pytest.mark.parametrize("wrong", ["x", "60 * * * *", "0 0 30 2 *"])
def test_a_wrong_expression_is_told(wrong):
    with pytest.raises(ValueError, match=r"not a cron expression|never occurs"):
        schedule(wrong)


FIELD = st.sampled_from(
    ["*", "0", "5", "12", "31", "60", "*/5", "*/0", "1-5", "5-1", "1,2", "mon", "jan", "MON-FRI",
     "L", "7", "8", "1#1", "5L", "x", "", "1-", "13", "24", "00", "1/2"]
)  # fmt: skip


@given(st.lists(FIELD, min_size=4, max_size=6))
def test_definitions_refuse_what_the_clock_would_refuse(fields):
    text = " ".join(fields)
    try:
        schedule(text)
        is_good = True
    except ValueError:
        is_good = False
    # What the definitions let through is good; they may be stricter in rare notations.
    if not cron_problem(text):
        assert is_good


def test_a_file_that_breaks_while_it_is_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    store = ScheduleStore(tmp_path)
    with contextlib.closing(sqlite3.connect(store.path)) as other:
        other.execute("DROP TABLE switches")
    with pytest.raises(RunError, match="cannot be used: no such table"):
        store.switch("nightly", "dev", on=True, now=1.0)
    with pytest.raises(RunError, match="cannot be used"):
        store.since("nightly", "dev", 1.0)
    store.close()
