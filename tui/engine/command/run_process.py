"""One run of the dbt command, in a process and a session of its own.

`python -m tui.engine.command.run_process ORDER TOLD_FD`: it writes the run's event log from dbt's
JSON log. SIGINT and SIGTERM are passed on to dbt, which then cancels its queries; killing the
session leaves a log that says all that was done.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.engine.command.dbt_watch import DbtWatch, interrupt_all
from tui.engine.command.log_records import log_record
from tui.engine.command.project_files import ProjectFiles
from tui.engine.command.run_events import RunEvents
from tui.engine.command.stall_watch import StallWatch
from tui.engine.execution.events import EventLog
from tui.engine.execution.run_nodes import incomplete
from tui.engine.execution.run_places import RunPlaces
from tui.engine.process.locks import LockHeld
from tui.engine.process.secrets import scrubber
from tui.engine.run.clock import note_end, seconds_behind
from tui.engine.run.database_wait import DatabaseWait, held_too_long, wait_for_run_lock
from tui.engine.run.exit_codes import EXIT_CODES
from tui.engine.run.git_commit import head_commit
from tui.protocol.events import RunFinished, RunPlanned, RunStarted
from tui.protocol.invocations import note_invocation
from tui.protocol.messages import FRESHNESS, Open, StartRun
from tui.protocol.processes import process_start


class Cancelled(Exception):
    """The run was asked to stop before dbt was started."""


class CommandRun:
    """A run, from its order to its end."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._request = StartRun(**order["request"])
        self._root, self._state = Path(order["root"]), Path(order["state_dir"])
        files = ProjectFiles(Open(0, order["root"], order["state_dir"], **order["profile"],
                                  target=order["target"]))  # fmt: skip
        scrub = scrubber(files.credentials)
        self._scrub = scrub
        self._credentials = files.credentials
        self._log = EventLog(Path(self._request.run_dir) / "events.jsonl", scrub)
        self._events = self._new_events()
        self._invocation = ""
        self._is_waiting = True
        """Whether dbt is not started yet: then a cancel ends the run at once."""
        self._watch: DbtWatch | None = None

    def _new_events(self) -> RunEvents:
        order = self._order
        fail_fast = "--fail-fast" in order["words"]
        return RunEvents(self._log, order["recorded"], self._source_of, fail_fast=fail_fast)

    def run(self, told: int) -> int:
        """Run dbt and write the log from its first line to its last. Returns the exit code."""
        began = time.time()
        self._log.ahead = seconds_behind(self._state, began)
        self._log.write(self._run_started(began))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._cancel)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a run outlives its terminal
        os.write(told, b"1")
        os.close(told)
        lock = -1
        finished = RunFinished(0.0, "cancelled", 0.0)
        request = self._request
        places = ExitStack()
        try:
            places.enter_context(RunPlaces(self._state, request, self._log).of_run())
            if self._order["single_writer"] and request.wait_for_lock:
                lock = wait_for_run_lock(self._state, self._order["target"], request, self._log)
            wait = DatabaseWait(self._credentials, request.lock_wait, self._log)
            finished = wait.run_when_free(self._attempt)
        except LockHeld as held:
            finished = replace(finished, status="error", message=held_too_long(held, request))
        except Cancelled:
            pass
        if finished.status == "cancelled":
            ended = self._watch.message if self._watch is not None else ""
            finished = replace(finished, message=ended or self._log.given_up())
        now = time.time()
        self._log.finish(replace(finished, at=now, elapsed=max(0.0, now - began)))
        note_end(self._state, now + self._log.ahead)
        if lock >= 0:
            os.close(lock)
        places.close()
        return EXIT_CODES[finished.status]

    def _run_started(self, began: float) -> RunStarted:
        order, request = self._order, self._request
        return RunStarted(
            at=began,
            run_id=request.run_id,
            command=self._log.clean(request.dbt_line),
            kind=request.command,
            label=self._log.clean(request.label),
            project=order["project"],
            target=order["target"],
            adapter=order["adapter"],
            pid=os.getpid(),
            process_started=process_start(os.getpid()),
            dbt_version=order["dbt_version"],
            git_commit=head_commit(self._root),
            full_refresh=request.full_refresh,
            nodes=request.nodes,
            threads=order["threads"],
        )

    def _attempt(self) -> RunFinished:
        """Run dbt once; it comes again where somebody took the database just before dbt did."""
        self._events = self._new_events()
        finished = self._run_dbt()
        self._is_waiting = finished.status == "error" and not self._log.cancelling
        return finished

    def _run_dbt(self) -> RunFinished:
        order, log = self._order, self._log
        for key in order["gone"]:
            log.say("warn", f"{key} is no longer in the project and is left out.", key)
        if order["gone"] and not order["nodes"]:
            words = "None of the nodes to run is in the project any more."
            return RunFinished(0.0, "error", 0.0, words)
        if order["nodes"]:
            log.write(RunPlanned(time.time(), order["nodes"]))
        try:
            code = self._follow()
        except OSError as error:
            words = f"`{order['words'][0]}` could not be started: {error.strerror or error}."
            return RunFinished(0.0, "error", 0.0, words)
        artifacts = self._root / order["target_path"]
        if self._request.command == FRESHNESS:
            self._events.take_freshness(artifacts / "sources.json")
        else:
            self._events.reconcile(artifacts / "run_results.json")
        finished = self._events.end(code)
        if self._watch is not None and self._watch.stalled:
            self._events.not_run(order["nodes"])
            return RunFinished(0.0, "error", 0.0, self._watch.stalled)
        if finished.status not in ("success", "failed"):
            return finished
        missing = self._events.not_run(order["nodes"])
        if missing and finished.status == "success":
            return replace(finished, status="error", message=incomplete(missing))
        return finished

    def _follow(self) -> int:
        """Have dbt run, write what it tells, and return its exit code."""
        self._is_waiting = False
        dbt = subprocess.Popen(
            self._order["words"],
            cwd=self._root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # whatever is printed is written without secrets
        )
        if self._log.cancelling:  # since before it was there
            interrupt_all()
        assert dbt.stdout is not None
        stall = StallWatch(filter(self._events.builds, self._order["nodes"]))
        with DbtWatch(dbt, stall, self._log) as self._watch:
            self._read(dbt.stdout, stall)
        return dbt.wait()

    def _read(self, lines: Iterable[bytes], stall: StallWatch) -> None:
        for line in lines:
            text = line.decode("utf-8", "replace")
            record = log_record(text)
            stall.take(record)
            if not record.name and record.text:
                sys.stdout.write(self._scrub(f"{record.text}\n"))
            self._note(record.invocation_id)
            self._events.take(record)

    def _note(self, invocation_id: str) -> None:
        """Remember that dbt's invocation is this run's, not one from elsewhere."""
        if invocation_id and invocation_id != self._invocation:
            self._invocation = invocation_id
            with suppress(OSError):
                note_invocation(self._state, invocation_id, self._request.run_id)

    def _cancel(self, _number: int, _frame: Any) -> None:
        """Note it, and have dbt cancel its queries. A second signal changes nothing."""
        if self._log.cancelling or (self._watch is not None and self._watch.stalled):
            return
        self._log.cancel()
        if self._is_waiting:
            raise Cancelled
        interrupt_all()

    def _source_of(self, path: str) -> str:
        try:
            return (self._root / path).read_text("utf-8", "replace") if path else ""
        except OSError:
            return ""


def main() -> None:
    """Run what the file named by the first argument orders."""
    path = Path(sys.argv[1])
    order = json.loads(path.read_text(encoding="utf-8"))
    with suppress(OSError):
        path.unlink()
    code = CommandRun(order).run(int(sys.argv[2]))
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
