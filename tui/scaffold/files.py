"""The files of a scaffolded project, and what is in the way of writing them."""

from __future__ import annotations

import keyword
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tui.errors import ProjectError
from tui.project.project import PROJECT_FILE, read_names

TEMPLATES = Path(__file__).parent / "templates"
PACKAGE_FILES = ("project.py", "assets.py", "schedules.py", "definitions.py")
TAKEN = frozenset({"tui", "dbtree", "dbt", "dagster", "dagster_dbt"})
"""Names of packages that the definitions import, or may come to import."""


@dataclass(frozen=True)
class Scaffold:
    """A project of definitions that is to be written."""

    name: str
    """Of the project and of its package."""
    directory: Path
    """Where the project is put; absolute."""
    dbt_project_dir: Path
    """Absolute."""

    @property
    def files(self) -> dict[Path, str]:
        """Each file with its text."""
        words = self._words()
        package = self.directory / self.name
        found = {package / name: _filled(name, words) for name in PACKAGE_FILES}
        found[self.directory / "pyproject.toml"] = _filled("pyproject.toml", words)
        found[package / "__init__.py"] = f'"""Definitions around {words["dbt_name"]}."""\n'
        return found

    def _words(self) -> dict[str, str]:
        stated = read_names(self.dbt_project_dir / PROJECT_FILE).get("name", "")
        dbt_name = re.sub(r"\W", "_", stated) or self.name
        if dbt_name[0].isdigit():
            dbt_name = f"_{dbt_name}"
        module = self.directory / self.name / "project.py"
        parts = Path(os.path.relpath(self.dbt_project_dir, module)).parts
        return {
            "name": self.name,
            "dbt_name": dbt_name,
            "project": f"{dbt_name}_project",
            "assets": f"{dbt_name}_dbt_assets",
            "dbt_project_dir": Path(
                os.path.relpath(self.dbt_project_dir, self.directory)
            ).as_posix(),
            "parts": ", ".join(_quoted(part) for part in parts),
        }

    def write(self) -> list[Path]:
        """Write all files; returns them. Raises ProjectError."""
        written = []
        for path, text in self.files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise ProjectError(f"{path} cannot be written: {error.strerror}.") from error
            written.append(path)
        return written


def plan_scaffold(
    name: str, where: Path, dbt_project_dir: Path | None = None, *, force: bool = False
) -> Scaffold:
    """What is to be written.

    Args:
        name: Of the new project.
        where: The directory in which it is made.
        dbt_project_dir: The dbt project; by default the one that `where` is in.
        force: Whether files that are there are overwritten.

    Raises:
        ProjectError: for a name that cannot be one, a directory without a dbt project, or one
            that already exists.
    """
    if problem := name_problem(name):
        raise ProjectError(problem, hint="Choose another with --project-name.")
    where = Path(os.path.abspath(where))
    if dbt_project_dir is None:
        above = (at for at in (where, *where.parents) if (at / PROJECT_FILE).is_file())
        found = next(above, None)
        if found is None:
            raise ProjectError(
                f"No dbt project in {where} or above it: there is no {PROJECT_FILE}.",
                hint="Give the dbt project with --dbt-project-dir.",
            )
    else:
        found = Path(os.path.abspath(dbt_project_dir))
        if not (found / PROJECT_FILE).is_file():
            raise ProjectError(f"{found} is not a dbt project: it has no {PROJECT_FILE}.")
    directory = where / name
    if directory.exists() and not force:
        raise ProjectError(
            f"{directory} already exists.",
            hint="Choose another name, or overwrite its files with --force.",
        )
    return Scaffold(name, directory, found)


def name_problem(name: str) -> str:
    """Why a name cannot be a package's, in a sentence; empty when it can."""
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii():
        return f"{name!r} cannot be the name of a Python package: use letters, digits and _."
    if name in TAKEN or name in sys.stdlib_module_names:
        return f"{name!r} is the name of another Python package."
    return ""


def _filled(template: str, words: dict[str, str]) -> str:
    text = (TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: words[match[1]], text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
