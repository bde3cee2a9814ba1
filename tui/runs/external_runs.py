"""Notices the runs of dbt that others started, when they have ended.

dbt leaves `target/run_results.json` at its end, and writes its log all the time. An invocation that
is not known (see tui.protocol.invocations) was started elsewhere. One that left no results was
killed, or could not run at all, or was told not to write any: then its log alone tells of it. Of
what was there before dbtree was opened, the latest counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from tui.protocol.invocations import FILE, NO_RUN, known_invocations, note_invocation
from tui.protocol.messages import CLONE
from tui.protocol.plain import plain
from tui.protocol.private_files import DIRECTORY, make_private_directory, private
from tui.protocol.processes import writers_of
from tui.runs.dbt_log import DbtLog, LoggedInvocation, seconds_between
from tui.runs.directories import ensure_state_dir, release_run_id, run_dir
from tui.runs.index_rows import MATERIALIZING
from tui.runs.values import Run

RESULTS, MANIFEST = "run_results.json", "manifest.json"
RECORDED = (MATERIALIZING - {CLONE}) | {"test"}
"""The commands whose invocations are runs. Others (`compile`, `docs`) leave results as well."""
LOG_ENDS_WITHIN = 3.0
"""Seconds after its results within which an invocation writes the end of its log."""
CLAIMED_FOR = 60.0
"""Seconds that a window has to record what it has claimed."""
SILENT = 60.0
"""Seconds without a line after which an invocation that has left results is over, whoever has the
log open: a process that goes on with something else."""
QUIET = 2.0
"""Seconds without a line after which it is looked whether its process is gone."""


@plain(frozen=True)
class ExternalRun:
    """A run that was started elsewhere and has ended: the fields of `RecordExternalRun`."""

    invocation_id: str
    fields: dict[str, Any]


@plain(frozen=True)
class _Results:
    """What is read of a run_results.json before it is recorded."""

    invocation_id: str
    kind: str
    command: str
    target: str
    nodes: frozenset[str]
    written_at: float


class ExternalRuns:
    """The look-out of one open project."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._log: DbtLog | None = None
        self._passed_over: set[str] = set()
        """Invocations of which there is nothing to record, or no more."""
        self._results: _Results | None = None
        self._stamp: tuple[int, int] | None = None
        self._known_at: tuple[int, int] | None = None
        self._runs_of_invocations: dict[str, str] = {}

    def find(
        self,
        target_dir: Path,
        log_path: Path,
        default_target: str,
        runs: Iterable[Run],
        root: Path | None = None,
    ) -> list[ExternalRun]:
        """The runs from elsewhere that have ended and are not known. Reads files.

        A run of dbtree that goes on writes into the log all the time: what it says there is passed
        over.

        Args:
            target_dir: Where dbt writes its artifacts.
            log_path: dbt's log.
            default_target: The target of a run that does not say its own.
            runs: Those that are known, with their nodes where they are known.
            root: Of the project; an invocation that was told another target path writes below it.
        """
        runs = tuple(runs)
        self._read_results(target_dir / RESULTS)
        self._read_log(log_path, runs)
        known = self._known() | self._passed_over
        found: list[ExternalRun] = []
        results = self._results
        if results is not None and results.invocation_id not in known:
            noting = frozenset(self._runs_of_invocations.values())
            silent = [run for run in runs if run.run_id not in noting]
            if results.kind not in RECORDED or is_own(results.nodes, results.written_at, silent):
                self._passed_over.add(results.invocation_id)
            elif self._has_ended(results, runs):
                found.append(self._of_results(results, target_dir, default_target))
        for logged in self._ended_without_results(known, runs):
            if results is None or logged.invocation_id != results.invocation_id:
                found.append(self._of_logged(logged, target_dir, root, default_target))
        return found

    @property
    def going_on(self) -> str:
        """The command of a dbt that runs elsewhere now; empty where there is none."""
        log = self._log
        if log is None:
            return ""
        logged = log.invocations.get(log.latest)
        if logged is None or logged.outcome or logged.invocation_id in self._passed_over:
            return ""
        if logged.invocation_id in self._known():
            return ""
        return (logged.command or "dbt") if writers_of(str(log.path)) else ""

    def _known(self) -> frozenset[str]:
        """The invocations that are known, read anew where their file has grown."""
        try:
            found = (self._state_dir / FILE).stat()
        except OSError:
            return frozenset()
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._known_at:
            self._known_at = stamp
            self._runs_of_invocations = known_invocations(self._state_dir)
        return frozenset(self._runs_of_invocations)

    def pass_over(self, invocation_id: str) -> None:
        """There is nothing (more) to record of this one."""
        self._passed_over.add(invocation_id)

    def claim(self, found: ExternalRun) -> str:
        """Take a run's id for it, before other windows do; empty where one has. Raises OSError."""
        ensure_state_dir(self._state_dir)
        marker = self._state_dir / "locks" / f"external-{found.invocation_id}"
        make_private_directory(marker.parent)
        try:
            os.close(private(str(marker), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            self._drop_old(marker)
            return ""  # another window is about to
        try:
            if found.invocation_id in known_invocations(self._state_dir):
                return ""
            return self._take_id(found.invocation_id)
        finally:
            marker.unlink(missing_ok=True)

    def give_back(self, found: ExternalRun, run_id: str) -> None:
        """It was not recorded: nobody has this id, and another window may record the run."""
        release_run_id(self._state_dir, run_id)
        if not run_dir(self._state_dir, run_id).exists():
            with contextlib.suppress(OSError):
                note_invocation(self._state_dir, found.invocation_id, NO_RUN)

    @staticmethod
    def _drop_old(marker: Path) -> None:
        """Remove a marker that a window left which was killed: the next look takes the run."""
        with contextlib.suppress(OSError):
            if time.time() - marker.stat().st_mtime > CLAIMED_FOR:
                marker.unlink()

    def _take_id(self, invocation_id: str) -> str:
        """An id that begins as the invocation does, by making its directory."""
        digits = invocation_id.replace("-", "")
        for length in range(3, len(digits)):
            run_id = f"e{digits[:length]}"
            try:
                run_dir(self._state_dir, run_id).mkdir(mode=DIRECTORY)
            except FileExistsError:
                continue
            note_invocation(self._state_dir, invocation_id, run_id)
            return run_id
        return ""

    # -- reading ------------------------------------------------------------

    def _read_log(self, path: Path, runs: Collection[Run]) -> None:
        is_first = self._log is None or self._log.path != path
        if self._log is None or is_first:
            results = self._results
            self._log = DbtLog(path, "" if results is None else results.invocation_id)
        self._known()
        going_on = {run.run_id for run in runs if run.is_active and not run.external}
        self._log.own = frozenset(
            key for key, run_id in self._runs_of_invocations.items() if run_id in going_on
        )
        while self._log.poll():
            pass
        if is_first:
            left_results = self._results.invocation_id if self._results is not None else ""
            older = list(self._log.invocations)[:-1]
            self._passed_over.update(key for key in older if key != left_results)
        for key in list(self._log.invocations):
            if key in self._passed_over:
                self._log.forget(key)

    def _read_results(self, path: Path) -> None:
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            data = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return  # it is being written: when it is whole, it has another stamp
        self._results = _results_of(data, found.st_mtime)

    # -- what has ended -----------------------------------------------------

    def _logged(self, invocation_id: str) -> LoggedInvocation | None:
        return self._log.invocations.get(invocation_id) if self._log is not None else None

    def _has_ended(self, results: _Results, runs: Collection[Run]) -> bool:
        """Whether the invocation has written all that it will write. One that was stopped writes
        its results before it cancels what it has sent: it ends with its process.
        """
        log, logged = self._log, self._logged(results.invocation_id)
        if logged is not None and logged.outcome:
            return True
        if time.time() - results.written_at <= LOG_ENDS_WITHIN:
            return False
        if log is None or logged is None:
            return True
        since = time.time() - self._at(logged, logged.last)
        return since > SILENT or self._is_gone(log, since, _pids(runs), unknown=True)

    def _ended_without_results(
        self, known: Collection[str], runs: Collection[Run]
    ) -> Iterable[LoggedInvocation]:
        log = self._log
        if log is None:
            return
        for logged in list(log.invocations.values()):
            if logged.invocation_id in known:
                continue
            since = time.time() - self._at(logged, logged.last)
            is_over = (
                since > LOG_ENDS_WITHIN
                if logged.outcome
                else self._is_gone(log, since, _pids(runs))
            )
            if not is_over:
                continue
            if kind_of(logged) in RECORDED and (logged.nodes or logged.message):
                yield logged
            else:
                self._passed_over.add(logged.invocation_id)

    @staticmethod
    def _is_gone(log: DbtLog, since: float, own: frozenset[int], *, unknown: bool = False) -> bool:
        """Whether nobody but these processes writes the log any more, of which the latest line is
        so old; `unknown` where the system does not tell.
        """
        if since < QUIET:
            return False
        writers = writers_of(str(log.path))
        return unknown if writers is None else own.issuperset(writers)

    def _at(self, logged: LoggedInvocation, clock: str) -> float:
        """A time of day of the log in seconds since the epoch: the file's time is its end."""
        log = self._log
        if log is None:
            return 0.0
        try:
            changed = log.path.stat().st_mtime
        except OSError:
            return time.time()
        latest = log.invocations.get(log.latest, logged)
        return changed - seconds_between(clock, log.last_clock or latest.last)

    # -- what is recorded ---------------------------------------------------

    def _of_results(self, results: _Results, target_dir: Path, target: str) -> ExternalRun:
        logged = self._logged(results.invocation_id)
        fields = self._fields(logged, target_dir)
        fields["run_results"] = str(target_dir / RESULTS)
        fields["kind"] = results.kind
        fields["command"] = results.command or fields.get("command") or f"dbt {results.kind}"
        fields["target"] = results.target or fields.get("target") or target
        return ExternalRun(results.invocation_id, fields)

    def _of_logged(
        self, logged: LoggedInvocation, target_dir: Path, root: Path | None, target: str
    ) -> ExternalRun:
        """By its results, where it has left them in a directory of its own."""
        if logged.target_path and root is not None:
            target_dir = root / logged.target_path
            try:
                path = target_dir / RESULTS
                results = _results_of(json.loads(path.read_bytes()), path.stat().st_mtime)
            except (OSError, ValueError, RecursionError):
                results = None
            if results is not None and results.invocation_id == logged.invocation_id:
                return self._of_results(results, target_dir, target)
        return self._of_log(logged, target_dir, target)

    def _of_log(self, logged: LoggedInvocation, target_dir: Path, target: str) -> ExternalRun:
        fields = self._fields(logged, target_dir)
        fields["kind"] = kind_of(logged)
        fields["command"] = fields["command"] or logged.ended_command or "dbt"
        fields["target"] = fields["target"] or target
        fields["killed"] = not logged.outcome
        fields["message"] = logged.message
        fields["nodes"] = [
            [
                node.unique_id, node.status, self._at(logged, node.began),
                self._at(logged, node.ended) if node.ended else 0.0,
            ]
            for node in logged.nodes.values()
        ]  # fmt: skip
        return ExternalRun(logged.invocation_id, fields)

    def _fields(self, logged: LoggedInvocation | None, target_dir: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {"manifest": str(target_dir / MANIFEST)}
        if logged is None or self._log is None:
            return fields
        return fields | {
            "command": logged.command,
            "target": logged.target,
            "threads": logged.threads,
            "log": str(self._log.path),
            "log_start": logged.start,
            "log_stop": logged.stop,
            "began_at": self._at(logged, logged.began),
            "ended_at": self._at(logged, logged.last),
            "stopped_by_hand": logged.is_stopped_by_hand,
        }


def _results_of(data: Any, written_at: float) -> _Results | None:
    try:
        args = data["args"]
        return _Results(
            str(data["metadata"]["invocation_id"]),
            str(args.get("which") or ""),
            str(args.get("invocation_command") or ""),
            str(args.get("target") or ""),
            frozenset(str(result["unique_id"]) for result in data["results"]),
            written_at,
        )
    except (KeyError, TypeError, AttributeError):
        return None


def is_own(nodes: Collection[str], written_at: float, runs: Iterable[Run]) -> bool:
    """Whether results are those of a run of dbtree that did not note its invocations: what an
    earlier dbtree ran, or where there was no room to note it.
    """
    return any(
        not run.external
        and run.started_at <= written_at <= (run.finished_at or written_at) + 1.0
        and (not run.nodes or run.nodes.keys() >= set(nodes))
        for run in runs
    )


def _pids(runs: Iterable[Run]) -> frozenset[int]:
    """The processes of the runs that go on."""
    return frozenset(run.pid for run in runs if run.is_active)


def kind_of(logged: LoggedInvocation) -> str:
    """The command of dbt that an invocation was, as far as its log tells."""
    for text in (logged.ended_command, logged.command):
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.split()
        for word in words[1:]:
            if not word.startswith("-"):
                return word
    return "build" if logged.nodes else ""
