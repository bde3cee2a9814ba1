"""Which settings a run may give, as rows that travel: of functions with a Config, and of resources
that are configured at launch; and what is wrong with given ones. Pure.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Container, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from tui.definitions.config import ABSENT, Config, description_of, fields_of, is_made
from tui.definitions.run_config import ENV, RESOURCES, places_in, values_of

PLAIN = {int: "int", float: "float", str: "str", bool: "bool", dict: "dict", list: "list"}


class ConfigField(NamedTuple):
    """One setting."""

    name: str
    kind: str
    """int, float, str, bool, list, dict, choice, config, or any: what only the run checks."""
    words: str
    """Its type, as the class has it: `int | None`."""
    is_required: bool
    default: str = ""
    """As JSON; empty where it has none, or one that is made anew for each run."""
    description: str = ""
    choices: Sequence[str] = ()
    """Of a choice: the values."""
    is_nullable: bool = False
    fields: Sequence[Sequence[Any]] = ()
    """Of a config: rows of its own settings."""


class ConfigRow(NamedTuple):
    """The settings of one function or resource."""

    place: Sequence[str]
    """Where they are in the tree of a run: ops, the name."""
    nodes: Sequence[str]
    """unique_ids of the assets and checks that are made with them; of a resource, all."""
    fields: Sequence[Sequence[Any]]
    """Rows of ConfigField."""
    takes_more: bool = False
    """Whether it takes settings that the class does not name."""

    @property
    def name(self) -> str:
        """As a person calls it."""
        return ".".join(self.place[1::2])

    @property
    def settings(self) -> list[ConfigField]:
        """The settings."""
        return [ConfigField._make(one) for one in self.fields]

    @property
    def is_required(self) -> bool:
        """Whether a run has to give some."""
        return any(one.is_required for one in self.settings)


def config_row(
    config: type[Config], place: Iterable[str], nodes: Iterable[str], given: Iterable[str] = ()
) -> ConfigRow:
    """The row of a class of settings.

    Args:
        config: The class.
        place: Where its settings are in the tree of a run.
        nodes: unique_ids of what is made with them.
        given: Settings that have a value already and are not asked for.
    """
    known = set(given)
    return ConfigRow(
        list(place),
        list(nodes),
        [list(one) for one in _fields(config) if one.name not in known],
        config.takes_more(),
    )


def _fields(config: type[Config]) -> list[ConfigField]:
    found = []
    for name, (annotation, default) in fields_of(config).items():
        kind, choices, is_nullable, inner = _kind(annotation)
        own = [list(one) for one in _fields(inner)] if inner is not None else []
        is_required, words = default is ABSENT, _words(annotation)
        said, shown = description_of(config, name), _default(default)
        found.append(
            ConfigField(name, kind, words, is_required, shown, said, choices, is_nullable, own)
        )
    return found


def _kind(annotation: Any) -> tuple[str, list[str], bool, type[Config] | None]:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        others = [one for one in args if one is not type(None)]
        if len(others) == 1 and len(args) == 2:
            kind, choices, _, inner = _kind(others[0])
            return kind, choices, True, inner
        return "any", [], type(None) in args, None
    if origin is typing.Literal and all(isinstance(one, str) for one in args):
        return "choice", list(args), False, None
    plain = origin or annotation
    if isinstance(plain, type):
        if issubclass(plain, Enum):
            return "choice", [one.name for one in plain], False, None
        if issubclass(plain, Config):
            return "config", [], False, plain
        if plain in PLAIN:
            return PLAIN[plain], [], False, None
    return "any", [], False, None


def _words(annotation: Any) -> str:
    if isinstance(annotation, type) and typing.get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")


def _default(default: Any) -> str:
    if default is ABSENT or is_made(default):
        return ""
    try:
        return json.dumps(default.dict() if isinstance(default, Config) else default,
                          default=lambda one: getattr(one, "name", None) or str(one))  # fmt: skip
    except (TypeError, ValueError):
        return ""


# ---------------------------------------------------------------- what is wrong


def wanted(rows: Iterable[ConfigRow], nodes: Iterable[str]) -> list[ConfigRow]:
    """The rows of what a run of these nodes makes."""
    there = set(nodes)
    return [row for row in rows if not row.nodes or not there.isdisjoint(row.nodes)]


def resources_of(rows: Iterable[ConfigRow]) -> frozenset[str]:
    """The names of the resources among these: a run may give their settings whatever it makes."""
    return frozenset(row.place[1] for row in rows if row.place[0] == RESOURCES)


def problem_of(
    tree: Mapping[str, Any], rows: Sequence[ConfigRow], resources: Container[str] = ()
) -> str:
    """What is wrong with a run's settings, in a sentence; empty where nothing is known to be.

    Args:
        tree: The settings.
        rows: Those of what the run makes.
        resources: Names of resources whose settings may be there, too.

    Raises:
        DefinitionError: for what is no tree of settings.
    """
    known = {tuple(row.place): row for row in rows}
    for place in places_in(tree):
        if place not in known and not (place[0] == RESOURCES and place[1] in resources):
            names = ", ".join(row.name for row in rows)
            there = f"it takes settings for {names}" if names else "nothing in it takes any"
            return f"The run has nothing that takes settings for {'.'.join(place)}: {there}."
    for row in rows:
        values = values_of(tree, tuple(row.place))
        by_name = {one.name: one for one in row.settings}
        for name, value in values.items():
            if name not in by_name and not row.takes_more:
                return f"{row.name} has no setting {name}: it has {', '.join(by_name)}."
            if name in by_name and (words := value_problem(by_name[name], value)):
                return f"{row.name}.{name} {words}."
        missing = [one for one in row.settings if one.is_required and one.name not in values]
        if missing:
            one = missing[0]
            return f"{row.name} needs a value for {one.name} ({one.words})."
    return ""


def value_problem(field: ConfigField, value: Any) -> str:
    """What is wrong with the value of a setting, without its name: `must be int, not 3.5`."""
    wrong = f"must be {field.words}, not {value!r}"
    if value is None:
        return "" if field.is_nullable or field.kind == "any" else wrong
    if (
        isinstance(value, Mapping)
        and value.keys() == {ENV}
        and field.kind not in ("dict", "config")
    ):
        return ""
    if field.kind == "choice":
        return "" if value in field.choices else f"must be one of {', '.join(field.choices)}"
    if field.kind == "config":
        return _inner_problem(field, value) if isinstance(value, Mapping) else wrong
    takes: dict[str, tuple[type, ...]] = {
        "int": (int,), "float": (int, float), "str": (str,), "bool": (bool,), "list": (list,),
        "dict": (dict,),
    }  # fmt: skip
    if field.kind not in takes:
        return ""
    is_truth = isinstance(value, bool) and field.kind in ("int", "float")
    return wrong if is_truth or not isinstance(value, takes[field.kind]) else ""


def _inner_problem(field: ConfigField, values: Mapping[str, Any]) -> str:
    for one in (ConfigField._make(row) for row in field.fields):
        if one.name in values:
            if words := value_problem(one, values[one.name]):
                return f"has a {one.name} that {words}"
        elif one.is_required:
            return f"needs a value for {one.name} ({one.words})"
    return ""


def typed_value(field: ConfigField, text: str) -> Any:
    """The value that is meant by what somebody types. Raises ValueError, in a sentence without the
    setting's name.
    """
    text = text.strip()
    if text == "null" and field.is_nullable:
        return None
    if field.kind == "str":
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if field.kind == "choice":
        value: Any = text
    elif field.kind == "bool":
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif field.kind in ("int", "float"):
        value = _number(text, field.kind)
    else:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
    if words := value_problem(field, value):
        raise ValueError(words)
    return value


def _number(text: str, kind: str) -> Any:
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text
