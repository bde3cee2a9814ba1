"""Evaluations of sensors and of the functions of schedules, each in a forked child: the engine goes
on meanwhile, and what the user's code does is gone with the child.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tui.definitions.host import set_host
from tui.definitions.loader import Place, failure_of, forget, load
from tui.definitions.sensor_evaluation import Asked, Evaluated, Evaluation
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.engine.python.definitions_process import host_of, shown
from tui.protocol.messages import EvaluateSensor, Refused, SensorEvaluated
from tui.protocol.sensors import Occurrence

LONGEST = 60
"""Seconds that an evaluation may take: Dagster's."""
LOG_LINES = 200
"""Lines of its log that are kept."""


class Evaluations:
    """What is being evaluated."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._errands: list[tuple[EvaluateSensor, Errand[SensorEvaluated]]] = []

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when an answer is there."""
        return tuple(errand.fd for _, errand in self._errands)

    def begin(self, warm: WarmProject, place: Place, request: EvaluateSensor) -> None:
        """Begin an evaluation. Answers at once where there is no fork."""
        if not warm.fork:
            forget(place)
            self._send(_evaluated(warm, place, request))
            return
        errand = Errand(partial(_evaluated, warm, place, request), seconds=LONGEST)
        self._errands.append((request, errand))

    def collect(self) -> None:
        """Send the answers that are there."""
        for entry in [one for one in self._errands if one[1].is_done()]:
            self._errands.remove(entry)
            request, errand = entry
            try:
                self._send(errand.answer())
            except ChildDied:
                words = f"{request.name} ended without an answer, or took over {LONGEST} seconds."
                self._send(Refused(request.id, words))

    def end(self) -> None:
        """End all of it, because the engine ends."""
        for _, errand in self._errands:
            errand.drop()
        self._errands.clear()


def _evaluated(warm: WarmProject, place: Place, request: EvaluateSensor) -> SensorEvaluated:
    """The answer. Whatever the user's code raises is a part of it."""
    log: list[str] = []
    try:
        set_host(host_of(warm, place))
        evaluation = Evaluation(load(place), _asked(request))
        log = evaluation.log
        return _answer(request.id, evaluation.run(request.name))
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's function may raise anything
        failure = failure_of(error, place)
        path = shown(failure.path, Path(warm.loaded.root)) if failure.path != "-" else ""
        said = [*log, *_traceback(error)][-LOG_LINES:]
        return SensorEvaluated(
            request.id, log=said, problem=failure.message, path=path, line=failure.line
        )


def _asked(request: EvaluateSensor) -> Asked:
    return Asked(
        request.cursor, request.last_at, request.last_run_key, request.started_at,
        [Occurrence._make(row) for row in request.occurrences], request.monitored,
        request.scheduled_at,
    )  # fmt: skip


def _answer(number: int, found: Evaluated) -> SensorEvaluated:
    rows = [list(row) for row in found.requests]
    log = found.log[-LOG_LINES:]
    partitions = [list(row) for row in found.partitions]
    return SensorEvaluated(
        number, rows, found.skipped, found.cursor, found.heard, log, partitions=partitions
    )


def _traceback(error: BaseException) -> list[str]:
    """The traceback, from the user's first line on."""
    ours = str(Path(__file__).parents[2])
    frames = traceback.TracebackException.from_exception(error)
    kept = [one for one in frames.stack if not one.filename.startswith((ours, "<frozen"))]
    frames.stack = traceback.StackSummary.from_list(kept)
    return "".join(frames.format()).rstrip().splitlines()
