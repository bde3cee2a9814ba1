"""What dbt's selectors select, asked of `dbt ls`: for definitions outside of dbtree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from tui.definitions.errors import DbtCliError, DefinitionError, UnknownName
from tui.definitions.executions import dbt_command


class DbtSelected(Protocol):
    """A `@dbt_assets` function, as far as dbt's selectors say which nodes it builds."""

    @property
    def name(self) -> str:
        """The function's."""

    @property
    def select(self) -> str:
        """Dbt's selectors of what it builds."""

    @property
    def exclude(self) -> str:
        """Dbt's selectors of what it does not."""

    @property
    def selector(self) -> str:
        """The name of a selector of selectors.yml."""

    @property
    def project(self) -> Any:
        """The DbtProject, where it was given one."""

    @property
    def read_manifest(self) -> Callable[[], Mapping[str, Any]]:
        """Reads the manifest."""

    @property
    def takes_everything(self) -> bool:
        """Whether it builds all of the project."""

    @property
    def manifest_path(self) -> Path | None:
        """The manifest's file, where it was given as one."""


def listed(definition: DbtSelected) -> frozenset[str]:
    """The unique_ids of what a `@dbt_assets` function selects.

    Raises:
        DefinitionError: when it does not say where its project is, or dbt fails.
    """
    path, project = definition.manifest_path, definition.project
    if project is None and path is None:
        return _listed_of_manifest(definition)
    directory = Path(project.project_dir) if project is not None else path_of(path)
    command = [dbt_command("dbt"), "--quiet", "ls", "--output", "json"]
    command += ["--output-keys", "unique_id", "--project-dir", str(directory)]
    options = [
        ("--select", "" if definition.selector else definition.select),
        ("--exclude", definition.exclude),
        ("--selector", definition.selector),
        ("--profiles-dir", getattr(project, "profiles_dir", None)),
        ("--profile", getattr(project, "profile", None)),
        ("--target", getattr(project, "target", None)),
    ]
    command += [word for name, value in options if value for word in (name, str(value))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, check=False)
    if done.returncode:
        raise DbtCliError(f"`{' '.join(command)}` failed: {(done.stdout + done.stderr).strip()}")
    found = set()
    for line in done.stdout.splitlines():
        try:
            found.add(str(json.loads(line)["unique_id"]))
        except (ValueError, KeyError, TypeError):
            continue  # a line of words
    return frozenset(found)


def _listed_of_manifest(definition: DbtSelected) -> frozenset[str]:
    """What is selected of a manifest that was given as its contents: the dbt of this Python is
    asked, in a process of its own.
    """
    if find_spec("dbt") is None:
        raise DefinitionError(
            "dbt's selectors need the dbt project, or dbt in this Python: give "
            "@dbt_assets(project=PROJECT, …)."
        )
    request = {
        "manifest": definition.read_manifest(), "select": definition.select,
        "exclude": definition.exclude, "selector": definition.selector,
    }  # fmt: skip
    there = str(Path(__file__).parents[2])
    paths = [there, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "tui.engine.inspect.manifest_selection"],
        input=json.dumps(request), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise DefinitionError(f"dbt cannot select in this manifest: {last}")
    answer = json.loads(done.stdout.strip().rpartition("\n")[2])
    if "problem" in answer:
        raise UnknownName(f"dbt cannot select in this manifest: {answer['problem']}")
    return frozenset(answer["unique_ids"])


def path_of(manifest: Path | None) -> Path:
    """The project of a manifest: the directory above its target directory."""
    assert manifest is not None
    return manifest.resolve().parent.parent
