"""A running dbt command, as an invocation reads it; here one in its own process.

Under dbtree a command runs inside the run's own process instead: see `tui.engine`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tui.definitions.errors import DefinitionError


class CommandLine(Protocol):
    """dbt's command line on one project: a DbtCliResource."""

    @property
    def project_dir(self) -> str:
        """The directory of dbt_project.yml."""

    @property
    def dbt_executable(self) -> str:
        """The dbt to start: a path, or `dbt` for that of this environment."""

    def project_args(self) -> list[str]:
        """The options that say which project and target are meant."""


class Process(Protocol):
    """The process of a dbt command."""

    args: Any
    """The command, in words."""
    returncode: Any
    """Its exit code; None while it goes on."""


class Execution(Protocol):
    """One dbt command, begun."""

    target_path: Path
    """Where it writes its artifacts; absolute."""
    command: list[str]
    """As a shell would have it."""

    @property
    def process(self) -> Process:
        """The process of the command."""

    @property
    def adapter(self) -> Any:
        """Dbt's adapter, connected. Raises DefinitionError where there is none."""

    def events(self) -> Iterator[Mapping[str, Any]]:
        """The events as dbt's JSON log has them, each as soon as it is known; again from the
        first when asked again.
        """

    def finish(self) -> bool:
        """Wait for its end; whether it succeeded."""

    def error(self) -> str:
        """After its end: why it failed, in dbt's words."""

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database that it wrote to. Raises DefinitionError where it cannot be."""

    def columns(self, unique_id: str) -> list[tuple[str, str]]:
        """Name and type of the columns of a node's relation. Raises DefinitionError."""


class ProcessExecution:
    """dbt as a process, with its log as JSON on standard output."""

    def __init__(
        self,
        resource: CommandLine,
        args: Sequence[str],
        target_path: Path | None,
        selection: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        project_dir = Path(resource.project_dir)
        self.target_path = project_dir / (target_path or usual_target_path())
        self.command = [resource.dbt_executable, *args, *resource.project_args()]
        if target_path is not None:
            self.command += ["--target-path", str(self.target_path)]
        self.command += selection
        environment = {
            **os.environ, "DBT_LOG_FORMAT": "json", "DBT_USE_COLORS": "false",
            "DBT_LOG_LEVEL": "debug", "PYTHONUNBUFFERED": "1", "DBT_PROJECT_DIR": str(project_dir),
            **(variables or {}),
        }  # fmt: skip
        try:
            self._process = subprocess.Popen(
                self.command, executable=dbt_command(resource.dbt_executable), cwd=project_dir,
                env=environment, text=True, encoding="utf-8", errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise DefinitionError(f"dbt could not be started: {error}.") from error
        self._heard: list[Mapping[str, Any]] = []
        self._words: list[str] = []

    @property
    def process(self) -> Process:
        return self._process

    @property
    def adapter(self) -> Any:
        raise DefinitionError("dbt's adapter is only here in a run of dbtree.")

    def events(self) -> Iterator[Mapping[str, Any]]:
        told = 0
        while True:
            yield from self._heard[told:]
            told = len(self._heard)
            if not self._hear():
                return

    def _hear(self) -> bool:
        """Read on until there is one event more; whether there is."""
        assert self._process.stdout is not None
        if self._process.stdout.closed:
            return False
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self._words.append(line.rstrip())
                continue
            if isinstance(event, dict) and isinstance(event.get("info"), dict):
                if event["info"].get("level") == "error":
                    self._words.append(str(event["info"].get("msg", "")))
                self._heard.append(event)
                return True
        self._process.stdout.close()
        return False

    def finish(self) -> bool:
        while self._hear():
            pass
        return self._process.wait() == 0

    def error(self) -> str:
        return "\n".join(self._words).strip() or "dbt failed without a message."

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        raise DefinitionError("Rows are only counted under dbtree.")

    def columns(self, unique_id: str) -> list[tuple[str, str]]:
        raise DefinitionError("Columns are only read under dbtree.")


def usual_target_path() -> Path:
    """Where dbt writes its artifacts unless it is told otherwise, relative to the project."""
    return Path(os.environ.get("DBT_TARGET_PATH") or "target")


def dbt_command(executable: str) -> str:
    """The program that dbt is: by its path where one is given, else that of this environment."""
    if executable != "dbt":
        return executable
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else shutil.which("dbt") or "dbt"
