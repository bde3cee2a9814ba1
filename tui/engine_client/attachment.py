"""Asks the engine that stays for an engine of a workspace, and says how a project is opened.

Imports little: a command asks before it imports what it needs itself, so that both go on at once.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.engine_client.resident_engine import (
    connect,
    connect_or_start,
    may_attach,
    may_be_alive,
    wanted_engine,
)
from tui.errors import DbtreeError
from tui.project.dotenv import engine_environment
from tui.project.engine_command import OF_THE_PROCESS
from tui.project.project import Project
from tui.protocol.graph_digest import name_in
from tui.protocol.private_files import private
from tui.protocol.resident import WORKSPACES, NotPrivate, send_request

_early: list[tuple[dict[str, Any], socket.socket]] = []
"""What was asked for before it was needed."""


def errors_path(state_dir: Path) -> Path:
    """The file that gets what an engine prints on its own."""
    return state_dir / "engine.log"


def open_fields(
    project: Project, *, check_patches: bool = False, knows: bool = True
) -> dict[str, Any]:
    """How a project is opened: the fields of the request `Open`. `knows`: whether who asks can take
    the graph of the last time, if it is still the project's.
    """
    definitions = project.definitions
    return {
        "project_dir": str(project.root),
        "state_dir": str(project.state_dir),
        "profiles_dir": str(project.profiles_dir or ""),
        "profile": project.profile if project.settings["profile"].is_set else "",
        "target": project.target,
        "vars": project.vars,
        "threads": project.threads,
        "shortcuts": os.environ.get("DBTREE_SHORTCUTS", "1") != "0",
        "fork": os.environ.get("DBTREE_FORK", "1") != "0",
        "check_patches": check_patches,
        "definitions_root": str(definitions.root) if definitions else "",
        "definitions_module": definitions.module if definitions else "",
        "definitions_are_dagsters": definitions is not None and definitions.is_dagster,
        "dbt_command": list(project.interpreter.command),
        "known_graph": name_in(project.snapshot) if knows else "",
    }


def attach_early(project: Project) -> None:
    """Ask for the engine of a command that will open this project soon."""
    with suppress(DbtreeError, OSError):
        project.prepare_state_dir()
        opened = open_fields(project)
        if (connection := _connection(project, opened, is_started=True)) is not None:
            _early.append((opened, connection))


def leave_engine(project: Project) -> None:
    """Have the engine that stays open a project and keep it, for who comes next. It is started
    where there is none, unless none can serve this project.
    """
    with suppress(OSError, DbtreeError):
        if not may_attach(project):
            return
        environment = engine_environment(project.root, project.dotenv)
        connection = connect_or_start(wanted_engine(project, environment), WORKSPACES)
        if connection is not None:
            with connection:
                opened = open_fields(project, knows=False)
                _ask(connection, project, opened, environment, kind="keep")


def attach(
    project: Project, opened: Mapping[str, Any], *, is_started: bool
) -> socket.socket | None:
    """The connection to an engine that the engine that stays was asked for; None where the
    workspace is to start its own.

    Args:
        project: what is to be opened.
        opened: as it is opened: the fields of `Open`.
        is_started: whether an engine that stays is started where there is none.
    """
    while _early:
        asked, connection = _early.pop()
        if asked == opened:
            return connection
        connection.close()
    return _connection(project, opened, is_started=is_started)


def _connection(
    project: Project, opened: Mapping[str, Any], *, is_started: bool
) -> socket.socket | None:
    try:
        if not is_started and not may_be_alive(project.root, os.environ):
            return None
        if not may_attach(project):
            return None
        environment = engine_environment(project.root, project.dotenv)
        wanted = wanted_engine(project, environment)
        connection = (
            connect_or_start(wanted, WORKSPACES)
            if is_started
            else connect(wanted.base(), WORKSPACES)
        )
    except (OSError, NotPrivate, DbtreeError):
        return None
    if connection is None:
        return None
    try:
        _ask(connection, project, opened, environment)
    except OSError:
        connection.close()
        return None
    return connection


def _ask(
    connection: socket.socket,
    project: Project,
    opened: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    kind: str = "workspace",
) -> None:
    mask = os.umask(0)
    os.umask(mask)
    request = {
        "kind": kind, "open": {"id": 0, **opened}, "directory": str(project.root),
        "environment": {**environment, **OF_THE_PROCESS}, "umask": mask, "window": os.getpid(),
    }  # fmt: skip
    with open(errors_path(project.state_dir), "wb", opener=private) as errors:
        send_request(connection, request, (errors.fileno(),))
