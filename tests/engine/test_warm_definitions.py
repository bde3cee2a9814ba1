"""A process keeps definitions imported for the ticks of sensors, and is never left behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from tui.engine.process.forked import ChildDied
from tui.engine.python import evaluations, warm_definitions
from tui.engine.python.warm_definitions import Traces, WarmDefinitions
from tui.protocol.messages import EvaluateSensor

Start = Callable[..., WarmDefinitions[Any]]


PATIENCE = 60


def eventually(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(load: Any = dict, evaluate: Any = None, key: str = "a") -> Any:
            made = WarmDefinitions(key, load, evaluate or counted, patience=30)
            stack.callback(made.end)
            return made

        yield started


def counted(state: dict[str, int], word: str) -> tuple[str, int, int]:
    state[word] = state.get(word, 0) + 1
    return word, state[word], os.getpid()


def ready(warm: WarmDefinitions[Any], key: str = "a") -> WarmDefinitions[Any]:
    eventually(lambda: warm.serves(key))
    return warm


def has_ended(warm: WarmDefinitions[Any]) -> bool:
    return not warm.is_of_use("a")


def test_each_evaluation_finds_the_definitions_as_they_were_imported(start: Start) -> None:
    warm = ready(start())
    answers = [warm.ask("x") for _ in range(3)]
    found = [one.answer() for one in answers]
    assert [one[:2] for one in found] == [("x", 1)] * 3
    assert len({one[2] for one in found} | {os.getpid()}) == 4


def test_it_serves_only_what_it_was_made_of_and_only_while_it_is_young(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = ready(start())
    assert not warm.serves("b")
    assert not warm.is_of_use("b")
    assert warm.is_of_use("a")
    monkeypatch.setattr(warm_definitions, "LIFETIME", 0.0)
    assert not warm.serves("a")
    assert not warm.is_of_use("a")


def test_an_import_that_keeps_something_open_or_fails_is_not_kept(
    start: Start, tmp_path: Path
) -> None:
    held: list[Any] = []

    def opens() -> Any:
        held.append((tmp_path / "database").open("w"))

    def begins() -> Any:
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    def fails() -> Any:
        os._exit(3)  # as a sys.exit of the user's, or a crash

    for load in (opens, begins, fails):
        warm = start(load)
        eventually(partial(has_ended, warm))
        assert not warm.serves("a")
    traces = Traces()
    assert traces.are_none
    with (tmp_path / "other").open("w"):
        assert not traces.are_none


def test_a_function_that_crashes_ends_its_own_evaluation_alone(start: Start) -> None:
    def evaluate(_: Any, word: str) -> str:
        if word == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        return word

    warm = ready(start(evaluate=evaluate))
    crashed, other = warm.ask("crash"), warm.ask("other")
    with pytest.raises(ChildDied):
        crashed.answer()
    assert other.answer() == "other"


def test_what_it_evaluates_goes_on_when_it_is_retired(start: Start, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def evaluate(_: Any, word: str) -> str:
        return word + gate.read_text()

    warm = ready(start(evaluate=evaluate))
    asked = warm.ask("x")
    with gate.open("w") as opened:  # it is being evaluated
        warm.retire()
        opened.write("y")
    assert asked.answer() == "xy"


def test_an_idle_one_ends_and_refuses_whoever_asks_then(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_definitions, "IDLE", 0.0)
    warm = ready(start())
    eventually(lambda: not warm.is_of_use("a"))
    with pytest.raises(OSError):
        warm.ask("x")


def test_sensors_are_evaluated_by_it_once_it_is_there_and_while_nothing_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warm_definitions, "WORTH", -1.0)
    monkeypatch.setattr(evaluations, "_loaded", lambda *_: None)
    monkeypatch.setattr(evaluations, "_answered", lambda *_: (os.getppid(), False))
    before = set(psutil.Process().children())
    answers: list[Any] = []
    asked = evaluations.Evaluations(answers.append)

    def evaluated(key: str) -> int:
        warm: Any = SimpleNamespace(fork=True)
        place: Any = None
        asked.begin(warm, place, EvaluateSensor(1, "looks"), key)
        select.select(asked.fds, [], [], PATIENCE)
        asked.collect()
        return int(answers.pop())

    try:
        assert evaluated("a") == os.getpid()
        eventually(lambda: evaluated("a") != os.getpid())
        assert evaluated("b") == os.getpid()
        eventually(lambda: evaluated("b") != os.getpid())
    finally:
        asked.end()
    assert set(psutil.Process().children()) <= before


ENGINE = """
import os, sys, time
from tui.engine.python import warm_definitions
warm_definitions.WATCH = 0.05
warm = warm_definitions.WarmDefinitions("a", dict, lambda *_: None, patience=30)
while not warm.serves("a"):
    time.sleep(0.01)
kept = os.dup(warm._channel.fileno())  # as a run that the engine started has it
print(warm._pid, flush=True)
if os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
time.sleep(60)
"""


def test_it_ends_with_its_engine_even_when_that_is_killed() -> None:
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None
    assert engine.stdin is not None
    pid = int(engine.stdout.readline())
    engine.kill()
    engine.wait()
    eventually(lambda: not psutil.pid_exists(pid))
    engine.stdin.close()
    engine.stdout.close()
