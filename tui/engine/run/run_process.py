"""One run of dbt in a process of its own, which tui.engine.run.launcher has started.

It is its own session, writes its own event log (see tui.protocol.events), and runs dbt's own
`build` or `test` through dbt's own command line, so that flags, hooks, artifacts and logs are
dbt's.

SIGINT and SIGTERM cancel it; killing its session leaves a log that says all that was done.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tui.engine.process.forked import close_all_but
from tui.engine.process.full_disk import lossy_text
from tui.engine.process.locks import LockHeld, release
from tui.engine.process.log_file import flush_logs
from tui.engine.process.secrets import ScrubbedStream, scrubber
from tui.engine.run.exit_codes import EXIT_CODES
from tui.engine.run.git_commit import head_commit
from tui.engine.run.runnable import Runnable
from tui.protocol.events import RunFinished, RunStarted
from tui.protocol.invocations import note_invocation
from tui.protocol.messages import CLONE, FRESHNESS, StartRun
from tui.protocol.private_files import private
from tui.protocol.processes import process_start
from tui.protocol.records import Fingerprint

if TYPE_CHECKING:
    from tui.engine.execution.events import EventLog
    from tui.engine.records.run_definitions import RunDefinitions


COLLECTED = (20_000, 20, 20)
"""So many new objects, and so on, before Python looks for garbage among them: dbt makes some ten
thousand for each node, and with Python's own 700 a tenth of a run's time went into looking.
"""


def be_forked(warm: Runnable, request: StartRun, told: int) -> NoReturn:
    """What the forked child does from here to its end."""
    code = EXIT_CODES["error"]
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        gc.set_threshold(*COLLECTED)
        run_dir = Path(request.run_dir)
        _take_stdio(run_dir)
        # Whoever listens to the engine must see it end even while a run goes on.
        close_all_but(told)
        os.chdir(warm.loaded.root)
        code = _run(warm, request, told)
    except BaseException:  # noqa: BLE001 - the edge of the process: the last word is in its stderr
        traceback.print_exc()
    finally:
        # The engine's own exit handlers, threads and buffers are not this process's to end.
        _flush()
        os._exit(code)


def _take_stdio(run_dir: Path) -> None:
    """Give fd 0, 1 and 2 to the run: nothing to read, and its own files to write to."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for fd, name in ((1, "stdout"), (2, "stderr")):
        file = private(str(run_dir / name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, fd)
        os.close(file)
    _open_streams()


def _open_streams() -> None:
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "closefd": False}
    sys.stdin = sys.__stdin__ = open(0, **options)  # type: ignore[misc] # noqa: SIM115
    sys.stdout = sys.__stdout__ = lossy_text(1, ScrubbedStream)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = lossy_text(2, ScrubbedStream)  # type: ignore[misc]


def _flush() -> None:
    flush_logs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _run(warm: Runnable, request: StartRun, told: int) -> int:
    """Run dbt and write the log from its first line to its last. Returns the exit code."""
    from tui.engine.execution.events import EventLog
    from tui.engine.execution.run_places import RunPlaces
    from tui.engine.process.secrets import is_single_writer
    from tui.engine.run.cancellation import Cancelling
    from tui.engine.run.clock import seconds_behind
    from tui.engine.run.database_wait import DatabaseWait, held_too_long, wait_for_run_lock
    from tui.engine.run.own_variables import with_own_variables
    from tui.engine.run.run_end import RunEnd

    config = warm.loaded.config
    ScrubbedStream.scrub = staticmethod(scrubber(config.credentials))
    log = EventLog(Path(request.run_dir) / "events.jsonl", ScrubbedStream.scrub)
    began = time.time()
    log.ahead = seconds_behind(warm.loaded.state_dir, began)
    log.on_invocation = _note_invocation(warm.loaded.state_dir, request.run_id)
    log.write(_started(warm, request, log, began))
    end = RunEnd(warm, request, log, began)
    finished = RunFinished(at=began, status="cancelled", elapsed=0.0)
    lock = -1
    places = ExitStack()
    try:
        Cancelling(log, config, end.give_up).begin()
        if log.ahead:
            words = f"The clock is {log.ahead:.0f} s behind the latest run: times follow that run."
            log.say("warn", words)
        os.write(told, b"1")
        os.close(told)
        places.enter_context(RunPlaces(warm.loaded.state_dir, request, log).of_run())
        if request.wait_for_lock and is_single_writer(config.credentials):
            lock = wait_for_run_lock(warm.loaded.state_dir, config.target_name, request, log)
        project = with_own_variables(warm, request, log)
        if isinstance(project, RunFinished):
            finished = project
        else:
            end.warm = project
            end.late = _postponed_manifest()
            if project.definitions is None:  # their functions may read any file
                end.late_code = _late_code()
            finished = DatabaseWait(config.credentials, request.lock_wait, log).run_when_free(
                partial(_run_dbt, project, request, log)
            )
    except LockHeld as held:
        finished = replace(finished, status="error", message=held_too_long(held, request))
    except KeyboardInterrupt:
        pass
    code = end.write(finished)
    if lock >= 0:
        release(lock)
    places.close()
    end.clear_up()
    return code


