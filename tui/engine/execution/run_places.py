"""The places of which a run takes one: before anything else, and for the functions of a pool."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tui.engine.execution.events import EventLog
from tui.engine.process.slots import take_slot
from tui.protocol.events import RunWaiting
from tui.protocol.messages import StartRun


class RunPlaces:
    """Takes places for one run, and says for whom it waits."""

    def __init__(self, state_dir: Path | str, request: StartRun, log: EventLog) -> None:
        self._state_dir = Path(state_dir)
        self._request = request
        self._log = log

    @contextmanager
    def of_run(self) -> Iterator[None]:
        """A place of each limit that concerns the run, until its end. All runs take them in the
        same order, so that no two wait for each other.
        """
        with ExitStack() as taken:
            for name, limit, words in self._request.limits:
                taken.enter_context(self._place(name, limit, words))
            self._log.end_wait()
            yield

    @contextmanager
    def of_pool(self, pool: str | None) -> Iterator[None]:
        """A place in a pool, while a function of it is called. A run has one at a time."""
        limit = self._request.pools.get(pool or "", self._request.default_pool_limit)
        if not pool or limit <= 0:
            yield
            return
        with self._place(f"pool {pool}", limit, f"in the pool {pool}"):
            self._log.end_wait()
            yield

    @contextmanager
    def _place(self, name: str, limit: int, words: str) -> Iterator[None]:
        def tell(holders: str) -> None:
            holder = self._log.clean(f"{holders} {words} (limit {limit})")
            self._log.write(RunWaiting(at=time.time(), holder=holder))

        with ExitStack() as stack:
            try:
                stack.enter_context(
                    take_slot(self._state_dir, name, limit, self._request.run_id, tell)
                )
            except OSError as error:
                problem = error.strerror or error
                self._log.say("warn", f"No place {words} can be taken: {problem}.")
            yield
