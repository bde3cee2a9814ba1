"""The history of all runs: an SQLite index over their event logs, fast to query.

The event logs are the truth. The index can be deleted, is made again from them when it is gone or
broken, and several windows may write it at once: each step reads a piece of a log and stores what
it says together with how far it read, in one transaction.

Thread-safe: calls from several threads come one after the other.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from tui.errors import RunError
from tui.protocol.events import RESERVE
from tui.protocol.processes import is_alive
from tui.protocol.run_exits import exit_words
from tui.runs import directories, index_queries
from tui.runs import index_rows as indexing
from tui.runs.compressed_files import log_size
from tui.runs.event_reader import EventFile, last_written
from tui.runs.queue_files import record_abandoned
from tui.runs.schema import (
    is_broken,
    is_locked,
    is_unwritable,
    move_aside,
    open_in_memory,
    open_index,
)
from tui.runs.values import CheckResult, History, Materialization, Run

P = ParamSpec("P")
R = TypeVar("R")


def _guarded(
    method: Callable[Concatenate[RunStore, P], R],
) -> Callable[Concatenate[RunStore, P], R]:
    """One call at a time; a broken index is made again, a locked one is said to be."""

    @functools.wraps(method)
    def call(self: RunStore, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            try:
                return method(self, *args, **kwargs)
            except sqlite3.DatabaseError as error:
                if is_locked(error):
                    raise RunError(
                        "Another process keeps the run history locked.",
                        path=str(self.path),
                        hint="Try again when it has finished.",
                    ) from error
                if is_broken(error):
                    self._make_again(error)
                elif is_unwritable(error) and not self.is_in_memory:
                    self._go_on_in_memory(error)
                else:
                    raise
                return method(self, *args, **kwargs)

    return call


class RunStore:
    """All runs of the project whose state is in `state_dir`.

    `alive` says whether the process of a run lives, from its id and start. Raises RunError where
    the directory cannot be written.
    """

    def __init__(self, state_dir: Path, alive: Callable[[int, str], bool] = is_alive) -> None:
        directories.ensure_state_dir(state_dir)
        self.state_dir = state_dir
        self.path = state_dir / "history.db"
        self.notices: list[str] = []
        """What the user should be told about the index, in sentences."""
        self._alive = alive
        self._lock = threading.RLock()
        self._runs: dict[str, tuple[int, Run]] = {}
        self._settled: set[str] = set()
        """The runs of which `started_since` has nothing to tell."""
        self.is_in_memory = False
        """Whether the index could not be written any more, and is made from the logs alone."""
        self._open()

    def _open(self) -> None:
        try:
            self._db, notice = open_index(self.path)
        except sqlite3.OperationalError as error:
            raise RunError(
                "Another process keeps the run history locked.",
                path=str(self.path),
                hint="Close it, or try again when it is done.",
            ) from error
        if notice:
            self.notices.append(notice)

    def _make_again(self, error: sqlite3.Error) -> None:
        self._db.close()
        self._runs.clear()
        aside = move_aside(self.path)
        self._open()
        where = f" It was moved to {aside.name}." if aside else ""
        self.notices.append(f"{self.path.name} was broken ({error}) and was rebuilt.{where}")
        self.sync()

    def _go_on_in_memory(self, error: sqlite3.Error) -> None:
        """Make the index again where nothing needs to be written: the logs have all of it."""
        self._db.close()
        self._runs.clear()
        self._db, self.is_in_memory = open_in_memory(), True
        self.notices.append(
            f"{self.path.name} cannot be written ({error}); an index in memory is used instead."
        )
        self.sync()

    def close(self) -> None:
        """Close the index."""
        with self._lock:
            self._db.close()

    def run_dir(self, run_id: str) -> Path:
        """The directory of a run: events.jsonl, stdout, stderr."""
        return directories.run_dir(self.state_dir, run_id)

    def new_run_id(self) -> str:
        """Take an id that no run has, by making its directory. Raises RunError if it cannot."""
        return directories.new_run_id(self.state_dir)

    def release_run_id(self, run_id: str) -> None:
        """Give an id back whose run never began."""
        directories.release_run_id(self.state_dir, run_id)

    def resolve(self, text: str) -> str | None:
        """The run that `text` means: its id or the beginning of it. Raises RunError if several."""
        return directories.resolve(self.state_dir, text)

    # -- from the logs into the index ---------------------------------------

    @_guarded
    def sync(self) -> list[Run]:
        """Bring the index up to date with all logs; returns the runs that changed, as summaries.

        Logs that have their last event in the index are not looked at again.
        """
        on_disk = set(directories.run_ids(self.state_dir))
        known = dict(self._db.execute("SELECT run_id, is_final FROM runs").fetchall())
        for run_id in known.keys() - on_disk:
            self._forget(run_id)
        changed = []
        for run_id in sorted(on_disk):
            if run_id not in known:
                record_abandoned(self.run_dir(run_id))
            if not known.get(run_id) and self._index(run_id):
                summary = indexing.read_summary(self._db, run_id)
                changed += [summary[1]] if summary else []
        return changed

    @_guarded
    def note_listed(self) -> None:
        """The runs in the index that have ended are listed: `started_since` leaves them out."""
        self._settled.update(index_queries.ended(self._db))

    @_guarded
    def ingest(self, run_id: str) -> Run | None:
        """Read what is new in the log of a run into the index; returns the run with its nodes.

        A run whose process is gone without a last event becomes interrupted. None where the log
        does not exist or says nothing yet.
        """
        self._index(run_id)
        return self._load(run_id)

    @_guarded
    def started_since(self, known: Collection[str]) -> list[Run]:
        """Runs that are not among the `known` and had not ended at the last `note_listed`: what
        others have started, as summaries, each reported once. Cheap enough to be asked each second.
        """
        found = []
        for run_id in directories.run_ids(self.state_dir):
            if run_id in known or run_id in self._settled:
                continue
            # Whoever started it may have brought all of it into the index already.
            self._index(run_id)
            summary = indexing.read_summary(self._db, run_id)
            if summary is not None:
                self._settled.add(run_id)
                found.append(summary[1])
        return found

    def gone_of(self, known: Collection[str]) -> frozenset[str]:
        """Those of these runs whose records somebody has removed: `dbtree runs prune` in another
        terminal. None where the directory of all runs cannot be read.
        """
        on_disk = frozenset(directories.run_ids(self.state_dir))
        if not on_disk and not (self.state_dir / "runs").is_dir():
            return frozenset()
        return frozenset(known) - on_disk

    def _index(self, run_id: str) -> bool:
        """Bring one run up to date; returns whether something changed."""
        changed = False
        while True:
            step, caught_up = self._index_step(run_id)
            changed = changed or step
            if caught_up:
                break
        return self._interrupt(run_id) or changed

    def _index_step(self, run_id: str) -> tuple[bool, bool]:
        """Index one slice of a log in one transaction; whether it changed something, and whether
        it reached the end of the log.
        """
        path = directories.events_path(self.state_dir, run_id)
        try:
            size = log_size(path)
        except OSError:
            return False, True
        known = indexing.read_summary(self._db, run_id)
        if (known[0] if known else 0) == size:
            return False, True
        with _Transaction(self._db):
            position, before = self._state(run_id)
            file = EventFile(path, position, lines=False)
            new = [event for _, event in file.poll()]
            if file.position == position:
                return False, True
            if file.restarts or before.status == "interrupted":
                # Another log lies here, or what was taken for dead has spoken: from the start.
                self._forget_within(run_id)
                before = Run(run_id, "running")
                file = EventFile(path, lines=False)
                new = []
            # Before its first event there is no run with which a position could be stored.
            while not (new or file.caught_up or before.nodes or before.started_at):
                new = [event for _, event in file.poll()]
            if not (new or before.started_at):
                return False, True
            run = before.apply(new)
            if run.run_id != run_id:
                run = replace(run, run_id=run_id)  # the directory was copied or renamed
            indexing.write_run(self._db, run, file.position)
            indexing.write_nodes(self._db, before, run, new)
        self._runs[run_id] = (file.position, run)
        return bool(new), file.caught_up

    def _interrupt(self, run_id: str) -> bool:
        """Mark a run as interrupted if its process is gone and its log has no last event."""
        summary = indexing.read_summary(self._db, run_id)
        if summary is None or not summary[1].is_active:
            self._runs.pop(run_id, None)
            return False
        if self._alive(summary[1].pid, summary[1].process_started):
            return False
        path = directories.events_path(self.state_dir, run_id)
        # The process may have written its last events between our look and its end.
        while not self._index_step(run_id)[1]:
            pass
        with _Transaction(self._db):
            position, before = self._state(run_id)
            if before.is_active:
                at = last_written(path) or before.started_at
                run = before.interrupted(at, exit_words(path.parent))
                indexing.write_run(self._db, run, position)
                indexing.write_nodes(self._db, before, run, ())
        with contextlib.suppress(OSError):  # what a killed process could not give back
            path.with_name(RESERVE).unlink(missing_ok=True)
        self._runs.pop(run_id, None)
        return True

    def _state(self, run_id: str) -> tuple[int, Run]:
        """Position and run with its nodes as the index has them now."""
        summary = indexing.read_summary(self._db, run_id)
        if summary is None:
            return 0, Run(run_id, "running")
        position, run = summary
        kept = self._runs.get(run_id)
        # Another window may have read on.
        if kept is not None and kept[0] == position and kept[1].status == run.status:
            return kept
        return position, replace(run, nodes=indexing.read_nodes(self._db, run_id))

    def _load(self, run_id: str) -> Run | None:
        if indexing.read_summary(self._db, run_id) is None:
            return None
        return self._state(run_id)[1]

    def _forget(self, run_id: str) -> None:
        with _Transaction(self._db):
            self._forget_within(run_id)

    def _forget_within(self, run_id: str) -> None:
        indexing.forget_run(self._db, run_id)
        self._runs.pop(run_id, None)

    # -- questions ----------------------------------------------------------

    @_guarded
    def runs(
        self,
        limit: int = 200,
        *,
        target: str | None = None,
        offset: int = 0,
        tags: Iterable[str] = (),
        without: Collection[str] = (),
    ) -> list[Run]:
        """Runs without their nodes, those that go on first, then the newest first.

        Args:
            limit: How many at most.
            target: Of this target only.
            offset: So many are left out first.
            tags: Only those that have all of these: `team`, `team=finance`.
            without: None that ended with one of these messages.
        """
        return index_queries.runs(
            self._db, limit, target=target, offset=offset, tags=tags, without=without
        )

    @_guarded
    def count_of(
        self, messages: Collection[str], since: float = 0.0, tags: Iterable[str] = ()
    ) -> int:
        """How many runs ended with one of these messages.

        Args:
            messages: What a run says of its end.
            since: From when on they were asked for, in seconds since the epoch.
            tags: As of `runs`.
        """
        return index_queries.count_between(self._db, since, messages, tags)

    @_guarded
    def active(self) -> list[Run]:
        """The runs that were going on when their logs were last read, newest first, without their
        nodes.
        """
        return index_queries.active(self._db)

    @_guarded
    def run(self, run_id: str) -> Run | None:
        """The run of this id, or of the only id that begins so, with its nodes and as its log is
        now. None where there is none. Raises RunError where several begin so.
        """
        found = self.resolve(run_id)
        return self.ingest(found) if found else None

    @_guarded
    def history(self, target: str) -> History:
        """The latest records of every asset and check on a target."""
        return index_queries.history(self._db, target)

    @_guarded
    def materializations(
        self, unique_id: str, target: str, limit: int = 50
    ) -> list[Materialization]:
        """What runs made of an asset on a target, newest first."""
        return index_queries.materializations(self._db, unique_id, target, limit)

    @_guarded
    def check_results(self, unique_id: str, target: str, limit: int = 50) -> list[CheckResult]:
        """The results of a check on a target, newest first."""
        return index_queries.check_results(self._db, unique_id, target, limit)

    @_guarded
    def durations(
        self, unique_ids: Iterable[str], target: str, latest: int = 5
    ) -> dict[str, float]:
        """How long each node took, in seconds: the median of its latest successful times. Nodes
        that never succeeded on the target are left out.
        """
        return index_queries.durations(self._db, unique_ids, target, latest)

    @_guarded
    def trends(
        self, unique_ids: Iterable[str], target: str, *, until: float, latest: int
    ) -> dict[str, list[float]]:
        """How long each node took in its latest successful times that ended before `until`
        (seconds since the epoch), the oldest first, in seconds.
        """
        return index_queries.trends(self._db, unique_ids, target, until=until, latest=latest)

    @_guarded
    def recorded(self, run_id: str, unique_id: str = "") -> dict[str, Materialization]:
        """What a run recorded of its nodes, or of one: what they were built from, counted rows."""
        return index_queries.recorded(self._db, run_id, unique_id)

    @_guarded
    def pinned(self) -> frozenset[str]:
        """The runs that a status stands on: those with the latest record of an asset, of one of its
        partitions, or of a check.
        """
        return index_queries.pinned(self._db)

    @_guarded
    def code_digests(self) -> frozenset[str]:
        """The digests of all code that a run of the index was built from, and compiled to."""
        return index_queries.code_digests(self._db)


class _Transaction:
    """All or nothing, and alone: the write lock is taken at the start."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:  # a full disk has ended it already
            self._db.execute("ROLLBACK")
