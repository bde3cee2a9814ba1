"""Places of which there are only so many."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tui.engine.process.slots import take_slot

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such locks")


def never(holders: str) -> None:
    raise AssertionError(holders)


def test_so_many_have_a_place_and_the_next_waits_for_them(tmp_path: Path):
    waited, got = threading.Event(), list[str]()

    def wait(holders: str) -> None:
        got.append(holders)
        waited.set()

    def third() -> None:
        with take_slot(tmp_path, "pool a/b ü", 2, "cccc", wait):
            got.append("in")

    with ThreadPoolExecutor() as pool, ExitStack() as first:
        first.enter_context(take_slot(tmp_path, "pool a/b ü", 2, "aaaa", never))
        with take_slot(tmp_path, "pool a/b ü", 2, "bbbb", never):
            waiting = pool.submit(third)
            assert waited.wait(60)
            assert got == ["run aaaa or bbbb"]
            with take_slot(tmp_path, "pool a_b ü", 1, "dddd", never):
                pass  # other names have other places
        waiting.result(60)
    assert got[-1] == "in"


def test_a_place_is_free_again_after_an_exception(tmp_path: Path):
    with pytest.raises(KeyError), take_slot(tmp_path, "runs", 1, "aaaa", never):
        raise KeyError
    with take_slot(tmp_path, "runs", 1, "bbbb", never):
        pass
