"""Checks whether what was built is still in the database, and when to check again.

The engine looks, by one query per schema: when dbt has confirmed the graph, after every run, when
a database file was changed by somebody else, and when the user asks. No look is in the way of a
run, and a database that somebody else holds is looked at when it is free again; until then what
was known stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui.errors import DbtreeError
from tui.graph.history import Materialization
from tui.graph.relations import LISTED, gone, looked_for
from tui.protocol.messages import FindRelations, Refused, RelationsFound
from tui.runs.target_records import TargetRecords
from tui.text.formats import plural
from tui.workspace.state import WorkspaceState

TICK = 1.0
"""Seconds between two looks at the file of the database."""
PATIENCE = (1.0, 2.0, 5.0, 15.0)
"""Seconds after which a database that was held is looked at again, the last one for ever."""
FILES = frozenset({"duckdb", "sqlite"})
"""Adapters whose database is a file."""

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Of the file and its log: time of change, size, inode; None for what is not there."""


class RelationWatch:
    """The looks of one open project into its database."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        ask: Callable[..., asyncio.Future[Any]],
        records: TargetRecords,
        on_end: Callable[[], None],
        elsewhere: Callable[[], str] = str,
    ) -> None:
        """`ask` sends a request to the engine; `on_end` is called when a look is over; `elsewhere`
        gives the dbt that runs elsewhere, which goes before a look.
        """
        self._elsewhere = elsewhere
        self._state = state
        self._ask = ask
        self._records = records
        self._on_end = on_end
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_owed = False
        self._is_looking = False
        self._notify: Callable[[str], None] | None = None
        self._tries = 0
        self._again_at = 0.0
        self._known: Stamp | None = None
        self._seen: Stamp | None = None

    def open(self) -> None:
        """Check automatically from now on."""
        self._task = asyncio.create_task(self._follow())

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    @property
    def is_running(self) -> bool:
        """Whether a look goes on, or is about to; not where the database was held twice."""
        is_due = self._is_owed or (self._again_at > 0 and self._tries <= 1)
        return self._is_looking or (
            is_due and self._task is not None and self._can_look(self._state())
        )

    def look(self, notify: Callable[[str], None] | None = None) -> None:
        """Look as soon as nothing is in the way, where it looks by itself.

        `notify` takes what came of it, in words.
        """
        self._is_owed, self._tries = True, 0
        self._notify = notify or self._notify
        self._wake.set()

    async def look_now(self) -> str:
        """Look, unless a run is running; says why not all is known, empty where it is."""
        return await self._look() if self._can_look(self._state()) else ""

    def note(self, unique_id: str, *, is_there: bool) -> None:
        """Take what was found of one asset."""
        there, missing = ([unique_id], []) if is_there else ([], [unique_id])
        self._take(there, missing, self._records.history.built)

    # -- when ------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK)
            self._wake.clear()
            if not self._can_look(self._state()):
                continue
            if self._again_at and time.monotonic() >= self._again_at:
                self._is_owed = True
            elif not self._is_owed:
                await self._notice_change()
            if self._is_owed and self._can_look(self._state()):
                notify, self._notify = self._notify, None
                problem = await self._look()
                if notify is not None:
                    notify(self._in_words(problem))

    def _in_words(self, problem: str) -> str:
        missing = len(self._records.history.missing)
        if problem:
            return f"the database could not be checked: {problem}"
        if missing:
            return f"{plural(missing, 'relation')} {'is' if missing == 1 else 'are'} gone"
        return "every relation that was built exists in the database"

    def _can_look(self, state: WorkspaceState) -> bool:
        """Whether there is an engine that knows the project, and no run that changes things."""
        return (
            state.is_confirmed
            and not (state.single_writer and self._elsewhere())
            and state.phase in ("ready", "reparsing")
            and not state.starting
            and not any(run.is_active and run.target == state.target for run in state.runs)
        )

    async def _notice_change(self) -> None:
        """Owe a look when the file differs from what it was, and is not being written to."""
        path = database_file(self._state())
        if path is None:
            return
        stamp = await asyncio.to_thread(stamp_of, path)
        if stamp != self._known and (stamp == self._seen or stamp[0] is None):
            self._is_owed = True
        self._seen = stamp

    # -- what ------------------------------------------------------------------

    async def _look(self) -> str:
        self._is_owed, self._is_looking, self._again_at = False, True, 0.0
        before, history = self._state(), self._records.history
        wanted = looked_for(before.graph, history)
        try:
            reply = await self._ask(FindRelations, unique_ids=wanted)
        except DbtreeError as error:
            return error.message  # a new engine confirms the graph, and that owes a look
        else:
            if self._state().target != before.target:
                return ""
            return self._answered(reply, history.built)
        finally:
            path = database_file(self._state())
            self._known = None if path is None else await asyncio.to_thread(stamp_of, path)
            self._is_looking = False
            self._on_end()

    def _answered(
        self, reply: RelationsFound | Refused, built: Mapping[str, Materialization]
    ) -> str:
        if isinstance(reply, Refused):
            if reply.kind == "busy":
                wait = PATIENCE[min(self._tries, len(PATIENCE) - 1)]
                self._tries += 1
                self._again_at = time.monotonic() + wait
            return reply.message
        self._tries = 0
        self._take(reply.there, reply.missing, built)
        return reply.problem

    def _take(
        self, there: list[str], missing: list[str], built: Mapping[str, Materialization]
    ) -> None:
        """Take what was found of what was built so; what was built again meanwhile is there."""
        graph, now = self._state().graph, self._records.history.built
        others = {
            key
            for key in there
            if (asset := graph.assets.get(key)) is not None and asset.materialized not in LISTED
        }
        listed = self._records.listed | others
        lost = gone(graph, missing, listed)
        self._records.note_relations(
            there, {key for key in lost if key in now and now[key] is built.get(key)}, listed
        )


def database_file(state: WorkspaceState) -> Path | None:
    """The file that is the database of the target, where it is a file of this machine."""
    engine = state.engine
    if engine is None or engine.adapter not in FILES or not engine.database:
        return None
    if ":" in engine.database.partition("/")[0]:
        return None  # in memory, or a service
    return state.project.root / Path(engine.database).expanduser()


def stamp_of(path: Path) -> Stamp:
    """What changes when somebody writes to a database."""
    return tuple(_stat(name) for name in (str(path), f"{path}.wal"))


def _stat(name: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(name)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
