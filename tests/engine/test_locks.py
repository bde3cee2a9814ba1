"""Whose turn it is, and who has a lock."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tui.engine.process.locks import LockHeld, release, take_run_lock, take_turn
from tui.engine.process.slots import take_slot

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such locks")


def wishes(path: Path, run_id: str, pool: ThreadPoolExecutor) -> Future[int]:
    """Somebody waits for their turn, and has said so."""
    waiting = pool.submit(take_turn, path, run_id)
    while not path.read_text("utf-8").startswith(f"{run_id} "):
        assert not waiting.done()
    return waiting


def test_of_those_who_wait_for_a_turn_only_the_last_gets_it(tmp_path: Path):
    path = tmp_path / "locks" / "manifest.lock"
    first = take_turn(path, "aaaa")
    assert first >= 0
    with ThreadPoolExecutor() as pool:
        second = wishes(path, "bbbb", pool)
        third = wishes(path, "cccc", pool)
        assert not second.done()
        assert not third.done()
        os.close(first)
        last = third.result()
        assert last >= 0
        os.close(last)
        assert second.result() == -1


def test_a_turn_that_nobody_else_wants_can_be_had_again(tmp_path: Path):
    path = tmp_path / "manifest.lock"
    for _ in range(2):
        turn = take_turn(path, "aaaa")
        assert turn >= 0
        os.close(turn)


def test_who_has_a_lock_can_be_read_at_any_moment(tmp_path: Path):
    path = tmp_path / "dev.lock"
    release(take_run_lock(path, "the run with the longest name", lambda _: None))
    stop = threading.Event()

    def read() -> set[str]:
        read = set()
        while not stop.is_set():
            read.add(json.loads(path.read_bytes())["run_id"])
        return read

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read)
        try:
            for number in range(2000):
                release(take_run_lock(path, f"run{number % 2}", lambda _: None))
        finally:
            stop.set()
        assert reading.result() <= {"the run with the longest name", "run0", "run1"}


@pytest.fixture
def left_behind() -> Iterator[Callable[[], None]]:
    """Forks a process that is there until the end of the test."""
    ready, stay = os.pipe()
    here, children = os.getpid(), []

    def fork() -> None:
        if (child := os.fork()) == 0:
            os.close(stay)
            os.read(ready, 1)
            os._exit(0)
        if os.getpid() == here:
            children.append(child)

    yield fork
    os.close(stay)
    os.close(ready)
    for child in children:
        os.waitpid(child, 0)


def test_a_lock_ends_with_the_run_and_not_with_the_processes_that_it_leaves(
    tmp_path: Path, left_behind: Callable[[], None]
):
    path = tmp_path / "dev.lock"
    lock = take_run_lock(path, "a158", pytest.fail)
    left_behind()
    release(lock)
    release(take_run_lock(path, "b200", pytest.fail, 0.0))
    with take_slot(tmp_path, "runs", 1, "a158", pytest.fail):
        left_behind()
    with take_slot(tmp_path, "runs", 1, "b200", pytest.fail):
        pass


def test_a_child_that_ends_takes_no_lock_from_the_run(tmp_path: Path):
    path = tmp_path / "dev.lock"
    lock = take_run_lock(path, "a158", pytest.fail)
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(LockHeld, match="a158"):
        take_run_lock(path, "b200", lambda _: None, 0.0)
    release(lock)


def test_a_lock_is_free_when_its_run_is_killed_and_what_it_forked_goes_on(
    tmp_path: Path, left_behind: Callable[[], None]
):
    path = tmp_path / "dev.lock"
    if (run := os.fork()) == 0:
        take_run_lock(path, "a158", lambda _: None)
        left_behind()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(run, 0)
    release(take_run_lock(path, "b200", pytest.fail, 0.0))
