"""Evaluations of sensors and of the functions of schedules, each in a forked child: the engine goes
on meanwhile, and what the user's code does is gone with the child. Where the import of the
definitions takes long, a process that has it done is kept (`warm_definitions`).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tui.definitions.host import set_host
from tui.definitions.loader import Place, failure_of, forget, load
from tui.definitions.repository import Definitions
from tui.definitions.sensor_evaluation import Asked, Evaluated, Evaluation
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.engine.python.definitions_process import host_of, shown
from tui.engine.python.warm_definitions import Traces, WarmAnswer, WarmDefinitions
from tui.protocol.messages import EvaluateSensor, Refused, SensorEvaluated
from tui.protocol.sensors import Occurrence

LONGEST = 60
"""Seconds that an evaluation may take: Dagster's."""
GRACE = 5.0
"""Seconds after which one that was not ended by its alarm is ended from here: the user's code may
have turned that off."""
LOG_LINES = 200
"""Lines of its log that are kept."""


@dataclass(frozen=True)
class _Going:
    """An evaluation that goes on."""

    request: EvaluateSensor
    errand: Errand[tuple[SensorEvaluated, bool]] | WarmAnswer[Any]
    """Its process, or the answer of the process that is kept."""
    began: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def lost(self) -> str:
        """Why there is no answer, in words."""
        if self.age >= LONGEST:  # whichever of its alarm and `collect` ended it
            return f"It took over {LONGEST} seconds and was ended."
        return f"It ended without an answer{self.errand.end_in_words}."


class Evaluations:
    """What is being evaluated."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._going: list[_Going] = []
        self._kept: WarmDefinitions[Definitions] | None = None
        self._retired: list[WarmDefinitions[Definitions]] = []
        self._asked_with: tuple[WarmProject, Place, Hashable] | None = None

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when an answer is there."""
        return tuple(one.errand.fd for one in self._going)

    def begin(
        self, warm: WarmProject, place: Place, request: EvaluateSensor, key: Hashable = None
    ) -> None:
        """Begin an evaluation. Answers at once where there is no fork.

        Args:
            warm: The open project.
            place: Where its definitions are.
            request: What is to be evaluated.
            key: Of the definitions as they are now: a process is kept while it stays the same.
        """
        if not warm.fork:
            forget(place)
            self._send(_evaluated(warm, place, request)[0])
            return
        self._asked_with = (warm, place, key)
        errand = self._warm(request, key) or Errand(
            partial(_evaluated, warm, place, request), seconds=LONGEST
        )
        self._going.append(_Going(request, errand))

    def _warm(self, request: EvaluateSensor, key: Hashable) -> Any:
        """The answer of the process that is kept; None where there is none that serves."""
        if self._kept is None:
            return None
        if self._kept.serves(key):
            with suppress(OSError):
                return self._kept.ask(request)
        if not self._kept.is_of_use(key):
            self._retire()
        return None

    def _retire(self) -> None:
        """Have done with the process that is kept; what it evaluates goes on."""
        if self._kept is not None:
            self._kept.retire()
            self._retired.append(self._kept)
            self._kept = None

    def _end_retired(self) -> None:
        for one in self._retired:
            one.end()
        self._retired.clear()

    def collect(self) -> None:
        """Send the answers that are there, and end what has taken too long."""
        for one in list(self._going):
            if one.errand.is_done():
                self._going.remove(one)
                self._take(one)
            elif one.age > LONGEST + GRACE:
                self._going.remove(one)
                one.errand.drop()
                if isinstance(one.errand, WarmAnswer):
                    self._retire()  # which alone can end it
                self._send(Refused(one.request.id, one.lost()))
        if not any(isinstance(one.errand, WarmAnswer) for one in self._going):
            self._end_retired()

    def _take(self, one: _Going) -> None:
        """Send an answer."""
        try:
            answer, is_worth_it = one.errand.answer()
        except ChildDied:
            self._send(Refused(one.request.id, one.lost()))
            return
        self._send(answer)
        if is_worth_it and self._kept is None and self._asked_with is not None:
            warm, place, key = self._asked_with
            self._kept = WarmDefinitions(
                key, partial(_loaded, warm, place), partial(_answered, warm, place),
                patience=LONGEST,
            )  # fmt: skip

    def end(self) -> None:
        """End all of it, because the engine ends."""
        for one in self._going:
            one.errand.drop()
        self._going.clear()
        self._retire()
        self._end_retired()


def _loaded(warm: WarmProject, place: Place) -> Definitions:
    set_host(host_of(warm, place))
    return load(place)


def _evaluated(
    warm: WarmProject, place: Place, request: EvaluateSensor
) -> tuple[SensorEvaluated, bool]:
    """The answer, and whether a process that keeps the definitions is worth it."""
    traces = Traces() if warm.fork else None
    try:
        definitions = _loaded(warm, place)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's module may raise anything
        return _failed(warm, place, request, error, []), False
    is_worth_it = traces is not None and traces.is_worth_it
    return _answered(warm, place, definitions, request)[0], is_worth_it


def _answered(
    warm: WarmProject, place: Place, definitions: Definitions, request: EvaluateSensor
) -> tuple[SensorEvaluated, bool]:
    """The answer. Whatever the user's code raises is a part of it."""
    evaluation = Evaluation(definitions, _asked(request))
    try:
        return _answer(request.id, evaluation.run(request.name)), False
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's function may raise anything
        return _failed(
            warm, place, request, error, evaluation.log, evaluation.place_of(request.name)
        ), False


def _failed(
    warm: WarmProject,
    place: Place,
    request: EvaluateSensor,
    error: BaseException,
    log: list[str],
    called: tuple[str, int] = ("", 0),
) -> SensorEvaluated:
    failure = failure_of(error, place, called)
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
