"""A run whose database somebody takes just before dbt does is begun again; real locks are held in
test_running.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tui.engine.execution.events import EventLog, reason_in_words
from tui.engine.run.database_wait import DatabaseWait
from tui.protocol.events import NodeStarted, RunFinished

HELD = reason_in_words(
    'IO Error: Could not set lock on file "/data/shop.duckdb": Conflicting lock is held in '
    "/usr/bin/python3.11 (PID 4711) by user ann."
)
NO_FILE = SimpleNamespace(type="duckdb", path=":memory:", remote=None, attach=None)


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "events.jsonl")


def outcomes(log: EventLog, *ends: RunFinished, seconds: float = 300.0) -> tuple[RunFinished, int]:
    """What comes of runs that end so, one after the other, and how many there were."""
    waiting = list(ends)
    finished = DatabaseWait(NO_FILE, seconds, log).run_when_free(lambda: waiting.pop(0))
    return finished, len(ends) - len(waiting)


def ended(status: str, message: str = "") -> RunFinished:
    return RunFinished(1.0, status, 0.1, message)


def test_a_run_that_found_the_database_taken_is_begun_again(log: EventLog) -> None:
    good = ended("success")
    assert outcomes(log, ended("error", HELD), ended("error", HELD), good) == (good, 3)


def test_another_error_ends_the_run(log: EventLog) -> None:
    bad = ended("error", "no such profile")
    assert outcomes(log, bad, ended("success")) == (bad, 1)


def test_without_time_to_wait_it_is_not_begun_again(log: EventLog) -> None:
    held = ended("error", HELD)
    assert outcomes(log, held, ended("success"), seconds=0.0) == (held, 1)


def test_what_has_begun_to_build_is_not_begun_again(log: EventLog) -> None:
    log.write(NodeStarted(1.0, "model.shop.a"))
    held = ended("error", HELD)
    assert outcomes(log, held, ended("success")) == (held, 1)
