"""`dbtree engine`: the engines that stay, with their age and memory, and their end."""

from __future__ import annotations

import os
from typing import Any

from tui.cli import console
from tui.engine_client.resident_engine import connect_or_start, wanted_engine
from tui.engine_client.resident_engines import ResidentEngine, engines, stop
from tui.errors import EngineError
from tui.project.project import Project
from tui.protocol.resident import NotPrivate
from tui.text.formats import human_bytes, human_duration


def engine(project: Project | None, action: str, *, as_json: bool = False) -> int:
    """Show, stop or restart the engines of a project, or of all where there is none.

    Raises EngineError where they cannot be reached.
    """
    try:
        found = [one for one in engines(os.environ) if project is None or one.root == project.root]
        ended = [] if action == "status" else [(one, stop(one)) for one in found]
        if action == "restart" and project is not None:
            _start(project)
    except (OSError, NotPrivate) as error:
        raise EngineError(f"The engines cannot be reached: {error}.") from error
    if action == "status":
        return _show(found, as_json=as_json)
    if as_json:
        console.write_json([{**_record(one), "stopped": done} for one, done in ended])
        return console.OK
    words = console.stderr()
    for one, done in ended:
        rest = "" if done else ": it ends with its commands"
        words.write(f"stopped the engine {one.facts['pid']} of {one.root}{rest}")
    if not ended and action == "stop":
        words.write("no engine is running")
    if action == "restart":
        words.write("started an engine" if project is not None else "the next command starts one")
    return console.OK


def _start(project: Project) -> None:
    """Start the engine that a command typed here would use."""
    if project.interpreter.command:
        raise EngineError(
            f"{project.interpreter.command[0]} is a dbt that is a command: it has no warm engine."
        )
    connection = connect_or_start(wanted_engine(project, os.environ))
    if connection is None:
        raise EngineError("The engine could not be started.")
    connection.close()


def _show(found: list[ResidentEngine], *, as_json: bool) -> int:
    if as_json:
        console.write_json([_record(one) for one in found])
        return console.OK
    words = console.stdout()
    if not found:
        words.write("no engine is running")
        return console.OK
    rows = [("PID", "AGE", "MEMORY", "COMMANDS", "PROJECT")]
    for one in found:
        facts = one.facts
        age, memory = human_duration(float(facts["age"])), human_bytes(int(facts["memory"]))
        rows.append((str(facts["pid"]), age, memory, str(facts["commands"]), str(one.root)))
    words.table(rows, right=(0, 1, 2, 3))
    return console.OK


def _record(one: ResidentEngine) -> dict[str, Any]:
    names = ("pid", "root", "age", "memory", "commands", "is_warm", "kept", "keep")
    return {name: one.facts.get(name) for name in names}