def _note_invocation(state_dir: Path, run_id: str) -> Callable[[str], None]:
    """Remembers dbt's invocations as this run's, so that it is not taken for one from elsewhere."""

    def note(invocation_id: str) -> None:
        with suppress(OSError):  # a full disk: the times of the run tell that it is its own
            note_invocation(state_dir, invocation_id, run_id)

    return note


def _started(warm: Runnable, request: StartRun, log: EventLog, began: float) -> RunStarted:
    """The first event of the run's log."""
    from dbt.version import __version__ as dbt_version

    config = warm.loaded.config
    return RunStarted(
        at=began,
        run_id=request.run_id,
        command=log.clean(request.dbt_line),
        kind=request.command,
        label=log.clean(request.label),
        project=config.project_name,
        target=config.target_name,
        adapter=config.credentials.type,
        pid=os.getpid(),
        process_started=process_start(os.getpid()),
        dbt_version=str(dbt_version),
        git_commit=head_commit(warm.loaded.root),
        full_refresh=request.full_refresh,
        nodes=request.nodes,
        threads=request.threads or config.threads or 0,
        partitions=request.partitions,
        tags={key: log.clean(value) for key, value in request.tags.items()},
        config=log.clean(request.config),
    )


def _postponed_manifest() -> Any:
    """What writes manifest.json after the run's last event; None where dbt writes it itself."""
    from tui.engine.fence.registry import LATE_MANIFEST

    late_manifest = LATE_MANIFEST.use()
    if late_manifest is None:
        return None
    late = late_manifest.LateManifest()
    late.postpone()
    return late


def _late_code() -> Any:
    """What writes compiled code while dbt goes on; None where dbt writes it itself."""
    from tui.engine.fence.registry import LATE_CODE

    if (late_code := LATE_CODE.use()) is None:
        return None
    late = late_code.LateCode()
    late.put_off()
    return late


def _run_dbt(warm: Runnable, request: StartRun, log: Any) -> RunFinished:
    """Run dbt's own command, with this run's tasks in place of its own."""
    from tui.engine.fence import registry

    for patch in registry.apply_at_run_start():
        sys.stderr.write(f"dbtree: {patch.name} is off: {patch.off_because}\n")
    request, gone = _without_gone(warm, request)
    for key in gone:
        log.say("warn", f"{key} is no longer in the project and is left out.", key)
    if gone and not request.nodes:
        return RunFinished(
            at=0.0, status="error", elapsed=0.0,
            message="None of the nodes to run is in the project any more.",
        )  # fmt: skip
    if request.command == FRESHNESS:
        from tui.engine.run.freshness_run import run_freshness

        try:
            return run_freshness(warm, request, log)
        finally:
            _release_database()
    if warm.definitions is not None and request.command != CLONE:
        return _run_definitions(warm, warm.definitions, request, log)
    from dbt.cli.main import dbtRunner

    from tui.engine.execution.baselines import baseline_copies
    from tui.engine.execution.jinja_graph import prepare_graph
    from tui.engine.execution.tasks import watched
    from tui.engine.execution.watch import Watch
    from tui.engine.records.run_limits import RunLimits

    nodes = frozenset(request.nodes) if request.nodes else None
    limits = RunLimits.of_flags(request.flags)._replace(is_clone=request.command == CLONE)
    watch = Watch(log, warm, nodes, request.record_rows, limits)
    watch.baselines = baseline_copies(warm.loaded, log, request.run_id)
    run_tasks = registry.RUN_TASKS.use()
    if run_tasks is None:
        return RunFinished(
            at=0.0, status="error", elapsed=0.0, message=registry.RUN_TASKS.off_because
        )
    for command in ("build", "test", CLONE):
        run_tasks.replace(command, watched(run_tasks.plain(command), watch))
    if (opened_ahead := registry.OPENED_AHEAD.use()) is not None:
        opened_ahead.open_ahead(warm.loaded.config.credentials)
    prepare_graph(warm, nodes)
    with suppress(ValueError):
        sys.argv = shlex.split(request.dbt_line) or sys.argv  # what dbt says it was invoked as
    runner = dbtRunner(manifest=warm.manifest, callbacks=[log.on_dbt_event])
    result = runner.invoke(dbt_args(warm.loaded.global_args, request))
    _release_database()
    return _how_it_ended(result, watch, log, warm)


def _without_gone(warm: Runnable, request: StartRun) -> tuple[StartRun, list[str]]:
    """The request with the nodes that the project has, and those that are gone."""
    from tui.engine.execution.run_nodes import split_gone

    told, python = warm.definitions, set[str]()
    if told is not None:
        python = {one.unique_id for one in told.resolved.assets}
        python |= {one.unique_id for one in told.resolved.checks}
    present, gone = split_gone(warm.manifest, request.nodes, python)
    return replace(request, nodes=present), gone


