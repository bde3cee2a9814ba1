"""What dbt's selectors select, asked of `dbt ls`: for definitions outside of dbtree."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Protocol

from tui.definitions.errors import DbtCliError, DefinitionError
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
        raise DefinitionError(
            "dbt's selectors need the dbt project: give @dbt_assets(project=PROJECT, …)."
        )
    directory = Path(project.project_dir) if project is not None else path_of(path)
    command = [*dbt_command("dbt"), "--quiet", "ls", "--output", "json"]
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


def path_of(manifest: Path | None) -> Path:
    """The project of a manifest: the directory above its target directory."""
    assert manifest is not None
    return manifest.resolve().parent.parent
