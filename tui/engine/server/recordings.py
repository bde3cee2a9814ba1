"""What is recorded of elsewhere, each in a child, since reading a manifest takes time: runs, and
other states of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tui.engine.artifacts.external_run import record_external_run
from tui.engine.artifacts.other_state import prepare_state
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.protocol.messages import (
    ExternalRunRecorded,
    PrepareState,
    RecordExternalRun,
    Refused,
    StatePrepared,
)

LONGEST = 300
"""Seconds that one may take."""

Request = RecordExternalRun | PrepareState
Answer = ExternalRunRecorded | StatePrepared | Refused
MAKERS: Mapping[type, tuple[Callable[[WarmProject, Any], Answer], str]] = {
    RecordExternalRun: (record_external_run, "A run from elsewhere could not be read"),
    PrepareState: (prepare_state, "The state to defer to could not be read"),
}
"""By the type of the request, what makes its answer, and what is said where that fails."""


class Recordings:
    """What is being recorded."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._errands: list[tuple[Request, Errand[Answer]]] = []

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when an answer is there."""
        return tuple(errand.fd for _, errand in self._errands)

    def begin(self, warm: WarmProject, request: Request) -> None:
        """Begin with a request. Answers at once where there is no fork."""
        if not warm.fork:
            self._send(_answer(warm, request))
            return
        errand = Errand(partial(_answer, warm, request), seconds=LONGEST)
        self._errands.append((request, errand))

    def collect(self) -> None:
        """Send the answers that are there."""
        for entry in list(self._errands):
            request, errand = entry
            if not errand.is_done():
                continue
            self._errands.remove(entry)
            try:
                self._send(errand.answer())
            except ChildDied:
                self._send(Refused(request.id, f"{MAKERS[type(request)][1]}."))

    def end(self) -> None:
        """End all of it, because the engine ends."""
        for _, errand in self._errands:
            errand.drop()
        self._errands.clear()


def _answer(warm: WarmProject, request: Request) -> Answer:
    make, failure = MAKERS[type(request)]
    try:
        return make(warm, request)
    except Exception as error:  # noqa: BLE001  whatever dbt makes of the artifacts of another dbt
        return Refused(request.id, f"{failure}: {type(error).__name__}: {error}")