def _run_definitions(
    warm: Runnable, told: RunDefinitions, request: StartRun, log: Any
) -> RunFinished:
    """Run the functions of the definitions, which run dbt."""
    from tui.engine.python.definitions_run import DefinedRun

    try:
        return DefinedRun(warm, request, log, told).run()
    finally:
        _release_database()


def dbt_args(global_args: Iterable[str], request: StartRun) -> list[str]:
    """The command line of dbt that does what the request asks, but for its exact nodes."""
    from tui.engine.fence.registry import SELECTED_CACHE

    args = [request.command, *global_args, "--no-use-colors"]
    if SELECTED_CACHE.on:
        args.append("--cache-selected-only")
    if request.threads:
        args += ["--threads", str(request.threads)]
    if request.full_refresh and request.command == "build":
        args.append("--full-refresh")
    args += request.flags
    if not request.nodes:
        args += ["--select", *request.select] if request.select else []
        args += ["--exclude", *request.exclude] if request.exclude else []
    return args


def _how_it_ended(result: Any, watch: Any, log: Any, warm: Runnable) -> RunFinished:
    from tui.engine.execution.error_place import place_of_error
    from tui.engine.execution.events import not_run, reason_in_words
    from tui.engine.execution.run_nodes import incomplete

    if log.cancelling:
        return RunFinished(at=0.0, status="cancelled", elapsed=0.0)
    if result.exception is not None:
        told = log.clean(str(result.exception) or type(result.exception).__name__)
        path, line = place_of_error(told)
        return RunFinished(
            at=0.0, status="error", elapsed=0.0, message=reason_in_words(told), path=path, line=line
        )
    message = watch.failed_hook
    missing = watch.not_run(warm.manifest)
    for key in missing:
        log.write(not_run(key))
    if missing:
        message = message or incomplete(missing)
    status = ("error" if missing else "success") if result.success else "failed"
    return RunFinished(at=0.0, status=status, elapsed=0.0, message=message)


def _release_database() -> None:
    """Close what an adapter keeps open until its process ends, so that others may open it."""
    from multiprocessing import util

    from tui.engine.fence.registry import DUCKDB, OPENED_AHEAD

    if (opened_ahead := OPENED_AHEAD.use()) is not None:
        opened_ahead.wait()
    if (duckdb := DUCKDB.use()) is not None:
        duckdb.close()
    util._run_finalizers()  # type: ignore[attr-defined] # unlinks the semaphores of dbt's locks


# ---------------------------------------------------------------- a fresh process


def main() -> None:
    """Run what the file named by the first argument describes; see tui.engine.run.launcher."""
    spec_path = Path(sys.argv[1])
    spec = json.loads(spec_path.read_text(encoding="utf-8"))
    request = StartRun(**spec["request"])
    _open_streams()
    with suppress(OSError):
        spec_path.unlink()
    code = _run(SavedProject(spec, request), request, spec["told"])
    _flush()
    os._exit(code)


class SavedProject:
    """The project as the engine had it, from what it saved for a fresh process."""

    fork = False

    def __init__(self, spec: dict[str, Any], request: StartRun) -> None:
        from tui.engine.parse.linked_graph import LinkedGraph
        from tui.engine.parse.runtime_config import load, request_of

        saved = Path(request.run_dir) / "manifest.pickle"
        with saved.open("rb") as file:
            self.manifest, self.definitions = pickle.load(file)
        if self.definitions is not None:
            self.manifest.build_parent_and_child_maps()  # not in the file
        saved.unlink()
        self.linked = LinkedGraph(self.manifest)
        args = spec["global_args"]
        self.loaded = load(request_of(args, spec["project_dir"], spec["state_dir"]))
        self._fingerprints = spec["fingerprints"]
        self._macros = spec["macros"]

    def fingerprint(self, unique_id: str) -> Fingerprint:
        """What the engine said of a node."""
        return Fingerprint(*self._fingerprints.get(unique_id, ()))

    def macro_digests(self, unique_id: str) -> dict[str, str]:
        """What the engine said of a node."""
        return dict(self._macros.get(unique_id, {}))

    def compiled_in_run(self, unique_id: str, config: Any) -> str:
        """What the engine said of a node; empty where it did not know it yet."""
        return self.fingerprint(unique_id).compiled

    def source_lines(self, unique_id: str, compiled: str, config: Any) -> list[Any]:
        """File and lines of each line of compiled code, as far as they are like the source's."""
        from tui.engine.compile.line_map import place_lines

        node = self.manifest.nodes.get(unique_id)
        if node is None or not getattr(node, "raw_code", ""):
            return []
        return place_lines(compiled, node.raw_code, (), (node.original_file_path, 0))

    def compile_place(self, unique_id: str, config: Any) -> tuple[str, int]:
        """Where a node does not compile: only what dbt's message says is known."""
        return "", 0

    def declared_line(self, unique_id: str) -> int:
        """Where a check is declared: the engine's rows know it, not the manifest."""
        return 0

    def prepare_run(self) -> None:
        """Make what a saved manifest leaves out: Jinja's `graph`."""
        self.manifest.build_flat_graph()


if __name__ == "__main__":
    main()
