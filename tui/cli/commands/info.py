"""`dbtree info`: what dbtree found and uses, and where each setting comes from.

Everything that can be known without the engine is printed in any case; why the engine cannot
start is part of the answer.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import tui
from tui.cli import console
from tui.cli.opened_workspace import where
from tui.errors import DbtreeError
from tui.project.dotenv import reader_of
from tui.project.project import Project
from tui.project.settings import COUNTS, user_file
from tui.protocol.messages import EngineReady
from tui.runs.housekeeping import sizes
from tui.text.formats import human_bytes, plural
from tui.ui.textual_patches.registry import report
from tui.watch.roots import profiles_file
from tui.workspace.workspace import Workspace


@dataclass(frozen=True)
class Findings:
    """What the engine said, or why it says nothing."""

    engine: EngineReady | None = None
    problems: tuple[dict[str, Any], ...] = ()
    interpreter: dict[str, Any] = field(default_factory=dict)


async def info(project: Project, *, as_json: bool = False) -> int:
    """Print the findings; the exit code is 2 when no engine can be started."""
    findings = await find_out(project)
    record = info_record(project, findings)
    if as_json:
        console.write_json(record)
    else:
        _print(console.stdout(), record)
    return console.OK if findings.engine else console.COULD_NOT


async def find_out(project: Project) -> Findings:
    """Look for the interpreter and ask an engine. Never raises an error that a user can fix."""
    try:
        found = project.interpreter
    except DbtreeError as error:
        problem = {"message": error.message, "path": error.path or None, "hint": error.hint or None}
        return Findings(problems=(problem,))
    interpreter = {
        "path": str(found.path),
        "found_by": found.found_by,
        "python_version": found.python_version,
        "dbt_version": found.dbt_version,
        "adapters": dict(found.adapters),
        "command": list(found.command),
    }
    workspace = Workspace(project, watch=False, check_patches=True)
    try:
        await workspace.open()
        state = await workspace.until(
            lambda state: state.engine is not None or state.phase == "gone" or bool(state.problems)
        )
        problems = tuple(
            {
                "message": problem.message,
                "path": f"{problem.path}:{problem.line}" if problem.line else problem.path or None,
                "hint": problem.hint or None,
            }
            for problem in state.problems
        )
        return Findings(state.engine, problems, interpreter)
    except DbtreeError as error:
        problem = {"message": error.message, "path": error.path or None, "hint": error.hint or None}
        return Findings(problems=(problem,), interpreter=interpreter)
    finally:
        await workspace.close()


def info_record(project: Project, findings: Findings) -> dict[str, Any]:
    """The JSON of `info --json`."""
    engine = findings.engine
    return {
        "dbtree_version": tui.__version__,
        "project": project.name,
        "root": str(project.root),
        "profile": (engine.profile if engine else project.profile) or None,
        "profiles_file": str(profiles_file(project, engine)),
        "target": (engine.target if engine else project.target) or None,
        "adapter": engine.adapter if engine else None,
        "adapter_version": engine.adapter_version if engine else None,
        "database": (engine.database or None) if engine else None,
        "threads": engine.threads if engine else project.threads or None,
        "dbt_version": engine.dbt_version if engine else findings.interpreter.get("dbt_version"),
        "python": findings.interpreter or None,
        "engine": engine_record(findings.interpreter),
        "packages": dict(engine.packages) if engine else {},
        "definitions": {
            "module": project.definitions.module,
            "root": str(project.definitions.root),
            "options": dict(engine.defined) if engine else {},
        }
        if project.definitions is not None
        else None,
        "dotenv": dotenv_record(
            project,
            (engine.dbt_version if engine else "") or findings.interpreter.get("dbt_version", ""),
        ),
        "state_dir": str(project.state_dir),
        "history": str(project.state_dir / "history.db"),
        "runs": str(project.state_dir / "runs"),
        "sizes": sizes_record(project),
        "engine_log": str(project.state_dir / "engine.log"),
        "user_config": str(user_file()),
        "settings": {
            setting.name: {"value": project.mask(setting.value) or None, "origin": setting.origin}
            for setting in project.settings
        },
        "shortcuts": list(engine.shortcuts) if engine else [],
        "screen_patches_off": report(),
        "problems": list(findings.problems),
    }


def engine_record(interpreter: dict[str, Any]) -> dict[str, Any] | None:
    """Which engine answers, and why; None where there is none."""
    if not interpreter:
        return None
    command = shlex.join(interpreter.get("command") or ())
    return {
        "kind": "command" if command else "warm",
        "command": command or None,
        "because": interpreter["found_by"],
    }


def sizes_record(project: Project) -> dict[str, int]:
    """How much the recorded runs and their index take, in bytes, and how many runs there are."""
    found = sizes(project.state_dir)
    return {
        "run_count": found.run_count,
        "runs_bytes": found.runs,
        "history_bytes": found.history,
        "code_bytes": found.code,
        "total_bytes": found.total,
    }


def dotenv_record(project: Project, dbt_version: str) -> dict[str, Any] | None:
    """The project's `.env`, and who reads it; None where there is none."""
    path = project.root / ".env"
    reader = reader_of(project.dotenv, dbt_version)
    if not path.is_file():
        return None
    short = ".".join(dbt_version.split(".")[:2])
    why = {
        "dbtree": project.settings["dotenv"].origin,
        "dbt": f"dbt-core {short} reads it",
        "": project.settings["dotenv"].origin
        if project.dotenv
        else f"dbt-core {short} does not read it; --dotenv does",
    }[reader]
    return {"path": str(path), "read_by": reader or None, "because": why}


