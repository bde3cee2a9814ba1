"""Starts each run in its own process, and reports its end.

The process is forked from the warm engine, with the manifest and all of dbt's modules already in
its memory, shared until written to. Where there is no fork it is a fresh process that loads the
manifest which the engine saved for it. What it does is in tui.engine.run.run_process.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tui.engine.execution.preload import preload
from tui.engine.process import bootstrap
from tui.engine.process.full_disk import put_room_aside
from tui.engine.run.run_process import be_forked
from tui.engine.run.runnable import Runnable
from tui.protocol.messages import CLONE, FRESHNESS, Refused, RunExited, RunForked, StartRun
from tui.protocol.private_files import make_private_directory, private, write_private
from tui.protocol.run_exits import note_exit

COMMANDS = ("build", "test", CLONE, FRESHNESS)
_STARTED: dict[int, tuple[str, Path]] = {}
"""Runs whose process was not waited for yet: process id → run id, and its directory."""


def start_run(warm: Runnable, request: StartRun) -> RunForked | Refused:
    """Start a run in a process of its own.

    Args:
        warm: the project as it was parsed last.
        request: what to run.

    Returns:
        RunForked when the run's log exists and has its first line; `reap` reports its end.
    """
    if request.command not in COMMANDS:
        return Refused(request.id, f"dbt {request.command} is not a command that dbtree runs.")
    run_dir = Path(request.run_dir)
    try:
        make_private_directory(run_dir)
        put_room_aside(run_dir)
        ready, told = os.pipe()
        try:
            if warm.fork and hasattr(os, "fork"):
                pid = _fork(warm, request, told)
            else:
                pid = _spawn(warm, request, told)
        finally:
            os.close(told)
        with os.fdopen(ready, "rb") as pipe:
            began = pipe.read(1)
    except OSError as error:
        shutil.rmtree(run_dir, ignore_errors=True)
        why = error.strerror or str(error)
        return Refused(
            request.id,
            f"The run was not started: its record cannot be written to {run_dir}: {why}.",
        )
    if not began:
        return Refused(
            request.id,
            f"The run's process ended before the run started; see {run_dir / 'stderr'}.",
        )
    _STARTED[pid] = (request.run_id, run_dir)
    return RunForked(request.id, request.run_id, pid)


def is_any_running() -> bool:
    """Whether a run that was started here has not been waited for yet."""
    return bool(_STARTED)


def reap() -> list[RunExited]:
    """The runs whose processes have ended since this was asked last."""
    ended = []
    for pid, (run_id, run_dir) in list(_STARTED.items()):
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:  # somebody else has waited for it
            del _STARTED[pid]
            ended.append(RunExited(run_id, 0))
            continue
        if found:
            del _STARTED[pid]
            code = os.waitstatus_to_exitcode(status)
            note_exit(run_dir, code)
            ended.append(RunExited(run_id, code))
    return ended


def _fork(warm: Runnable, request: StartRun, told: int) -> int:
    preload()
    warm.linked.prepare()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        gc.freeze()  # a collection would touch, and so copy, every page of the manifest
        be_forked(warm, request, told)
    return pid


def _spawn(warm: Runnable, request: StartRun, told: int) -> int:
    """Start a fresh process, with the manifest in a file beside the run's log."""
    run_dir = Path(request.run_dir)
    manifest = warm.manifest
    built = request.nodes or [*manifest.nodes, *getattr(manifest, "functions", ())]
    with open(run_dir / "manifest.pickle", "wb", opener=private) as file:
        pickle.dump((manifest, warm.definitions), file, protocol=pickle.HIGHEST_PROTOCOL)
    spec = {
        "request": asdict(request),
        "fingerprints": {key: warm.fingerprint(key) for key in built},
        "macros": {key: warm.macro_digests(key) for key in built},
        "global_args": list(warm.loaded.global_args),
        "project_dir": str(warm.loaded.root),
        "state_dir": str(warm.loaded.state_dir),
        "told": told,
    }
    write_private(run_dir / "request.json", json.dumps(spec))
    os.set_inheritable(told, True)
    with (
        open(run_dir / "stdout", "ab", opener=private) as out,
        open(run_dir / "stderr", "ab", opener=private) as err,
    ):
        process = subprocess.Popen(
            [
                sys.executable,
                bootstrap.__file__,
                "tui.engine.run.run_process",
                str(run_dir / "request.json"),
            ],
            cwd=warm.loaded.root,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=(told,) if os.name == "posix" else (),
            start_new_session=True,
        )
    # `reap` waits for it; the Popen must not take the exit code away.
    process.returncode = 0
    return process.pid
