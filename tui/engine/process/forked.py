"""Work in a forked child of the engine: what it changes is gone with it, only its answer stays.

A compilation that may open the database, a preview, an import of the user's definitions: each is
done in a child, so that the engine's manifest stays whole and it never holds a connection.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import resource_tracker
from typing import Generic, TypeVar

from tui.protocol.run_exits import words_of

T = TypeVar("T")

HAS_FORK = hasattr(os, "fork")


class ChildDied(Exception):
    """The child ended without an answer (killed, out of memory)."""

    def __init__(self, words: str, code: int | None = None) -> None:
        super().__init__(words)
        self.code = code
        """Its exit code, or minus the signal that killed it; None where that is not known."""

    @property
    def took_too_long(self) -> bool:
        """Whether it was ended because it took longer than it was allowed to."""
        return self.code is not None and self.code == -getattr(signal, "SIGALRM", 0)

    def why(self, what: str, seconds: float) -> str:
        """What has become of it, in a sentence.

        Args:
            what: What it did: `The import of shop`.
            seconds: How long it was allowed to take.
        """
        if self.code is None:
            return f"{what} ended without a message, or took over {seconds:.0f} seconds."
        if self.took_too_long:
            return f"{what} took over {seconds:.0f} seconds and was ended."
        return words_of(self.code, what)


def _died(status: int) -> ChildDied:
    code = os.waitstatus_to_exitcode(status)
    return ChildDied(f"a process of the engine ended with status {status}", code)


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
        raise _died(status)
    return pickle.loads(answer)


def _work_and_exit(work: Callable[[], object], read_end: int, write_end: int) -> None:
    """The whole life of the child. Never returns."""
    code = 1
    try:
        gc.disable()
        signal.set_wakeup_fd(-1)
        os.close(read_end)
        keep_from_forks(write_end)
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


class Errand(Generic[T]):
    """Work in a forked child whose answer is fetched later: the parent goes on meanwhile."""

    def __init__(self, work: Callable[[], T], *, seconds: int, keep: tuple[int, ...] = ()) -> None:
        """Begin it; the child is ended when it takes longer than so many seconds.

        The descriptors in `keep` stay open in it.

        `work` must return its failures as values, as for `in_child`.
        """
        self.fd, write_end = os.pipe()
        """Has something to read when there is an answer, or the child has died."""
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            # The engine's own handler looks for its window, and ends nothing.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            # Whoever listens to the engine must see it end even while this goes on.
            close_all_but(self.fd, write_end, *keep)
            _work_and_exit(work, self.fd, write_end)
        os.close(write_end)

    def is_done(self) -> bool:
        """Whether `answer` need not wait."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def answer(self) -> T:
        """The answer of the work, waited for. Raises ChildDied."""
        with os.fdopen(self.fd, "rb") as stream:
            answer = stream.read()
        _, self._status = os.waitpid(self._pid, 0)
        if not answer or self._status != 0:
            raise _died(self._status)
        found: T = pickle.loads(answer)
        return found

    def stop(self) -> None:
        """Ask it to end; whoever keeps it fetches an answer that is of no use."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)

    @property
    def end_in_words(self) -> str:
        """Once `answer` has raised: how the child ended, to be added to a sentence."""
        if not self._status:
            return ""
        code = os.waitstatus_to_exitcode(self._status)
        return f", by signal {-code}" if code < 0 else f", with exit code {code}"

    def drop(self) -> None:
        """End it at once, with all that it has open, and want no answer."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self.fd)


def keep_from_forks(fd: int) -> None:
    """Let no process that is forked from this one have a descriptor: whoever reads at the other end
    would wait for it, too, however long it stays.
    """

    def close() -> None:
        with suppress(OSError):
            os.close(fd)

    os.register_at_fork(after_in_child=close)


def close_all_but(*kept: int) -> None:
    """Close what a forked child has of its parent's open files, but for 0, 1, 2 and these.

    The descriptor of multiprocessing's resource tracker is shared on purpose.
    """
    keep = {*kept, getattr(resource_tracker._resource_tracker, "_fd", None)}
    for name in os.listdir("/dev/fd"):
        fd = int(name)
        if fd > 2 and fd not in keep:
            with suppress(OSError):
                os.close(fd)
