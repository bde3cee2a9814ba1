"""Runs from elsewhere that are being recorded, each in a child: reading a manifest takes time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tui.engine.artifacts.external_run import record_external_run
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.protocol.messages import ExternalRunRecorded, RecordExternalRun, Refused

LONGEST = 300
"""Seconds that one may take."""

Answer = ExternalRunRecorded | Refused


class Recordings:
    """What is being recorded."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._errands: list[tuple[int, Errand[Answer]]] = []

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when an answer is there."""
        return tuple(errand.fd for _, errand in self._errands)

    def begin(self, warm: WarmProject, request: RecordExternalRun) -> None:
        """Begin to record a run. Answers at once where there is no fork."""
        if not warm.fork:
            self._send(_answer(warm, request))
            return
        errand = Errand(partial(_answer, warm, request), seconds=LONGEST)
        self._errands.append((request.id, errand))

    def collect(self) -> None:
        """Send the answers that are there."""
        for entry in list(self._errands):
            number, errand = entry
            if not errand.is_done():
                continue
            self._errands.remove(entry)
            try:
                self._send(errand.answer())
            except ChildDied:
                self._send(Refused(number, "A run from elsewhere could not be read."))

    def end(self) -> None:
        """End all of it, because the engine ends."""
        for _, errand in self._errands:
            errand.drop()
        self._errands.clear()


def _answer(warm: WarmProject, request: RecordExternalRun) -> Answer:
    try:
        return record_external_run(warm, request)
    except Exception as error:  # noqa: BLE001  whatever dbt makes of the artifacts of another dbt
        words = f"A run from elsewhere could not be read: {type(error).__name__}: {error}"
        return Refused(request.id, words)
