"""Whose turn it is."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tui.engine.process.locks import take_turn

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
        assert second.result() == -1
        last = third.result()
    assert last >= 0
    os.close(last)


def test_a_turn_that_nobody_else_wants_can_be_had_again(tmp_path: Path):
    path = tmp_path / "manifest.lock"
    for _ in range(2):
        turn = take_turn(path, "aaaa")
        assert turn >= 0
        os.close(turn)
