"""Compiles, in the background and without a database, what was parsed: digests that are compared.

It is done in a forked child of low priority, which tells each digest as it finds it; the child is
ended at once when something is parsed or run, and what it left is done by the next one. Where there
is no fork, a node is compiled at a time while nothing is asked for.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.engine.process.forked import HAS_FORK, close_all_but
from tui.protocol.records import Compiled

if TYPE_CHECKING:
    from tui.engine.parse.warm_manifest import WarmProject

QUIET = 0.1
"""Seconds without a request after which it begins."""
TELL = 0.2
"""Seconds of digests that are told at once."""
LONGEST = 20
"""Seconds that one node may take; a macro of the user's may never end."""
COLLECTED = 20
"""Nodes after which the garbage of their contexts is collected."""
TOO_MUCH = Compiled("", "a macro that ends the process")
TOO_LONG = Compiled("", "a macro that takes too long")


@dataclass
class Found:
    """What was found out of some nodes."""

    compiled: dict[str, Compiled] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    """The SQL of those of which it was asked for; empty where it is not known offline."""

    def __bool__(self) -> bool:
        return bool(self.compiled or self.code)


class CompileAhead:
    """What is still to be compiled of an open project, and the child that does it."""

    def __init__(self) -> None:
        self.pending: dict[str, None] = {}
        """unique_ids, the next one first."""
        self.coded: set[str] = set()
        """Those of which the SQL is to be told too."""
        self.fd = -1
        """Where the child tells what it found; -1 while there is none."""
        self._pid = 0
        self._text = b""
        self._lost: dict[str, Compiled] = {}
        """Nodes that ended the child."""

    def expect(self, unique_ids: Iterable[str], *, with_code: bool = False) -> None:
        """Compile these, before what waits already."""
        unique_ids = list(unique_ids)
        self.pending = dict.fromkeys([*unique_ids, *self.pending])
        if with_code:
            self.coded.update(unique_ids)

    def wants_to_start(self) -> bool:
        """Whether there is something to do, and nobody does it."""
        return bool(self.pending) and self.fd < 0

    def start(self, warm: WarmProject) -> None:
        """Begin with what is pending; with the next node only, where there is no fork."""
        if not (warm.fork and HAS_FORK):
            return
        sys.stdout.flush()
        sys.stderr.flush()
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            _be_child(warm, list(self.pending), self.coded, write_end)
        os.close(write_end)
        self.fd, self._pid, self._text = read_end, pid, b""

    def one(self, warm: WarmProject) -> Found:
        """The next node, compiled here."""
        unique_id = next(iter(self.pending))
        del self.pending[unique_id]
        with offline(warm) as compilation:
            return self._found([_told(compilation, unique_id, self.coded)])

    def take(self) -> Found:
        """What the child has found since the last time. To be called when `fd` can be read."""
        chunk = os.read(self.fd, 1 << 16)
        if not chunk:
            self._forget()
            lost, self._lost = self._lost, {}
            return Found(lost, dict.fromkeys(lost, ""))
        *lines, self._text = (self._text + chunk).split(b"\n")
        return self._found([row for line in lines for row in json.loads(line)])

    def _found(self, told: list[list[Any]]) -> Found:
        found = Found()
        for unique_id, row, code in told:
            self.pending.pop(unique_id, None)
            if row is not None:
                found.compiled[unique_id] = Compiled(*row)
            if code is not None:
                self.coded.discard(unique_id)
                found.code[unique_id] = code
        return found

    def stop(self) -> None:
        """End the child; what it has not told is still pending."""
        if self.fd >= 0:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._forget(is_done=False)

    def _forget(self, *, is_done: bool = True) -> None:
        os.close(self.fd)
        self.fd = -1
        _, status = os.waitpid(self._pid, 0)
        if is_done and self.pending and status:
            # It died of a node: the first that it has not told. The others must not wait for it.
            first = next(iter(self.pending))
            del self.pending[first]
            self.coded.discard(first)
            self._lost[first] = TOO_MUCH


@contextmanager
def offline(warm: WarmProject) -> Iterator[Any]:
    """Dbt's compiler for the nodes of a project, without a database."""
    from dbt.flags import set_flags

    warm.attach_adapter()
    set_flags(warm.flags)
    yield warm.offline_compilation()


def _be_child(warm: WarmProject, unique_ids: list[str], coded: set[str], fd: int) -> None:
    """The whole life of the child. Never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.nice(15)
        _close_all_but(fd)
        _compile_all(warm, unique_ids, coded, fd)
        code = 0
    finally:
        os._exit(code)


def _close_all_but(kept: int) -> None:
    """Keep nothing of the engine's open: who listens to it must see it end. Print nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    close_all_but(kept)


def _compile_all(warm: WarmProject, unique_ids: list[str], coded: set[str], fd: int) -> None:
    from tui.engine.fence.registry import apply_at_run_start

    apply_at_run_start()
    gc.disable()
    gc.freeze()  # a collection shall not touch, and so copy, the pages of the manifest
    told: list[list[Any]] = []
    tell_at = time.monotonic() + TELL / 4
    with offline(warm) as compilation:
        for number, unique_id in enumerate(unique_ids, 1):
            told.append(_within_time(compilation, unique_id, coded))
            if number % COLLECTED == 0:
                gc.collect()
            if time.monotonic() >= tell_at:
                _tell(fd, told)
                told, tell_at = [], time.monotonic() + TELL
    _tell(fd, told)


class _TooLong(BaseException):
    """A node takes longer than is waited for."""


def _told(compilation: Any, unique_id: str, coded: set[str]) -> list[Any]:
    """A node as it is told: its id, the row of what it is compiled to, and its SQL."""
    code = compilation.code(unique_id) if unique_id in coded else None
    return [unique_id, compilation.compiled(unique_id), code]


def _within_time(compilation: Any, unique_id: str, coded: set[str]) -> list[Any]:
    def end(*_: Any) -> None:
        raise _TooLong

    signal.signal(signal.SIGALRM, end)
    signal.alarm(LONGEST)
    try:
        return _told(compilation, unique_id, coded)
    except _TooLong:
        return [unique_id, TOO_LONG, "" if unique_id in coded else None]
    finally:
        signal.alarm(0)


def _tell(fd: int, told: list[list[Any]]) -> None:
    left = json.dumps(told).encode() + b"\n"
    while left:
        left = left[os.write(fd, left) :]
