"""The files of compiled code (`target/compiled`, `target/run`), written while a run goes on.

A file system that is busy, above all with a database that commits, keeps whoever writes a file
waiting, and with it one of the run's threads. Only people read these files, and later. A file that
holds what is to be written already is left as it is.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from dbt.contracts.graph.nodes import ParsedNode

WRITERS = 2
"""Threads that write files: they wait for the file system, not for each other."""
OF_SQL = "sql"
"""The language of what only the database gets to see; an adapter may read a file of Python."""

Write = Callable[[], Any]


class LateCode:
    """The writing of compiled code, put off for a moment."""

    def __init__(self) -> None:
        self._queues: list[queue.SimpleQueue[tuple[str, str, Write] | None]] = []
        self._writers: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._failed: list[tuple[str, Write]] = []
        self._pid = os.getpid()

    def put_off(self) -> None:
        """From here on, dbt's nodes in this process write their code so. Where a file could not be
        written, those after it are written by dbt, which says what is wrong.
        """
        write_at_once = ParsedNode.write_node

        def write_node(node: Any, project_root: str, compiled_path: Any, code: Any) -> None:
            def write() -> None:
                write_at_once(node, project_root, compiled_path, code)

            if self._failed or type(code) is not str or not self._can_be_late(node):
                write()
                return
            path = os.path.join(project_root, compiled_path)
            writer = hash(path) % WRITERS  # one file's contents come one after the other
            self._queues[writer].put((path, code, write))

        ParsedNode.write_node = write_node

    def finish(self, seconds: float | None = None) -> list[str]:
        """Wait until all is written. What could not be written, in words.

        Args:
            seconds: to wait at most; None for as long as it takes.
        """
        if os.getpid() != self._pid:
            return []
        until = None if seconds is None else time.monotonic() + seconds
        with self._lock:
            writers, self._writers = self._writers, []
            for waiting in self._queues:
                waiting.put(None)
            for writer in writers:
                writer.join(None if until is None else max(until - time.monotonic(), 0))
        failed, self._failed = self._failed, []
        return [words for path, write in failed if (words := _failure(path, write))]

    def _can_be_late(self, node: Any) -> bool:
        if getattr(node, "language", OF_SQL) != OF_SQL or os.getpid() != self._pid:
            return False
        with self._lock:
            if not self._writers:
                self._queues = [queue.SimpleQueue() for _ in range(WRITERS)]
                self._writers = [
                    threading.Thread(target=self._write, args=(waiting,), daemon=True)
                    for waiting in self._queues
                ]
                for writer in self._writers:
                    writer.start()
        return True

    def _write(self, waiting: queue.SimpleQueue[tuple[str, str, Write] | None]) -> None:
        while (one := waiting.get()) is not None:
            path, code, write = one
            try:
                if not _holds(path, code):
                    write()
            except Exception:  # noqa: BLE001 - it is tried again at the end
                self._failed.append((path, write))


def _failure(path: str, write: Write) -> str:
    try:
        write()
    except Exception as error:  # noqa: BLE001 - a file that only people read
        return f"{path} was not written: {getattr(error, 'strerror', None) or error}."
    return ""


def _holds(path: str, code: str) -> bool:
    """Whether a file holds this code and nothing else."""
    data = code.encode("utf-8", "surrogatepass")
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.read(fd, len(data) + 1) == data
    except OSError:
        return False
    finally:
        os.close(fd)
