"""Questions to a database server that are answered later: the engine goes on meanwhile.

Each is answered in a forked child. A database with one writer is asked in line instead, so that
nobody is kept from it by a forgotten question. A question that is asked again with other words, or
that takes too long, is cancelled in the database as dbt cancels a run: by its adapter.
"""

from __future__ import annotations

import contextvars
import signal
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui.engine.execution.open_queries import cancel_queries
from tui.engine.execution.preload import preload
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.protocol.messages import Export, ExportQuery, Preview, Query, Refused
from tui.protocol.messages.database import STOPPABLE

AT_ONCE = 4
"""Questions that the database is asked at the same time."""
LONGEST, LONGEST_EXPORT = 300, 3600
"""Seconds after which a question is cancelled."""
GRACE = 10
"""Seconds that a cancelled child has to tell the database."""
STOPPED = "It was stopped."
NEEDED = "A run needs the database: ask again after it."


class Stopped(Exception):
    """Raised in a child that is to end: its time is over, or nobody wants its answer."""


@dataclass
class _Open:
    """A question that is being answered."""

    question: Any
    errand: Errand[Any]
    is_wanted: bool = True

    @property
    def gives_way(self) -> bool:
        """Whether it ends when a run needs the database for itself."""
        return isinstance(self.question, STOPPABLE)


class OpenQuestions:
    """The questions of one window to a database server."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._open: list[_Open] = []
        self._waiting: deque[tuple[Any, Callable[[], None]]] = deque()

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when an answer is there."""
        return tuple(each.errand.fd for each in self._open)

    def ask(self, warm: WarmProject, question: Any, answer: Callable[[], Any]) -> None:
        """Have a question answered, when there is room for it.

        Args:
            warm: The project.
            question: The request. One about the same asset that asked for the same is given up.
            answer: Makes the reply; called in a child, in which `warm.fork` is off.
        """
        for each in self._open:
            if each.is_wanted and _is_same(each.question, question):
                each.is_wanted = False
                each.errand.stop()
                self._send(Refused(each.question.id, "Another question has taken its place."))
        self._waiting.append((question, lambda: self._begin(warm, question, answer)))
        self._fill()

    def collect(self) -> None:
        """Send the answers that are there."""
        for each in [one for one in self._open if one.errand.is_done()]:
            self._open.remove(each)
            try:
                reply = each.errand.answer()
            except ChildDied as error:
                reply = Refused(each.question.id, str(error))
            if each.is_wanted:
                self._send(reply)
        self._fill()

    def stop(self, unique_id: str) -> int:
        """Cancel what is asked about an asset by questions that can be stopped; how many it is."""
        chosen = [each for each in self._open if each.is_wanted]
        chosen = [each for each in chosen if _can_be_stopped(each.question, unique_id)]
        for each in chosen:
            each.is_wanted = False
            each.errand.stop()
            self._send(Refused(each.question.id, STOPPED, kind="stopped"))
        return len(chosen) + self._unqueue(
            lambda one: _can_be_stopped(one, unique_id), STOPPED, kind="stopped"
        )

    def give_way(self) -> None:
        """End at once what only reads, because a run needs the database for itself."""
        for each in [one for one in self._open if one.gives_way]:
            self._open.remove(each)
            each.errand.drop()
            if each.is_wanted:
                self._send(Refused(each.question.id, NEEDED, kind="busy"))
        self._unqueue(lambda one: isinstance(one, STOPPABLE), NEEDED, kind="busy")

    def _unqueue(self, is_meant: Callable[[Any], bool], words: str, *, kind: str) -> int:
        """Refuse those that wait and are meant; how many it is."""
        kept: deque[tuple[Any, Callable[[], None]]] = deque()
        dropped = 0
        for question, begin in self._waiting:
            if is_meant(question):
                self._send(Refused(question.id, words, kind=kind))
                dropped += 1
            else:
                kept.append((question, begin))
        self._waiting = kept
        return dropped

    def end(self) -> None:
        """Cancel them all, because the engine ends."""
        self._waiting.clear()
        for each in self._open:
            each.errand.stop()

    def _fill(self) -> None:
        while self._waiting and len(self._open) < AT_ONCE:
            self._waiting.popleft()[1]()

    def _begin(self, warm: WarmProject, question: Any, answer: Callable[[], Any]) -> None:
        seconds = LONGEST_EXPORT if isinstance(question, Export | ExportQuery | Query) else LONGEST
        preload()  # what a child imports is gone with it

        def work() -> Any:
            warm.fork = False
            return answered(question.id, answer, warm.loaded.adapter, seconds)

        self._open.append(_Open(question, Errand(work, seconds=seconds)))


def _can_be_stopped(question: Any, unique_id: str) -> bool:
    """Whether it is about this asset, and the user can stop it."""
    return isinstance(question, STOPPABLE | Preview) and question.unique_id == unique_id


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    return bool(getattr(one, "unique_id", one.id) == getattr(other, "unique_id", other.id))


def answered(
    number: int, answer: Callable[[], Any], adapter: Any, seconds: int, *, what: str = "query"
) -> Any:
    """What the child of a question answers: the reply, or why there is none.

    Args:
        number: The id of the question.
        answer: Makes the reply.
        adapter: Cancels what it asks the database.
        seconds: After which the child is told to end.
        what: The word for it in the message when that time is up.
    """
    try:
        return _until_stopped(answer, adapter)
    except Stopped:
        minutes = seconds // 60
        late = f"The database did not answer within {minutes} minutes, so the {what} was cancelled."
        return Refused(number, late)
    except Exception as error:  # noqa: BLE001  whatever it is, the window is told
        return Refused(number, f"The engine failed: {type(error).__name__}: {error}")


def _until_stopped(answer: Callable[[], Any], adapter: Any) -> Any:
    """The answer, made in a thread, since no signal gets through to a driver that waits.

    Raises Stopped once the database was told to cancel it.
    """
    found: list[Any] = []
    context = contextvars.copy_context()

    def ask() -> None:
        try:
            found.append(context.run(answer))
        except Exception as error:  # noqa: BLE001  the edge of the child: it is what is answered
            found.append(error)

    asking = threading.Thread(target=ask, name="asking", daemon=True)
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    asking.start()
    try:
        asking.join()
    except Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(GRACE)
        cancel_queries(adapter)
        raise
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _stop(_number: int, _frame: Any) -> None:
    raise Stopped
