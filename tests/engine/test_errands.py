"""Work in a child of the engine: ended in time, and not waited for if it leaves others behind."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.waits import wait_until
from tui.engine.process.forked import ChildDied, Errand, in_child
from tui.engine.python import evaluations
from tui.engine.python.warm_definitions import WarmDefinitions
from tui.protocol.messages import EvaluateSensor, Refused, SensorEvaluated


def wait_forever() -> None:
    while True:
        select.select([], [], [], 1)


@pytest.fixture
def engines_handler() -> Iterator[None]:
    """The engine looks for its window at each alarm while it works for it: so it forks."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("engines_handler")
def test_what_never_ends_is_ended_in_its_time_whatever_the_engine_does_with_alarms() -> None:
    errand: Errand[None] = Errand(wait_forever, seconds=1)
    with pytest.raises(ChildDied):
        errand.answer()
    assert errand.end_in_words == f", by signal {int(signal.SIGALRM)}"


@pytest.fixture
def left_behind(tmp_path: Path) -> Iterator[Path]:
    """The file with the id of a process that the user's code leaves behind; it is ended."""
    file = tmp_path / "pid"
    yield file
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(file.read_text()), signal.SIGKILL)


def leave_one_behind(file: Path) -> str:
    pid = os.fork()
    if pid == 0:
        wait_forever()
    file.write_text(str(pid))
    return "done"


def test_an_answer_does_not_wait_for_a_process_that_was_left_behind(left_behind: Path) -> None:
    errand = Errand(lambda: leave_one_behind(left_behind), seconds=60)
    assert errand.answer() == "done"
    os.kill(int(left_behind.read_text()), 0)  # it is there


def test_an_import_does_not_wait_for_a_process_that_it_left_behind(left_behind: Path) -> None:
    assert in_child(lambda: leave_one_behind(left_behind)) == "done"
    os.kill(int(left_behind.read_text()), 0)


def test_nor_does_an_answer_of_the_process_that_is_kept(left_behind: Path) -> None:
    def evaluate(_: Any, file: Path) -> str:
        return leave_one_behind(file)

    warm = WarmDefinitions("a", dict, evaluate, patience=60)
    try:
        wait_until(lambda: warm.serves("a"))
        assert warm.ask(left_behind).answer() == "done"
    finally:
        warm.end()


class Asked:
    """Evaluations of a function of the user's, which is `evaluate`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, evaluate: Any) -> None:
        self.sent: list[Any] = []
        self.evaluations = evaluations.Evaluations(self.sent.append)
        monkeypatch.setattr(evaluations, "_evaluated", lambda *_: evaluate())

    def begin(self, number: int) -> None:
        warm: Any = SimpleNamespace(fork=True)
        place: Any = None
        self.evaluations.begin(warm, place, EvaluateSensor(number, f"sensor {number}"))

    def answered(self, number: int) -> Any:
        """The answer, waited for."""

        def look() -> Any:
            self.evaluations.collect()
            return next((one for one in self.sent if one.id == number), None)

        return wait_until(look)


def test_a_sensor_that_turns_its_alarm_off_and_hangs_is_ended_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang() -> None:
        signal.alarm(0)
        wait_forever()

    monkeypatch.setattr(evaluations, "LONGEST", 1)
    monkeypatch.setattr(evaluations, "GRACE", 0.5)
    asked = Asked(monkeypatch, hang)
    asked.begin(1)
    assert asked.answered(1) == Refused(1, "It took over 1 seconds and was ended.")
    assert asked.evaluations.fds == ()


def test_a_sensor_that_ends_its_process_is_told_from_one_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch, lambda: os._exit(7))
    asked.begin(1)
    assert asked.answered(1) == Refused(1, "It ended without an answer, with exit code 7.")


def test_while_one_hangs_the_others_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, wait_forever)
    asked.begin(1)
    monkeypatch.setattr(evaluations, "_evaluated", lambda *_: (SensorEvaluated(2), False))
    asked.begin(2)
    assert asked.answered(2) == SensorEvaluated(2)
    assert len(asked.evaluations.fds) == 1  # the other goes on
    asked.evaluations.end()
