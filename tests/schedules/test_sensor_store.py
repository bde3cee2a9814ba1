"""Sensors are evaluated by one of many, and remember: with a time that the test says."""

from __future__ import annotations

import pytest

from tui.schedules.sensor_store import LEASE, SensorStore
from tui.schedules.sensor_values import SensorTick
from tui.schedules.store import ScheduleStore


@pytest.fixture
def store(tmp_path):
    opened = ScheduleStore(tmp_path)
    yield SensorStore(opened)
    opened.close()


def tick(at: float, status: str = "skipped", **more) -> SensorTick:
    return SensorTick("s", "dev", at, status, **more)


def test_of_many_windows_one_evaluates_and_then_the_interval_passes(tmp_path):
    stores = [SensorStore(ScheduleStore(tmp_path)) for _ in range(4)]
    assert [one.claim("s", "dev", 100.0, 30) for one in stores].count(True) == 1
    assert not stores[1].claim("s", "dev", 131.0, 30), "nobody has said what came of it"
    stores[0].settle(tick(100.0), "c", None, 100.0)
    assert not stores[2].claim("s", "dev", 129.0, 30)
    assert stores[2].claim("s", "dev", 130.0, 30)
    assert stores[3].claim("s", "prod", 130.0, 30)


def test_an_evaluation_that_was_given_up_changes_no_cursor(store):
    assert store.claim("s", "dev", 100.0, 30)
    assert store.claim("s", "dev", 101.0 + LEASE, 30)
    store.settle(tick(101.0 + LEASE), "new", "k2", 101.0 + LEASE)
    store.settle(tick(100.0), "old", "k1", 100.0)
    known = store.remembered("s", "dev")
    assert (known.cursor, known.run_key) == ("new", "k2")


def test_what_is_skipped_again_and_again_is_one_tick(store):
    for at in (10.0, 20.0, 30.0):
        store.settle(tick(at, message="no file"), None, None, at)
    store.settle(tick(40.0, "run", run_ids=("r1",)), None, None, 40.0)
    store.settle(tick(50.0, "run", run_ids=("r1",)), None, None, 50.0)
    found = store.ticks("s", "dev")
    assert [(one.at, one.latest, one.count) for one in found] == [
        (50.0, 50.0, 1), (40.0, 40.0, 1), (10.0, 30.0, 3),
    ]  # fmt: skip


def test_a_run_key_is_taken_once_until_it_is_given_back(store):
    assert store.reserve("s", "dev", "k", 1.0)
    assert not store.reserve("s", "dev", "k", 2.0)
    assert store.reserve("s", "prod", "k", 2.0)
    store.release("s", "dev", "k")
    assert store.reserve("s", "dev", "k", 3.0)


def test_a_run_key_is_unsettled_until_its_run_has_started(store):
    store.reserve("s", "dev", "k", 1.0)
    store.reserve("s", "dev", "l", 2.0)
    store.note_run("s", "dev", "k", "a1b2")
    assert store.unsettled("s", "dev") == [("k", "a1b2", 1.0), ("l", "", 2.0)]
    store.settle_key("s", "dev", "k")
    store.release("s", "dev", "l")
    assert store.unsettled("s", "dev") == []
    assert not store.reserve("s", "dev", "k", 3.0)
    assert store.reserve("s", "dev", "l", 3.0)


def test_the_latest_evaluation_of_each_condition_is_kept(store):
    store.keep_conditions("s", "dev", 1.0, {"a": "[1]", "b": "[2]"})
    store.keep_conditions("s", "dev", 2.0, {"a": "[3]"})
    assert store.conditions("s", "dev") == {"a": (2.0, "[3]"), "b": (1.0, "[2]")}
    assert store.conditions("s", "dev", ["b"]) == {"b": (1.0, "[2]")}
    store.keep_conditions("s", "dev", 3.0, {}, gone=["b"])
    assert list(store.conditions("s", "dev")) == ["a"]
