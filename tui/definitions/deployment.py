"""`python -m tui.definitions.deployment FILE`: prepare the dbt projects of a file for a deployment.

For each DbtProject of the file: packages are installed where they are missing, the manifest is
made, and the project is copied into its `packaged_project_dir`. Runs under the interpreter of the
user's dbt; `dbtree project prepare-and-package` starts it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tui.definitions.errors import DbtCliError, DefinitionError, in_words, place_of
from tui.definitions.executions import dbt_command
from tui.definitions.host import Host, set_host
from tui.definitions.loader import import_file
from tui.definitions.projects import DbtProject

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".dbtree", ".venv", "venv", "__pycache__", "logs", "*.duckdb", "*.duckdb.wal"
)
"""What no deployment wants."""


class PackagingHost(Host):
    """Who packages wants the project itself, not the copy of the last time."""

    is_dev = True


def main(arguments: Sequence[str]) -> int:
    """Prepare the projects of a file; returns the exit code."""
    file = Path(arguments[0])
    set_host(PackagingHost())
    try:
        projects = projects_of(import_file(file), file)
        for project in projects:
            _say(f"Preparing {project.project_dir}")
            prepare(project)
            package(project)
    except Exception as error:  # noqa: BLE001  the edge of the process: the user's file may raise anything
        path, line = place_of(error, file.parent)
        _say(f"dbtree: {path}:{line}: {in_words(error)}" if path else f"dbtree: {in_words(error)}")
        return 2
    return 0


def projects_of(module: ModuleType, file: Path) -> list[DbtProject]:
    """The projects of a module. Raises DefinitionError when there is none."""
    found = {id(one): one for one in vars(module).values() if isinstance(one, DbtProject)}
    if not found:
        raise DefinitionError("This file has no DbtProject.", path=str(file), line=1)
    return list(found.values())


def prepare(project: DbtProject) -> None:
    """Install the packages where they are missing, and make the manifest. Raises DbtCliError."""
    if project.has_uninstalled_deps:
        _run_dbt(project, ["deps"])
    _run_dbt(project, project.prepare_project_cli_args)
    if not project.manifest_path.is_file():
        raise DbtCliError(f"dbt wrote no manifest to {project.manifest_path}.")


def _run_dbt(project: DbtProject, args: Sequence[str]) -> None:
    options = [
        ("--project-dir", str(project.project_dir)),
        ("--profiles-dir", str(project.profiles_dir or "")),
        ("--profile", project.profile or ""),
        ("--target", project.target or ""),
    ]
    command = [dbt_command("dbt"), *args]
    command += [word for name, value in options if value for word in (name, value)]
    if args[0] != "deps":
        command += ["--target-path", str(project.target_path)]
    if subprocess.run(command, cwd=project.project_dir, check=False).returncode:
        raise DbtCliError(f"`dbt {' '.join(args)}` failed in {project.project_dir}.")


def package(project: DbtProject) -> None:
    """Copy the project with its manifest into its packaged directory, where it has one."""
    packaged = project.packaged_project_dir
    if packaged is None:
        return
    inside = packaged.is_relative_to(project.project_dir)
    if packaged.exists():
        shutil.rmtree(packaged)

    def left_out(directory: str, names: list[str]) -> set[str]:
        unwanted = set(LEFT_OUT(directory, names))
        if inside:
            # The copy must not hold itself, nor the definitions around it.
            unwanted |= {name for name in names if packaged.is_relative_to(Path(directory) / name)}
        return unwanted

    shutil.copytree(project.project_dir, packaged, ignore=left_out)
    wanted = packaged / project.target_path / "manifest.json"
    wanted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project.manifest_path, wanted)
    _say(f"Copied it to {packaged}")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201  a program of its own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
