"""A dbt that is a command: dbt v2, or words that lead to some dbt (`uv run dbt`).

dbt v2 is a program of its own and no Python script. A command that somebody names is taken as it
is; a program that is found is asked for its version first, because the dbt Cloud CLI is called
`dbt`, too, and runs nothing here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tui.errors import InterpreterError
from tui.project.settings import Setting

ASK_SECONDS = 20.0
CLOUD = "dbt Cloud CLI"
_VERSION = re.compile(r"^\s*dbt(?:-fusion|-core)?\s+v?(\d+\.\d[\w.+-]*)", re.MULTILINE)


def words_of(setting: Setting, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The words of a command that was named. Raises InterpreterError, also for one that is not
    there.
    """
    try:
        words = shlex.split(setting.value)
    except ValueError as error:
        raise InterpreterError(
            f"The dbt command given by {setting.origin} cannot be read: {error}."
        ) from error
    if shutil.which(words[0], path=environment.get("PATH")) is None:
        raise InterpreterError(
            f"The dbt command given by {setting.origin} cannot be used: "
            f"there is no program {words[0]}.",
            hint="Give the command as you type it in the project: `uv run dbt`, or a path.",
        )
    return tuple(words)


def is_native(program: Path) -> bool:
    """Whether a file is a program of its own, and no script."""
    try:
        with program.open("rb") as file:
            return os.access(program, os.X_OK) and file.read(2) != b"#!"
    except OSError:
        return False


def native_beside(python: Path) -> Path | None:
    """The dbt in the environment of a Python that is a program of its own, where there is one."""
    found = python.parent / "dbt"
    return found if is_native(found) else None


def ask_version(program: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """The version of a dbt program, and why it cannot be used: one of them is empty."""
    try:
        done = subprocess.run(
            [str(program), "--version"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=ASK_SECONDS,
            env=dict(environment),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"did not say its version within {ASK_SECONDS:.0f} seconds"
    except OSError as error:
        return "", f"cannot be started: {error.strerror or error}"
    if CLOUD in done.stdout + done.stderr:
        return "", "is the dbt Cloud CLI, which runs nothing here"
    found = _VERSION.search(done.stdout)
    return (found[1], "") if found else ("", "does not say which dbt it is")


def is_nearer(command: Setting, python: Setting) -> bool:
    """Whether a command that was named counts, and not the Python: a flag wins over the
    environment, that over a file.
    """
    return command.is_set and (not python.is_set or _rank(command) <= _rank(python))


def _rank(setting: Setting) -> int:
    if setting.origin.startswith("--"):
        return 0
    return 2 if os.sep in setting.origin else 1


def places_of_programs(environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """The directories in which a `dbt` may be installed for the user, each with where it is from:
    PATH, then `~/.local/bin`, into which the installer of dbt v2 writes.
    """
    for directory in environment.get("PATH", os.defpath).split(os.pathsep):
        if directory:
            yield "dbt on PATH", Path(directory)
    home = environment.get("HOME")
    if home:
        yield "dbt in ~/.local/bin", Path(home, ".local", "bin")
