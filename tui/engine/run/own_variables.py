"""A run with variables of its own: it parses the project itself, as they may change any of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.protocol.events import RunFinished
from tui.protocol.messages import StartRun

if TYPE_CHECKING:
    from tui.engine.execution.events import EventLog
    from tui.engine.run.runnable import Runnable


def with_own_variables(warm: Runnable, request: StartRun, log: EventLog) -> Runnable | RunFinished:
    """The project as these variables make it, for the run's process; how the run ends where it
    cannot be parsed with them. The same project where they are those that it is open with.
    """
    if not request.vars or _variables(request.vars) == warm.loaded.config.cli_vars:
        return warm
    from tui.engine.parse.loader import no_progress
    from tui.engine.parse.problems import problems_of
    from tui.engine.parse.runtime_config import load, request_of
    from tui.engine.parse.warm_manifest import open_project
    from tui.engine.process.dbt_warnings import HeardWarnings

    before = warm.loaded
    log.say("info", f"Parsing the project with --vars {log.clean(request.vars)}")
    began = time.perf_counter()
    try:
        asked = request_of(before.global_args, str(before.root), str(before.state_dir))
        loaded = load(replace(asked, vars=request.vars))
        project, _ = open_project(
            loaded, HeardWarnings(), no_progress, fork=False, from_nothing=True
        )
    except Exception as error:  # noqa: BLE001  whatever dbt raises is how the run ends
        problem = problems_of(error, before.root)[0]
        return RunFinished(
            at=0.0, status="error", elapsed=0.0,
            message=log.clean(problem.message), path=problem.path, line=problem.line,
        )  # fmt: skip
    log.say("info", f"Parsed in {time.perf_counter() - began:.1f} s")
    project.definitions = warm.definitions
    project.linked.prepare()
    return project


def _variables(text: str) -> Any:
    from dbt.config.utils import parse_cli_yaml_string

    return parse_cli_yaml_string(text, "vars")
