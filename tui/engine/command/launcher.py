"""Starts each run in a process and a session of its own, and reports its end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from tui.engine.command.invocations import PARSE, DbtCommand, with_option
from tui.engine.command.open_project import OpenedProject
from tui.engine.command.selectors import typed_selection
from tui.engine.process import bootstrap
from tui.engine.process.full_disk import put_room_aside
from tui.engine.process.secrets import is_single_writer, scrubber
from tui.engine.records.run_limits import RunLimits
from tui.protocol.messages import FRESHNESS, Refused, RunExited, RunForked, StartRun
from tui.protocol.private_files import make_private_directory, private, write_private
from tui.protocol.recorded_code import RecordedCode
from tui.protocol.run_exits import note_exit

COMMANDS = ("build", "test", FRESHNESS)
FILE = "request.json"


class Launcher:
    """The runs of one engine."""

    def __init__(self) -> None:
        self._started: list[tuple[subprocess.Popen[bytes], str, Path]] = []

    def start(
        self, project: OpenedProject, command: DbtCommand, request: StartRun
    ) -> RunForked | Refused:
        """Start a run; RunForked when its log exists and has its first line."""
        if request.command not in COMMANDS:
            words = f"dbt {request.command} is not a command that dbtree runs."
            return Refused(request.id, words)
        run_dir = Path(request.run_dir)
        try:
            make_private_directory(run_dir)
            put_room_aside(run_dir)
            write_private(run_dir / FILE, json.dumps(run_order(project, command, request)))
            command.lend_partial_parse(PARSE, project.files.target_path)
            process, began = _spawn(run_dir, project.files.root)
        except OSError as error:
            shutil.rmtree(run_dir, ignore_errors=True)
            words = f"its record cannot be written to {run_dir}: {error.strerror or error}"
            return Refused(request.id, f"The run was not started: {words}.")
        self._started.append((process, request.run_id, run_dir))
        if not began:
            words = f"The run's process ended before the run started; see {run_dir / 'stderr'}."
            return Refused(request.id, words)
        _record_code(project, request)
        return RunForked(request.id, request.run_id, process.pid)

    def reap(self) -> list[RunExited]:
        """The runs whose processes have ended since this was asked last."""
        ended = [one for one in self._started if one[0].poll() is not None]
        self._started = [one for one in self._started if one not in ended]
        for process, _, run_dir in ended:
            note_exit(run_dir, process.returncode)
        return [RunExited(run, process.returncode) for process, run, _ in ended]


def _record_code(project: OpenedProject, request: StartRun) -> None:
    """Keep the code that a run builds, so that it can be compared with other runs later. Beside
    the answer: nobody waits for it.
    """
    code: dict[str, Callable[[], str]] = {}
    scrub = scrubber(project.files.credentials)
    for key in request.nodes or project.records.assets:
        row, node = project.records.assets.get(key), project.manifest.nodes.get(key)
        if row is not None and node is not None and row.fingerprint.sql:
            code[row.fingerprint.sql] = partial(scrub, str(getattr(node, "raw_code", "") or ""))
    Thread(target=RecordedCode(project.state_dir).add, args=(code,), daemon=True).start()


def _selection(project: OpenedProject, request: StartRun, nodes: list[str]) -> list[str]:
    """The arguments with which dbt takes what a run was asked for."""
    if request.command == FRESHNESS:
        sources = [f"source:{key.partition('.')[2]}" for key in nodes]
        return ["--select", *sources] if sources else []
    if not request.nodes:
        return typed_selection(request.select, request.exclude)
    return [] if project.is_all(nodes, request.command) else project.selection(nodes)


def run_order(project: OpenedProject, command: DbtCommand, request: StartRun) -> dict[str, Any]:
    """All that a run's process needs to know, as JSON."""
    files = project.files
    nodes, gone = project.present(request.nodes)
    options = ["--threads", str(request.threads)] if request.threads else []
    options += ["--full-refresh"] if request.full_refresh and request.command == "build" else []
    arguments = ["--log-level", "debug", *options, *request.flags]
    arguments += _selection(project, request, nodes)
    words = command.line(request.command, *arguments)
    return {
        "request": asdict(request),
        "words": with_option(words, "--vars", request.vars) if request.vars else words,
        "nodes": nodes,
        "gone": gone,
        "recorded": project.recorded_of(
            nodes or [*project.records.assets],
            RunLimits.of_flags(request.flags),
            has_other_vars=bool(request.vars),
        ),
        "root": str(files.root),
        "state_dir": str(project.state_dir),
        "target_path": files.target_path,
        "project": files.project_name,
        "target": files.target_name,
        "adapter": files.credentials.type,
        "threads": request.threads or files.threads,
        "single_writer": is_single_writer(files.credentials),
        "dbt_version": str(project.manifest.metadata.get("dbt_version") or ""),
        "profile": {"profiles_dir": str(files.profiles_dir), "profile": files.profile_name},
    }


def _spawn(run_dir: Path, root: Path) -> tuple[subprocess.Popen[bytes], bool]:
    ready, told = os.pipe()
    os.set_inheritable(told, True)
    try:
        with (
            open(run_dir / "stdout", "ab", opener=private) as out,
            open(run_dir / "stderr", "ab", opener=private) as err,
        ):
            process = subprocess.Popen(
                [
                    sys.executable, bootstrap.__file__, "tui.engine.command.run_process",
                    str(run_dir / FILE), str(told),
                ],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(told,),
                start_new_session=True,
            )  # fmt: skip
    finally:
        os.close(told)
    with os.fdopen(ready, "rb") as pipe:
        return process, bool(pipe.read(1))
