"""A run key counts for a run that was started or waits; it is free again where none ever was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graphs import graph_of
from tests.runs.logs import RunWriter
from tui.runs import queue_files
from tui.runs.directories import run_dir
from tui.runs.plan import Scope, plan_build
from tui.schedules.run_keys import RunKeys
from tui.schedules.sensor_store import LEASE, SensorStore
from tui.schedules.store import ScheduleStore

NOW = 1000.0


class Sensing:
    """A sensor that asks for a run with the key `k`, in a project without an engine."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.store = SensorStore(ScheduleStore(state_dir))
        self.waiting: set[str] = set()
        self.keys = RunKeys(
            lambda: self.store, lambda run_id: run_dir(state_dir, run_id), lambda: self.waiting
        )

    def asks(self, run_id: str = "a1b2") -> Path:
        """Have the run asked for; its directory."""
        assert self.store.reserve("s", "dev", "k", NOW)
        self.store.note_run("s", "dev", "k", run_id)
        found = run_dir(self.state_dir, run_id)
        found.mkdir(parents=True)
        return found

    def is_free(self, now: float = NOW) -> bool:
        """Whether another run is made for the key."""
        self.keys.settle("s", "dev", now)
        return self.store.reserve("s", "dev", "k", now)


@pytest.fixture
def sensing(tmp_path: Path) -> Sensing:
    return Sensing(tmp_path)


def note(directory: Path) -> None:
    """Let a run wait in this process."""
    plan = plan_build(graph_of("a"), ["a"], Scope.ONLY)
    queue_files.note_waiting(directory, plan, project="shop", target="dev")


def closed(directory: Path) -> None:
    note(directory)
    queue_files.record_never_started(directory, queue_files.CLOSED)


def killed(directory: Path) -> None:
    note(directory)
    text = (directory / queue_files.NOTE).read_text()
    (directory / queue_files.NOTE).write_text(text.replace(str(os.getpid()), "999999999"))


def dropped(directory: Path) -> None:
    directory.rmdir()


def lost(directory: Path) -> None:
    """Its process ended between the queue and the first event."""
    os.utime(directory, (NOW, NOW))


@pytest.mark.parametrize("end", [closed, killed, dropped, lost])
def test_a_key_whose_run_never_started_is_free_again(
    sensing: Sensing, end: Callable[[Path], None]
) -> None:
    end(sensing.asks())
    assert sensing.is_free()


def test_a_key_whose_run_was_started_is_never_free_even_when_the_run_is_pruned(
    sensing: Sensing,
) -> None:
    directory = sensing.asks()
    log = RunWriter(sensing.state_dir, "a1b2").starts("a")
    assert not sensing.is_free()
    log.ends("cancelled")
    assert not sensing.is_free()
    log.path.unlink()
    directory.rmdir()
    assert not sensing.is_free()


def test_a_key_whose_run_was_cancelled_after_it_began_is_not_free(sensing: Sensing) -> None:
    sensing.asks()
    RunWriter(sensing.state_dir, "a1b2").starts("a").says("Never started: a word").ends("cancelled")
    assert not sensing.is_free()


def test_a_key_whose_run_waits_is_not_free_wherever_it_waits(sensing: Sensing) -> None:
    directory = sensing.asks()
    assert not sensing.is_free()  # it was just asked for
    note(directory)
    assert not sensing.is_free()
    queue_files.forget_waiting(directory)
    os.utime(directory, (NOW, NOW))
    sensing.waiting.add("a1b2")
    assert not sensing.is_free()


def test_a_key_that_was_taken_by_who_ended_before_the_run_was_asked_for_is_free_after_a_while(
    sensing: Sensing,
) -> None:
    assert sensing.store.reserve("s", "dev", "k", NOW)
    assert not sensing.is_free(NOW + 1)
    assert sensing.is_free(NOW + LEASE + 1)


@pytest.mark.parametrize(
    ("end", "is_asked_again"), [(closed, True), (killed, True), (dropped, False), (lost, False)]
)
def test_a_run_that_dbtree_was_closed_on_is_asked_for_again_one_that_was_dropped_is_not(
    sensing: Sensing, end: Callable[[Path], None], is_asked_again: bool
) -> None:
    end(sensing.asks())
    sensing.store.keep_request("s", "dev", "a1b2", ["k", "job"], NOW)
    again = sensing.keys.closed_on("s", "dev", since=NOW)
    assert [(one.run_id, one.request) for one in again] == (
        [("a1b2", ["k", "job"])] if is_asked_again else []
    )
    assert bool(sensing.store.kept_requests("s", "dev")) is is_asked_again


def test_what_was_asked_for_before_a_sensor_was_turned_off_and_on_is_not_asked_for_again(
    sensing: Sensing,
) -> None:
    closed(sensing.asks())
    sensing.store.keep_request("s", "dev", "a1b2", ["k"], NOW)
    assert sensing.keys.closed_on("s", "dev", since=NOW + 1) == []
    assert sensing.keys.closed_on("s", "dev", since=0) == []


def test_a_run_that_waits_is_not_asked_for_again(sensing: Sensing) -> None:
    note(sensing.asks())
    sensing.store.keep_request("s", "dev", "a1b2", ["k"], NOW)
    assert sensing.keys.closed_on("s", "dev", since=NOW) == []
    assert len(sensing.store.kept_requests("s", "dev")) == 1
