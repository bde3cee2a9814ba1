"""`dbtree project …`: a Python project around a dbt project, and its package for a deployment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tui.cli import console
from tui.errors import ProjectError
from tui.project.engine_command import engine_command
from tui.project.project import STATE_DIR, Project, find_project
from tui.project.settings import resolve_settings
from tui.scaffold.files import Scaffold, plan_scaffold
from tui.watch.roots import profiles_file


def scaffold(
    name: str | None,
    dbt_project_dir: str | None,
    flags: Mapping[str, object] | None = None,
    *,
    force: bool = False,
) -> int:
    """Write the project into the current directory. Raises ProjectError."""
    where = Path.cwd()
    if name is None:
        name = _ask_for_name()
    directory = Path(dbt_project_dir) if dbt_project_dir else None
    planned = plan_scaffold(name, where, directory, force=force)
    words = console.stderr()
    words.write(f"Found {_profile(find_project(planned.dbt_project_dir, flags))}.")
    written = planned.write()
    words.write(f"Wrote {len(written)} files in {planned.directory}.")
    words.write("")
    words.write("To open the dbt project through these definitions:")
    out = console.stdout()
    out.write(f"cd {_relative(planned, where)}")
    out.write("dbtree dev")
    return console.OK


def _ask_for_name() -> str:
    if not sys.stdin.isatty():
        raise ProjectError("The project needs a name.", hint="Give one with --project-name.")
    return input("Name of the new project: ").strip()


def _profile(project: Project) -> str:
    file = profiles_file(project, None)
    if not file.is_file():
        return (
            f"the profile {project.profile or 'of dbt_project.yml'!r} of {project.name}, "
            "but no profiles.yml yet"
        )
    return f"the profile {project.profile!r} of {project.name} in {file}"


def _relative(planned: Scaffold, where: Path) -> Path:
    return planned.directory.relative_to(where)


def interpreter_for(file: str, flags: Mapping[str, object] | None = None) -> Path:
    """The Python that packages: that of the user's dbt, looked for around a file.

    Raises:
        DbtreeError: when there is none.
    """
    root = Path(file).resolve().parent
    settings = resolve_settings(root, flags)
    return Project(root, root.name, state_dir=root / STATE_DIR, settings=settings).python


def prepare_and_package(file: str, python: Path) -> int:
    """Prepare each DbtProject of a file, under the interpreter of the user's dbt.

    Raises:
        ProjectError: when there is no such file.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise ProjectError(f"{file} is not a file.", hint="Give the file that has the DbtProject.")
    command = engine_command(python, "tui.definitions.deployment", str(path))
    return subprocess.run(command, check=False).returncode
