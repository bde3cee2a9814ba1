"""Engines of one project are few, and what killed ones leave is removed."""

import fcntl
import os

import pytest

from tui.engine.resident.other_engines import MOST, is_one_too_many
from tui.protocol.resident import LOCK, LOG, SOCKET


@pytest.fixture
def engine(tmp_path):
    """Makes the files of an engine that was used at a time, with its lock held or not."""
    held = []

    def make(name, used, *, lives=True):
        base = str(tmp_path / name)
        for ending in (SOCKET, LOG):
            open(base + ending, "w").close()
        lock = os.open(base + LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        os.utime(lock, (used, used))
        if lives:
            fcntl.flock(lock, fcntl.LOCK_EX)
            held.append(lock)
        else:
            os.close(lock)
        return base

    yield make
    for lock in held:
        os.close(lock)


def test_the_one_that_was_used_the_longest_ago_is_too_many(engine):
    bases = [engine(f"shop-{number}", 1_000 + number) for number in range(MOST)]
    engine("other-0", 9_000)
    own = engine("shop-own", 9_000)

    assert not is_one_too_many(own, 2_000.0)
    assert is_one_too_many(own, 500.0)
    assert os.stat(own + LOCK).st_mtime == 500.0  # for the others to see
    assert not is_one_too_many(bases[0], 1_000.0)


def test_a_killed_engine_is_not_counted_and_leaves_nothing(engine, tmp_path):
    own = engine("shop-own", 1_000)
    for number in range(MOST):
        engine(f"shop-{number}", 2_000, lives=False)
    engine("other-0", 2_000, lives=False)

    assert not is_one_too_many(own, 1_000.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"shop-own{ending}" for ending in sorted((SOCKET, LOG, LOCK))
    ]
