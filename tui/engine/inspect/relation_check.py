"""A look into the database in the background: which relations exist, or which columns they have.

It is done in a forked child, whose answer is sent when it comes. A database with one writer is
never kept from whoever wants to use it: a run of any window holds the run lock, before which the
look steps back, and what the engine itself is asked to open the database for ends it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tui.engine.execution.preload import preload
from tui.engine.inspect.catalog import Found, look_up
from tui.engine.inspect.column_names import database_names, declared_names
from tui.engine.inspect.details import in_words
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.reading import own_credentials
from tui.engine.parse.problems import problems_of
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.forked import ChildDied, Errand
from tui.engine.process.locks import lock_path, share_run_lock
from tui.engine.process.secrets import is_single_writer
from tui.protocol.messages import (
    ColumnsFound,
    FindColumns,
    FindRelations,
    Refused,
    RelationsFound,
)
from tui.protocol.records import Problem

LONGEST = 60
"""Seconds after which a look is given up: a database that answers so slowly is not asked again
soon."""
BUSY = "busy"
BUILT = frozenset({"model", "seed", "snapshot"})

Request = FindRelations | FindColumns
Answer = RelationsFound | ColumnsFound | Refused


class Lookout:
    """The check in progress, if there is one."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        """`send` takes the answers."""
        self._send = send
        self._request: Request | None = None
        self._errand: Errand[Answer] | None = None

    @property
    def fds(self) -> tuple[int, ...]:
        """What has something to read when the answer is there."""
        return (self._errand.fd,) if self._errand is not None else ()

    def look(self, warm: WarmProject, request: Request) -> None:
        """Begin a check. Answers at once where there is no fork."""
        self.give_way()
        preload()  # what a child imports is gone with it
        if not warm.fork:
            self._send(_answer(warm, request))
            return
        self._request = request
        self._errand = Errand(lambda: _answer(warm, request), seconds=LONGEST)

    def collect(self) -> None:
        """Send the answer, if it is there."""
        if self._errand is None or self._request is None or not self._errand.is_done():
            return
        errand, number = self._errand, self._request.id
        self._errand = self._request = None
        try:
            self._send(errand.answer())
        except ChildDied:
            self._send(Refused(number, "The database did not answer in time."))

    def give_way(self) -> None:
        """End the look, because something else is about to open the database."""
        if self._errand is not None and self._request is not None:
            self._errand.drop()
            refused = Refused(
                self._request.id, "The database is needed by something else.", kind=BUSY
            )
            self._errand = self._request = None
            self._send(refused)

    def end(self) -> None:
        """End the look, because the engine ends."""
        if self._errand is not None:
            self._errand.drop()
            self._errand = None


def _answer(warm: WarmProject, request: Request) -> Answer:
    if isinstance(request, FindColumns):
        return _columns(warm, request)
    config = warm.loaded.config
    lock = None
    if is_single_writer(config.credentials):
        lock = share_run_lock(lock_path(warm.loaded.state_dir, config.target_name))
        if lock is None:
            return Refused(request.id, "A run is using the database.", kind=BUSY)
    try:
        found = _look(warm, request)
    except Exception as error:  # noqa: BLE001  whatever dbt or the driver raises is the answer
        found = Found(problems=[error])
    finally:
        if lock is not None:
            os.close(lock)
    if not found.problems:
        return RelationsFound(request.id, found.there, found.missing)
    problem = in_words(problems_of(found.problems[0], warm.loaded.root)[0])
    if problem.kind == BUSY and not found.there and not found.missing:
        return Refused(request.id, problem.message, kind=BUSY)
    return RelationsFound(request.id, found.there, found.missing, _sentence(problem))


def _columns(warm: WarmProject, request: FindColumns) -> Answer:
    config = warm.loaded.config
    nodes = [find_node(warm.manifest, unique_id) for unique_id in request.unique_ids]
    known = [node for node in nodes if node is not None]
    found = {node.unique_id: declared_names(warm, node) for node in known}
    problems: list[Exception] = []
    lock = None
    may_look = True
    if is_single_writer(config.credentials):
        lock = share_run_lock(lock_path(warm.loaded.state_dir, config.target_name))
        may_look = lock is not None
    if may_look:
        try:
            with own_credentials(warm):
                in_database = [node for node in known if getattr(node, "relation_name", None)]
                names, problems = database_names(warm, config, in_database)
                found |= names
        except Exception as error:  # noqa: BLE001  whatever dbt or the driver raises is the answer
            problems = [error]
        finally:
            if lock is not None:
                os.close(lock)
    said = {key: names for key, names in found.items() if names}
    if not may_look:
        return ColumnsFound(request.id, said, "A run is using the database.")
    problem = in_words(problems_of(problems[0], warm.loaded.root)[0]) if problems else None
    return ColumnsFound(request.id, said, _sentence(problem) if problem else "")


def _sentence(problem: Problem) -> str:
    return problem.message.partition("\n")[0].strip()


def _look(warm: WarmProject, request: FindRelations) -> Found:
    nodes = (find_node(warm.manifest, unique_id) for unique_id in request.unique_ids)
    wanted = [node for node in nodes if node is not None and _has_relation(node)]
    with own_credentials(warm):
        return look_up(warm.loaded.adapter, warm.loaded.config, wanted)


def _has_relation(node: Any) -> bool:
    return str(node.resource_type) in BUILT and bool(getattr(node, "relation_name", None))
