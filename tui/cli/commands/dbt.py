"""`dbtree dbt …`: dbt, warm.

The command runs in a process that is forked from the engine that stays. Where that cannot be, the
same dbt runs in the place of this process: whatever is unusual costs time, and nothing else.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tui.errors import ProjectError
from tui.project.project import find_project

if TYPE_CHECKING:
    from tui.engine_client.resident_engine import Wanted


def dbt(arguments: Sequence[str], flags: Mapping[str, object]) -> int:
    """Run a dbt command; does not return where plain dbt takes this process's place.

    Args:
        arguments: dbt's own.
        flags: settings of dbtree's command line by name.

    Raises DbtreeError where it is not clear which dbt is meant.
    """
    if arguments[:1] == ["--shim"]:
        from tui.cli.commands.dbt_shim import write_shim

        return write_shim(arguments[1:])
    try:
        project = find_project(_place(arguments), flags)
    except ProjectError:
        if _is_in_project(_place(arguments)):
            raise
        _become(_dbt_on_path(), arguments)
    interpreter = project.interpreter
    if interpreter.command:
        _become(list(interpreter.command), arguments)
    from tui.engine_client.resident_engine import may_attach, wanted_engine

    wanted = wanted_engine(project, os.environ)
    if may_attach(project):
        _attach(wanted, arguments)
    return _become(_plain(interpreter.path, wanted.program), arguments)


def _attach(wanted: Wanted, arguments: Sequence[str]) -> None:
    """Run it at the engine and end as it does; returns where the engine does not take it."""
    from tui.engine_client.attached_command import AttachedCommand, NotAttached, end_as
    from tui.engine_client.resident_engine import connect_or_start
    from tui.protocol.resident import NotPrivate

    try:
        connection = connect_or_start(wanted)
    except (OSError, NotPrivate):
        return
    if connection is None:
        return
    try:
        code = AttachedCommand(connection).run(arguments, os.environ)
    except NotAttached:
        return
    end_as(code)


def _place(arguments: Sequence[str]) -> str:
    """The directory in which dbt would look for its project."""
    for place, word in enumerate(arguments):
        if word == "--project-dir" and place + 1 < len(arguments):
            return arguments[place + 1]
        if word.startswith("--project-dir="):
            return word.partition("=")[2]
    return os.environ.get("DBT_PROJECT_DIR") or "."


def _is_in_project(place: str) -> bool:
    start = Path(os.path.abspath(place))
    return any((at / "dbt_project.yml").is_file() for at in (start, *start.parents))


def _plain(python: Path, program: str) -> list[str]:
    """The command that is plain dbt."""
    if os.access(program, os.X_OK):
        return [program]
    return [str(python), "-m", "dbt.cli.main"]


def _dbt_on_path() -> list[str]:
    """The first `dbt` on PATH that is not this one. Raises ProjectError for none."""
    from tui.cli.commands.dbt_shim import is_shim

    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("dbt", path=directory or ".")
        if found is not None and not is_shim(found):
            return [found]
    beside = str(Path(sys.executable).with_name("dbt"))
    if os.access(beside, os.X_OK):
        return [beside]
    raise ProjectError("There is no dbt on PATH.", hint="Activate the environment that has dbt.")


def _become(command: Sequence[str], arguments: Sequence[str]) -> NoReturn:
    """Let a command take this process's place."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvp(command[0], [*command, *arguments])
    except OSError as error:
        raise ProjectError(
            f"{command[0]} could not be started: {error.strerror or error}."
        ) from error
