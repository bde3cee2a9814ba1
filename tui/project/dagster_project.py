"""A project of Dagster's: where its definitions are, and whether dbtree may open it with them.

`[tool.dagster]` in a pyproject.toml names a module, or `[tool.dg.project]` (also in a dg.toml) the
package that has one; see https://docs.dagster.io/guides/build/projects-and-components. Where
`[tool.dbtree]` names definitions of its own, those count alone; where it only has settings, nobody
is asked whether the project is opened with Dagster's, but `--dagster` and its setting do it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.project.ownership import directories_above, foreign
from tui.project.user_directories import STATE, user_directory
from tui.protocol.plain import plain
from tui.protocol.private_files import make_private_directory, write_private

FILE = "dagster.json"
_TABLES = re.compile(r"\b(dagster|dg|dbtree)\b")


@plain(frozen=True)
class DagsterProject:
    """A directory whose definitions are written for Dagster."""

    root: Path
    """Absolute; the directory of the file that says so."""
    module: str
    """That has the Definitions: `shop.definitions`."""
    has_settings: bool = False
    """Whether dbtree has settings there, or nearer: who wrote them knows how to open it."""


def find_dagster_project(start: Path) -> DagsterProject | None:
    """The nearest project of Dagster's above a directory, as far up as its git repository reaches;
    None where there is none, or definitions of dbtree's own are nearer.
    """
    has_settings = False
    for directory in directories_above(start):
        whole = _read(directory / "pyproject.toml")
        tools = _table(whole, "tool")
        file = directory / "dbtree.toml"
        for settings in (_read(file), _table(tools, "dbtree")):
            if {"module_name", "module-name"} & settings.keys():
                return None
        has_settings = has_settings or "dbtree" in tools or file.is_file()
        own = _read(directory / "dg.toml")
        module = (
            _module_of_package(_table(own, "project"), directory)
            or _module_of_package(_table(_table(tools, "dg"), "project"), directory)
            or _stated_module(_table(tools, "dagster"))
        )
        if module:
            return DagsterProject(directory.resolve(), module, has_settings)
    return None


def remembered_answer(project: DagsterProject, environment: Mapping[str, str]) -> bool | None:
    """Whether the user opens a project with its definitions; None where nobody has asked."""
    answer = _answers(environment).get(str(project.root))
    return answer if isinstance(answer, bool) else None


def remember_answer(
    project: DagsterProject, environment: Mapping[str, str], *, is_yes: bool
) -> None:
    """Keep the user's answer. Where that cannot be written, the question comes again."""
    path = user_directory(STATE, environment) / FILE
    answers = {**_answers(environment), str(project.root): is_yes}
    try:
        make_private_directory(path.parent)
        write_private(path, json.dumps(answers, indent=1))
    except OSError:
        return


def _answers(environment: Mapping[str, str]) -> dict[str, Any]:
    path = user_directory(STATE, environment) / FILE
    if foreign(path) or foreign(path.parent):
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _read(path: Path) -> Mapping[str, Any]:
    """A TOML file; empty where it is not there or cannot be read: dbtree needs nothing of it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return {}
    if path.name == "pyproject.toml" and not _TABLES.search(text):
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _module_of_package(project: Mapping[str, Any], directory: Path) -> str:
    """The module of the Definitions of a package, as `dg` looks for it."""
    stated = project.get("code_location_target_module")
    if isinstance(stated, str) and stated:
        return stated
    package = project.get("root_module")
    if not isinstance(package, str) or not package:
        return ""
    path = Path(*package.split("."))
    has_definitions = any(
        (base / path / "definitions.py").is_file() for base in (directory, directory / "src")
    )
    return f"{package}.definitions" if has_definitions else package


def _stated_module(dagster: Mapping[str, Any]) -> str:
    named = [dagster.get("module_name")]
    named += [one.get("name") for one in dagster.get("modules") or () if isinstance(one, dict)]
    return next((name for name in named if isinstance(name, str) and name), "")
