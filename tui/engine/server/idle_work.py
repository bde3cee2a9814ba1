"""What the engine does while idle: it warms up and writes the cache."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

QUIET = 1.0
"""Seconds without a request after which the cache is written."""
CHORE = 0.01
"""Seconds of chores after which the engine looks whether something is asked for."""


class Idling:
    """The work that waits for a quiet moment."""

    def __init__(self, save: Callable[[], None], flush: Callable[[], None]) -> None:
        """`save` writes all that is unsaved, and may raise OSError; `flush` leaves nothing in
        buffers that a forked process would write a second time.
        """
        self._save_all = save
        self._flush = flush
        self._chores: Iterator[None] | None = None
        self._may_do_chores = True
        self._saver = 0
        """The process that writes the cache, while there is one."""

    def expect(self, chores: Iterator[None]) -> None:
        """Do these, a few milliseconds at a time."""
        self._chores = chores

    @property
    def has_chores(self) -> bool:
        """Whether there are any left."""
        return self._chores is not None

    def patience(self, warm: Any, *, is_running: bool) -> float | None:
        """How long to wait for a request before `work`, in seconds; None: as long as it takes.

        Args:
            warm: the project as it was parsed, a `WarmProject`, or None.
            is_running: whether a run is active. It was forked with what there was: chores would
                only take the processor from it.
        """
        self._may_do_chores = not is_running
        if self._chores is not None and self._may_do_chores:
            return 0.0
        return QUIET if self._is_unsaved(warm) else None

    def work(self, warm: Any) -> None:
        """Nothing was asked for in that time: do something else."""
        if self._chores is not None and self._may_do_chores:
            self._do_chores(self._chores)
        elif self._is_unsaved(warm):
            self._save(warm)

    def reap(self) -> None:
        """A child has ended; maybe it is that which wrote the cache."""
        if self._saver and os.waitpid(self._saver, os.WNOHANG)[0]:
            self._saver = 0

    def end(self, warm: Any) -> None:
        """Write what is unsaved, and return when it is."""
        if self._is_unsaved(warm):
            self._save_here(warm)

    def _do_chores(self, chores: Iterator[None]) -> None:
        from tui.engine.parse.warm_manifest import settle_memory

        until = time.perf_counter() + CHORE
        while self._chores is not None and time.perf_counter() < until:
            try:
                next(chores)
            except StopIteration:
                self._chores = None
                settle_memory()
            except Exception:  # noqa: BLE001  whoever needs it tells what is wrong with it
                self._chores = None

    def _is_unsaved(self, warm: Any) -> bool:
        return warm is not None and not warm.is_saved and not self._saver

    def _save(self, warm: Any) -> None:
        """In a child, so that a request need not wait."""
        if not warm.fork:
            self._save_here(warm)
            return
        from tui.engine.process.forked import start_in_child

        self._flush()
        self._saver = start_in_child(self._save_all)
        warm.is_saved = True

    def _save_here(self, warm: Any) -> None:
        try:
            self._save_all()
        except OSError:
            # A read-only state directory costs the next start its speed, nothing else.
            warm.is_saved = True
