"""Work in a forked child of the engine: what it changes is gone with it, only its answer stays.

A compilation that may open the database, a preview, an import of the user's definitions: each is
done in a child, so that the engine's manifest stays whole and it never holds a connection.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

HAS_FORK = hasattr(os, "fork")


class ChildDied(Exception):
    """The child ended without an answer (killed, out of memory)."""


def in_child(work: Callable[[], T]) -> T:
    """Do the work in a forked child and return its answer, which is pickled on its way.

    `work` must return its failures as values: an exception in it ends the child without an
    answer. Raises ChildDied then.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work_and_exit(work, read_end, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        answer = stream.read()
    _, status = os.waitpid(pid, 0)
    if not answer or status != 0:
        raise ChildDied(f"a process of the engine ended with status {status}")
    return pickle.loads(answer)


def _work_and_exit(work: Callable[[], object], read_end: int, write_end: int) -> None:
    """The whole life of the child. Never returns."""
    code = 1
    try:
        gc.disable()
        signal.set_wakeup_fd(-1)
        os.close(read_end)
        answer = pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL)
        with os.fdopen(write_end, "wb") as stream:
            stream.write(answer)
        code = 0
    finally:
        # Not sys.exit: the parent's cleanup, buffers and connections are not the child's.
        os._exit(code)


def start_in_child(work: Callable[[], object]) -> int:
    """Start work whose answer nobody waits for; returns the child's pid, to be waited for."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.disable()
        signal.set_wakeup_fd(-1)
        work()
        code = 0
    finally:
        os._exit(code)
