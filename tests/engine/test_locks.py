"""Whose turn it is, and who has a lock."""

import json
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tui.engine.process.locks import take_run_lock, take_turn

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
    os.close(take_run_lock(path, "the run with the longest name", lambda _: None))
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
                os.close(take_run_lock(path, f"run{number % 2}", lambda _: None))
        finally:
            stop.set()
        assert reading.result() <= {"the run with the longest name", "run0", "run1"}
