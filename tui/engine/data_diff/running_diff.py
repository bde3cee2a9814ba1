"""The data diff that goes on: in a forked child, which tells how far it is and can be stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from tui.engine.data_diff.answer import diff_data
from tui.engine.execution.preload import preload
from tui.engine.inspect.open_questions import LONGEST, answered
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.protocol.messages import DiffData, DiffProgress, Refused


class RunningDiff:
    """One diff at a time."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers and the progress."""
        self._send = send
        self._request: DiffData | None = None
        self._errand: Errand[Any] | None = None
        self._progress = -1
        self._ending: list[Errand[Any]] = []
        """Those that were stopped, and are cancelling their queries."""

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when there is something to collect."""
        ending = tuple(each.fd for each in self._ending)
        return ending if self._errand is None else (*ending, self._errand.fd, self._progress)

    def begin(self, warm: WarmProject, request: DiffData) -> None:
        """Begin a diff in place of the one that goes on; answers at once where there is no fork."""
        self.stop("Another diff has taken its place.")
        preload()  # what a child imports is gone with it
        if not warm.fork:
            self._send(diff_data(warm, request, _reporter(request, self._send)))
            return
        self._progress, write_end = os.pipe()
        os.set_blocking(self._progress, False)

        def tell(progress: DiffProgress) -> None:
            line = json.dumps([progress.step, progress.steps, progress.words])
            os.write(write_end, f"{line}\n".encode())

        def work() -> Any:
            diff = partial(diff_data, warm, request, _reporter(request, tell))
            return answered(request.id, diff, warm.loaded.adapter, LONGEST, what="diff")

        self._request = request
        self._errand = Errand(work, seconds=LONGEST, keep=(write_end,))
        os.close(write_end)

    def collect(self) -> None:
        """Send what is there."""
        for each in [one for one in self._ending if one.is_done()]:
            self._ending.remove(each)
            with suppress(ChildDied):
                each.answer()
        if self._errand is None or self._request is None:
            return
        self._tell_progress(self._request)
        if not self._errand.is_done():
            return
        errand, number = self._errand, self._request.id
        self._forget()
        try:
            self._send(errand.answer())
        except ChildDied as error:
            self._send(Refused(number, f"The diff ended: {error}."))

    def stop(self, words: str = "The diff was stopped.") -> None:
        """End it, and let it cancel its queries."""
        if self._errand is not None and self._request is not None:
            self._errand.stop()
            self._ending.append(self._errand)
            number = self._request.id
            self._forget()
            self._send(Refused(number, words))

    def give_way(self) -> None:
        """End it at once, because something else is about to open a database with one writer."""
        if self._errand is not None and self._request is not None:
            self._errand.drop()
            number = self._request.id
            self._forget()
            self._send(Refused(number, "The database is needed by something else.", kind="busy"))
        for each in self._ending:
            each.drop()
        self._ending = []

    def end(self) -> None:
        """End it, because the engine ends."""
        if self._errand is not None:
            self._errand.stop()

    def _forget(self) -> None:
        os.close(self._progress)
        self._errand = self._request = None
        self._progress = -1

    def _tell_progress(self, request: DiffData) -> None:
        with suppress(BlockingIOError):
            for line in os.read(self._progress, 1 << 14).splitlines():
                with suppress(ValueError, TypeError):
                    self._send(DiffProgress(request.unique_id, *json.loads(line)))


def _reporter(
    request: DiffData, tell: Callable[[DiffProgress], None]
) -> Callable[[int, int, str], None]:
    def report(step: int, steps: int, words: str) -> None:
        with suppress(OSError):  # nobody listens any more
            tell(DiffProgress(request.unique_id, step, steps, words))

    return report
