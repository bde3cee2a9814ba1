"""Where each value of a node's configuration was set: in its file, its YAML or dbt_project.yml.

In dbt's order: the `config()` of the file itself wins over the `config:` of its YAML, that over
dbt_project.yml of the root project (the most specific directory first), that over the package's
own dbt_project.yml. What nobody set is a default, and is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

PLURAL = {
    "model": "models",
    "seed": "seeds",
    "snapshot": "snapshots",
    "source": "sources",
    "test": "data_tests",
    "unit_test": "unit_tests",
    "exposure": "exposures",
    "metric": "metrics",
    "semantic_model": "semantic_models",
    "saved_query": "saved_queries",
}
SPELLINGS = {"pre-hook": "pre_hook", "post-hook": "post_hook"}
"""Keys of a configuration that may be written in another way."""
ADDED_UP = frozenset({"tags"})
"""Keys whose values are put together from all places."""


def config_sources(node: Any, config: Any, root: Path, files: Mapping[str, Any]) -> dict[str, str]:
    """The places of a node's configuration.

    Args:
        node: the node of dbt's manifest.
        config: the root project's runtime configuration.
        root: the root project's directory.
        files: the manifest's files, by dbt's id of each.

    Returns:
        By key of the node's configuration: `path:line`, or the path where no line says it;
        several, joined by ` + `, where values add up. Paths are relative to the root.
    """
    levels = list(_levels(node, config, root, files))
    found: dict[str, str] = {}
    for key in node.config.to_dict(omit_none=True):
        names = {key, SPELLINGS.get(key, key)}
        places = [place for said, place in levels if names & said]
        if places:
            found[key] = " + ".join(dict.fromkeys(places)) if key in ADDED_UP else places[0]
    return {key: _at_line(root, place, key) for key, place in found.items()}


def _levels(
    node: Any, config: Any, root: Path, files: Mapping[str, Any]
) -> Iterator[tuple[set[str], str]]:
    """The keys that each place sets, with the place, the one that wins first."""
    package = node.package_name
    projects = config.load_dependencies()
    home = Path(projects[package].project_root) if package in projects else root
    path = os.path.relpath(home / node.original_file_path, root)
    yield set(getattr(node, "config_call_dict", None) or ()), path
    if patch_path := getattr(node, "patch_path", None) or "":
        patch = os.path.relpath(home / patch_path.partition("://")[2], root)
        yield set(_patch(node, files.get(patch_path))), patch
    for project in (config, projects.get(package)):
        if project is None or (project is not config and package == config.project_name):
            continue
        tree = getattr(project, PLURAL.get(node.resource_type, ""), None) or {}
        place = os.path.relpath(Path(project.project_root) / "dbt_project.yml", root)
        lines = _lines_of(Path(project.project_root) / "dbt_project.yml")
        for depth, level in reversed(list(enumerate(_along(tree, node.fqn)))):
            above = (PLURAL[node.resource_type], *node.fqn[:depth])
            for key in level:
                number = lines.get((*above, key), 0)
                yield {key.removeprefix("+")}, f"{place}:{number}" if number else place


def _patch(node: Any, file: Any) -> Mapping[str, Any]:
    """The `config:` that a YAML file gives to a node (and `tags:` and similar beside it)."""
    content = getattr(file, "dict_from_yaml", None) or {}
    for entry in content.get(PLURAL.get(node.resource_type, ""), None) or ():
        if isinstance(entry, dict) and entry.get("name") == node.name:
            beside = {key for key in ("tags", "meta", "docs", "access", "group") if key in entry}
            return {**dict.fromkeys(beside), **(entry.get("config") or {})}
    return {}


def _along(tree: Mapping[str, Any], fqn: list[str]) -> Iterator[Mapping[str, Any]]:
    """The levels of a project's configuration that hold for a node, the most general first."""
    yield tree
    for name in fqn:
        inner = tree.get(name)
        if not isinstance(inner, Mapping):
            return
        yield inner
        tree = inner


def _lines_of(path: Path) -> dict[tuple[str, ...], int]:
    """The line of each key of a YAML file, by the keys above it and itself."""
    try:
        return _key_lines(path.read_text("utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError):
        return {}


@lru_cache(maxsize=8)
def _key_lines(text: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}

    def walk(node: Any, above: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                path = (*above, str(key.value))
                found[path] = key.start_mark.line + 1
                walk(value, path)

    walk(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return found


def _at_line(root: Path, places: str, key: str) -> str:
    """The places with the line of the key, where exactly one line of the file says it."""
    return " + ".join(_with_line(root, place, key) for place in places.split(" + "))


def _with_line(root: Path, place: str, key: str) -> str:
    spelled = "|".join({re.escape(key), re.escape(SPELLINGS.get(key, key))})
    said = re.compile(rf"(?<![\w-])\+?['\"]?(?:{spelled})['\"]?\s*[:=]")
    if place.rpartition(":")[2].isdecimal():
        return place
    try:
        lines = (root / place).read_text("utf-8", "replace").splitlines()
    except OSError:
        return place
    numbers = [number for number, line in enumerate(lines, 1) if said.search(line)]
    return f"{place}:{numbers[0]}" if len(numbers) == 1 else place