def _print(out: console.Console, record: dict[str, Any]) -> None:
    out.table(
        [
            out.style(name, "dim"),
            str(value),
            out.style(f"({note})", "dim") if note else "",
        ]
        for name, value, note in _rows(record)
        if value
    )
    for line in record["shortcuts"]:
        out.write(f"{out.style('shortcut', 'dim')}  {line}")
    for line in record["screen_patches_off"]:
        out.write(f"{out.style('screen patch', 'dim')}  {line}")
    for problem in record["problems"]:
        at = where(problem["path"] or "", 0)
        out.write_lines(f"{at}{problem['message']}", after=out.glyph("bad"))
        if problem["hint"]:
            out.write_lines(f"  {problem['hint']}")


def _rows(record: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The lines of the table: what, its value, and where that comes from."""
    python = record["python"] or {}
    engine = record["engine"] or {}
    command = engine.get("command")
    if command:
        python = {}  # dbtree's own, which has no part in it
    adapter = " ".join(filter(None, (record["adapter"], record["adapter_version"])))
    adapters = ", ".join(
        f"{name} {version}" for name, version in python.get("adapters", {}).items()
    )
    packages = ", ".join(record["packages"])
    definitions = record["definitions"] or {}
    dotenv = record["dotenv"] or {}
    read_by = dotenv.get("read_by")
    yield from (
        ("dbtree", record["dbtree_version"], ""),
        ("project", record["project"], ""),
        ("root", record["root"], ""),
        ("profile", record["profile"], record["profiles_file"]),
        ("target", record["target"], _origin(record, "target", "the profile's default")),
        ("adapter", adapter, record["database"] or ""),
        ("threads", record["threads"], _origin(record, "threads", "the profile's")),
        ("dbt", record["dbt_version"], f"adapters: {adapters}" if adapters else ""),
        (
            "engine",
            engine and (f"drives `{command}`" if command else "warm"),
            engine.get("because", "") if command else "dbt-core in its own process",
        ),
        ("python", python.get("path"), python.get("found_by", "")),
        ("packages", packages, ""),
        ("definitions", definitions.get("module"), definitions.get("root", "")),
        (
            ".env",
            dotenv and (f"read by {read_by}" if read_by else "not read"),
            dotenv.get("because", ""),
        ),
        ("state", record["state_dir"], _origin(record, "state_dir", "default")),
        ("runs", _sizes_in_words(record["sizes"]), _kept_in_words(record)),
        ("user config", record["user_config"], ""),
    )
    for name, setting in record["settings"].items():
        if (
            name in ("profiles_dir", "vars", "readonly", "record_rows", "lock_wait")
            and setting["value"]
        ):
            yield name.replace("_", " "), setting["value"], setting["origin"]


def _sizes_in_words(sizes: dict[str, int]) -> str:
    return (
        f"{plural(sizes['run_count'], 'run')}, {human_bytes(sizes['runs_bytes'])}; "
        f"index {human_bytes(sizes['history_bytes'])}, code {human_bytes(sizes['code_bytes'])}"
    )


def _kept_in_words(record: dict[str, Any]) -> str:
    days, runs = (
        record["settings"][name]["value"] or COUNTS[name] for name in ("keep_days", "keep_runs")
    )
    return f"kept: {days} days, the newest {runs}, and those that a status comes from"


def _origin(record: dict[str, Any], name: str, default: str) -> str:
    setting = record["settings"][name]
    if setting["value"]:
        return str(setting["origin"])
    decided = (record["definitions"] or {}).get("options", {})
    return "the definitions" if name in decided else default
