"""What a run is given beside its assets: settings of functions and resources, as a tree.

    {"ops": {"orders_report": {"config": {"day": "2026-01-01"}}}}

Its form is Dagster's. `RunConfig` makes it of objects; here it is read, and told apart from what is
wrong with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.definitions.config import Config
from tui.definitions.errors import DefinitionError

OPS, RESOURCES, CONFIG = "ops", "resources", "config"
LEFT_ALONE = frozenset({"execution", "loggers"})
"""Parts of Dagster's run config that dbtree has nothing for."""
ENV = "env"
Tree = Mapping[str, Any]
Path_ = tuple[str, ...]
"""Whose settings: `("ops", "orders_report")`, `("resources", "warehouse")`."""


@dataclass(frozen=True)
class RunConfig:
    """Settings of a run: `RunConfig(ops={"orders_report": ReportConfig(rows=3)})`.

    Args:
        ops: By the name of the function (an asset's key, its parts joined by two underlines).
        resources: By the name of the resource.
        loggers: Accepted and left alone.
        execution: Accepted and left alone.
    """

    ops: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    loggers: Any = None
    execution: Any = None

    def to_config_dict(self) -> dict[str, Any]:
        """The same as a tree of plain values."""
        return config_tree(self)


def config_tree(given: Any) -> dict[str, Any]:
    """A run's settings as a tree of plain values, of whatever they are given as.

    Raises:
        DefinitionError: for what cannot be one.
    """
    if given is None:
        return {}
    if isinstance(given, RunConfig):
        parts = {OPS: given.ops, RESOURCES: given.resources}
        given = {
            part: {name: _wrapped(one) for name, one in named.items()}
            for part, named in parts.items()
            if named
        }
    if not isinstance(given, Mapping):
        raise DefinitionError(
            f"The configuration of a run is a RunConfig or a dict, not {given!r}."
        )
    try:
        found: dict[str, Any] = json.loads(json.dumps(given, default=_plain))
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"The configuration of a run cannot be JSON: {error}.") from error
    return found


def _wrapped(one: Any) -> Any:
    """The settings of one function, under their word."""
    if isinstance(one, Config):
        return {CONFIG: one}
    if isinstance(one, Mapping) and one and all(isinstance(each, Config) for each in one.values()):
        return {OPS: {name: {CONFIG: each} for name, each in one.items()}}
    return one


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.dict()
    if isinstance(value, Path):
        return str(value)
    name = getattr(value, "name", None)
    if name is not None:  # of an Enum, as Dagster's configuration has it
        return name
    raise TypeError(f"{value!r} cannot be JSON")


def values_of(tree: Tree, place: Path_) -> dict[str, Any]:
    """The settings that a tree has for a function or a resource."""
    found: Any = tree
    for part in (*place, CONFIG):
        found = found.get(part) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def with_values(tree: Tree, place: Path_, values: Mapping[str, Any]) -> dict[str, Any]:
    """The tree with these settings for a function or a resource; without its place for none."""
    first, *rest = (*place, CONFIG)
    found = dict(tree)
    if not rest:
        inner: Any = dict(values)
    else:
        inside = tree.get(first)
        inner = with_values(inside if isinstance(inside, Mapping) else {}, tuple(place[1:]), values)
    if inner:
        found[first] = inner
    else:
        found.pop(first, None)
    return found


def places_in(tree: Tree) -> dict[Path_, Any]:
    """Whose settings are in a tree, and what they are.

    Raises:
        DefinitionError: where it is not the configuration of a run.
    """
    found: dict[Path_, Any] = {}
    for part, named in tree.items():
        if part in LEFT_ALONE:
            continue
        if part not in (OPS, RESOURCES):
            raise DefinitionError(
                f"A run's configuration has `ops` and `resources`, and no {part!r}.", path="-"
            )
        _collect(named, (part,), found)
    return found


def _collect(named: Any, above: Path_, found: dict[Path_, Any]) -> None:
    if not isinstance(named, Mapping):
        raise DefinitionError(f"{'.'.join(above)} holds names, not {named!r}.", path="-")
    for name, one in named.items():
        place = (*above, str(name))
        if not isinstance(one, Mapping) or not one.keys() <= {CONFIG, OPS}:
            words = ".".join(place)
            raise DefinitionError(f"Under {words} comes `config`, not {one!r}.", path="-")
        if OPS in one:
            _collect(one[OPS], (*place, OPS), found)
        if CONFIG in one:
            found[place] = one[CONFIG]


def written_out(tree: Tree, names: Iterable[str]) -> dict[str, Any]:
    """A tree of Dagster's form, of one that may be in short: `{orders_report: {rows: 3}}`.

    Args:
        tree: As it was typed.
        names: Of the functions that take settings.
    """
    if not tree or tree.keys() <= {OPS, RESOURCES, *LEFT_ALONE} - set(names):
        return dict(tree)
    return {OPS: {name: {CONFIG: values} for name, values in tree.items()}}


def from_environment(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with those read that name an environment variable: `{"env": "TOKEN"}`.

    Raises:
        DefinitionError: for a variable that is not set.
    """
    found = dict(values)
    for name, value in values.items():
        if isinstance(value, Mapping) and value.keys() == {ENV}:
            variable = str(value[ENV])
            if variable not in os.environ:
                raise DefinitionError(
                    f"{name}: the environment variable {variable} is not set.", path="-"
                )
            found[name] = os.environ[variable]
    return found


def config_from_yaml_strings(yaml_strings: Sequence[str]) -> dict[str, Any]:
    """A run's configuration of YAML texts, later ones over earlier ones.

    Raises:
        DefinitionError: for a text that is not YAML, or no mapping.
    """
    import yaml

    found: dict[str, Any] = {}
    for text in yaml_strings:
        try:
            one = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise DefinitionError(f"This is not YAML: {error}") from error
        if not isinstance(one, Mapping):
            raise DefinitionError(f"The configuration of a run is a mapping, not {one!r}.")
        found = _merged(found, one)
    return found


def config_from_files(config_files: Sequence[str]) -> dict[str, Any]:
    """A run's configuration of YAML files, later ones over earlier ones.

    Args:
        config_files: Paths; `*` stands for any name.

    Raises:
        DefinitionError: for a file that is not there, or is not YAML.
    """
    from glob import glob

    texts = []
    for pattern in config_files:
        paths = sorted(glob(str(pattern)))
        if not paths:
            raise DefinitionError(f"There is no file {pattern}.")
        texts += [Path(path).read_text(encoding="utf-8") for path in paths]
    return config_from_yaml_strings(texts)


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for key, value in other.items():
        before = found.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return found
