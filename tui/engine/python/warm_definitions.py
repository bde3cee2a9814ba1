"""A process that keeps the user's definitions imported, so that a sensor's tick only calls it.

It is forked from the engine once an evaluation has shown that the import costs something and leaves
nothing behind: no open file, no thread, little memory. Each evaluation is a fork of it, so that
what the user's function changes is gone with it, as without. It ends when it is idle, when its
engine ends, and when the engine has no more use for it: the definitions or the graph are others, or
it has grown old. Whoever cannot be answered by it evaluates as if it were not there.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tui.engine.process.forked import ChildDied, close_all_but, keep_from_forks

T = TypeVar("T")

LIFETIME = 300.0
"""Seconds for which it serves: what the definitions read when they are imported, other than their
own files, is so old at most."""
IDLE = 150.0
"""Seconds without an evaluation after which it ends."""
WATCH = 2.0
"""Seconds between two looks whether its engine is still there."""
WORTH = 0.2
"""Seconds that an import must take for the process to be worth its memory."""
MEMORY = 600_000_000
"""Bytes that an import may take for it to be kept."""


class Traces:
    """What an import leaves behind in its process: made before it, asked after it."""

    def __init__(self) -> None:
        self._files = _open_files()
        self._threads = threading.active_count()
        self._memory = _peak_memory()
        self._started = time.monotonic()

    @property
    def are_none(self) -> bool:
        """Whether forks of the process are as good as imports of their own: no file or connection
        is open that was not, no thread works, and its memory is bounded.
        """
        return (
            _open_files() <= self._files
            and threading.active_count() <= self._threads
            and _peak_memory() - self._memory < MEMORY
        )

    @property
    def is_worth_it(self) -> bool:
        """Whether the import took long enough for a process to be kept."""
        return self.are_none and time.monotonic() - self._started > WORTH


def _open_files() -> set[str]:
    return set(os.listdir("/dev/fd"))


def _peak_memory() -> int:
    import resource  # which Windows, that has no fork either, does not have

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class WarmAnswer(Generic[T]):
    """An answer that is on its way, as an `Errand`."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        """Has something to read when there is an answer, or whoever works at it has died."""

    def is_done(self) -> bool:
        """Whether `answer` need not wait."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def answer(self) -> T:
        """The answer, waited for. Raises ChildDied."""
        with os.fdopen(self.fd, "rb") as stream:
            answer = stream.read()
        if not answer:
            raise ChildDied("a process of the definitions ended without an answer")
        found: T = pickle.loads(answer)
        return found

    @property
    def end_in_words(self) -> str:
        """How whoever worked at it ended: nobody here knows."""
        return ""

    def drop(self) -> None:
        """Want no answer; its process ends with that of the definitions."""
        os.close(self.fd)


class WarmDefinitions(Generic[T]):
    """The process, as the engine sees it."""

    def __init__(
        self,
        key: Hashable,
        load: Callable[[], T],
        evaluate: Callable[[T, Any], Any],
        *,
        patience: int,
    ) -> None:
        """Start it.

        Args:
            key: What it was made of; it serves whoever has an equal one.
            load: Imports the definitions. Where it raises, the process ends.
            evaluate: Answers a request with them; failures are values of it.
            patience: Seconds that the import, and each evaluation, may take.
        """
        self.key = key
        self._born = time.monotonic()
        self._is_ready = False
        engine = os.getpid()
        self._channel, theirs = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            _live(_Life(engine, theirs, load, evaluate, patience))
        theirs.close()

    def serves(self, key: Hashable) -> bool:
        """Whether it is ready, and as good as an import of what there is now."""
        if key != self.key or time.monotonic() - self._born > LIFETIME:
            return False
        if not self._is_ready and select.select([self._channel], [], [], 0)[0]:
            with suppress(OSError):
                self._is_ready = self._channel.recv(1) == READY
        return self._is_ready

    def is_of_use(self, key: Hashable) -> bool:
        """Whether it serves, or will."""
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = 0
        return self._pid != 0 and key == self.key and time.monotonic() - self._born <= LIFETIME

    def ask(self, request: Any) -> WarmAnswer[Any]:
        """Have a request answered. Raises OSError where it has ended."""
        read_end, write_end = os.pipe()
        try:
            with tempfile.TemporaryFile() as said:
                said.write(pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL))
                said.flush()
                socket.send_fds(self._channel, [ASKED], [write_end, said.fileno()])
        except OSError:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        return WarmAnswer(read_end)

    def retire(self) -> None:
        """Let it end; what it evaluates goes on."""
        self._channel.close()

    def end(self) -> None:
        """End it, with all evaluations that go on in it."""
        self._channel.close()
        if not self._pid:
            return
        for kill in (os.killpg, os.kill):  # it may not have its group yet
            with suppress(ProcessLookupError, PermissionError):
                kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self._pid = 0


READY = b"r"
ASKED = b"a"


@dataclass(frozen=True)
class _Life(Generic[T]):
    """What the process has."""

    engine: int
    """Its process id."""
    channel: socket.socket
    load: Callable[[], T]
    evaluate: Callable[[T, Any], Any]
    patience: int


def _live(life: _Life[Any]) -> None:
    """The whole life of the process. Never returns."""
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        close_all_but(life.channel.fileno())
        gc.disable()
        gc.freeze()
        traces = Traces()
        signal.alarm(life.patience)
        definitions = life.load()
        signal.alarm(0)
        if traces.are_none:
            life.channel.send(READY)
            _serve(life, definitions)
    finally:
        os._exit(0)


def _serve(life: _Life[Any], definitions: Any) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the evaluations
    asked_at = time.monotonic()
    while time.monotonic() - asked_at < IDLE:
        if not select.select([life.channel], [], [], WATCH)[0]:
            if os.getppid() != life.engine:
                return
            continue
        if not _take(life, definitions):
            return
        asked_at = time.monotonic()
    life.channel.shutdown(socket.SHUT_RD)  # from now on, whoever asks is refused
    while select.select([life.channel], [], [], 0)[0] and _take(life, definitions):
        pass


def _take(life: _Life[Any], definitions: Any) -> bool:
    """Begin the evaluation that is asked for. Returns False where the engine asks no more."""
    word, fds, _, _ = socket.recv_fds(life.channel, 1, 2)
    if not word or len(fds) != 2:
        return False
    answer, said = fds
    if os.fork() == 0:
        _evaluate(life, definitions, answer, said)
    os.close(answer)
    os.close(said)
    return True


def _evaluate(life: _Life[Any], definitions: Any, answer: int, said: int) -> None:
    """The whole life of an evaluation. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.alarm(life.patience)
        life.channel.close()
        keep_from_forks(answer)
        if (numpy := sys.modules.get("numpy")) is not None:
            numpy.random.seed()  # Python's own does so by itself
        with os.fdopen(said, "rb") as stream:
            stream.seek(0)
            request = pickle.loads(stream.read())
        found = pickle.dumps(life.evaluate(definitions, request), protocol=pickle.HIGHEST_PROTOCOL)
        with os.fdopen(answer, "wb") as stream:
            stream.write(found)
    finally:
        os._exit(0)
