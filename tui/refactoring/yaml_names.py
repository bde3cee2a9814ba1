"""Where YAML names an asset: its entry, its unit tests, `ref(…)` in any value, keys of
configuration by its path, selectors. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tui.properties.entries import SECTIONS, Entry
from tui.refactoring.calls import Found, in_template, in_tokens
from tui.refactoring.edits import Place, Replacement, place_in
from tui.refactoring.jinja import tokens_of

EXPRESSION = re.compile(r"\s*(?:ref|source)\s*\(")
"""How a value begins that is an expression as a whole, without braces: `ref('orders')`."""
TESTS = frozenset({"tests", "data_tests"})
OTHER_ARGUMENTS = frozenset({"name", "field", "column_name", "description", "values", "tags"})
"""Keys of a test whose values are not the names of assets."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """A value (or a key) with the keys that lead to it."""

    node: yaml.ScalarNode
    keys: tuple[str, ...]

    @property
    def start(self) -> int:
        """Where it begins, its quote included."""
        return int(self.node.start_mark.index)

    @property
    def end(self) -> int:
        """The place behind it."""
        return int(self.node.end_mark.index)


def composed(text: str) -> Entry | None:
    """The mapping of a file; None where it is not YAML, or no mapping."""
    try:
        node = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError):
        return None
    return Entry(node) if isinstance(node, yaml.MappingNode) else None


def scalars(node: Any, keys: tuple[str, ...] = ()) -> Iterator[Scalar]:
    """All values, each once: an alias stands where its anchor is."""
    seen: set[int] = set()
    todo: list[tuple[Any, tuple[str, ...]]] = [(node, keys)]
    while todo:
        node, keys = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield Scalar(node, keys)
        elif isinstance(node, yaml.SequenceNode):
            todo += [(item, keys) for item in reversed(node.value)]
        elif isinstance(node, yaml.MappingNode):
            todo += [(value, (*keys, str(getattr(key, "value", "")))) for key, value in node.value]


def renamed_scalar(text: str, node: Any, old: str, new: str) -> Iterator[Replacement]:
    """A value that is the old name, as the new one; its quotes stay."""
    if not isinstance(node, yaml.ScalarNode) or node.value != old:
        return
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    at = text.rfind(old, start, end)  # an anchor before it may be called the same
    if at >= 0:
        yield Replacement(at, at + len(old), new)


# ------------------------------------------------------------------- what dbt calls in a value


def in_value(text: str, scalar: Scalar) -> Found:
    """The calls in a value: in its Jinja, or of the expression that it is."""
    raw = text[scalar.start : scalar.end]
    if "(" not in raw:
        return Found()
    readable = text
    quote = "''" if scalar.node.style == "'" else '\\"' if scalar.node.style == '"' else ""
    if quote and quote in raw:
        # Quotes within quotes are two signs; one of them becomes a blank, so that places stay.
        pieces = raw.split(quote)
        single = "'" if quote == "''" else '"'
        joined = pieces[0]
        for number, piece in enumerate(pieces[1:]):
            joined += (f" {single}" if number % 2 == 0 else f"{single} ") + piece
        readable = text[: scalar.start] + joined + text[scalar.end :]
    if EXPRESSION.match(scalar.node.value):
        inner = 1 if scalar.node.style in ("'", '"') else 0
        return in_tokens(tokens_of(readable, scalar.start + inner, scalar.end - inner))
    return in_template(readable, scalar.start, scalar.end)


def named_in_tests(scalar: Scalar, name: str) -> bool:
    """Whether an argument of a test is a name of an asset, or a text that looks like it."""
    if scalar.node.value != name or TESTS.isdisjoint(scalar.keys):
        return False
    return scalar.keys[-1] not in OTHER_ARGUMENTS and scalar.keys[-1] not in TESTS


# ------------------------------------------------------------------------------- entries


def entry_names(
    text: str, root: Entry, kind: str, old: str, new: str, stems: Mapping[str, str]
) -> Iterator[Replacement]:
    """The entries that describe an asset, and the unit tests of it.

    Args:
        text: the file.
        root: its mapping.
        kind: the resource type.
        old: the name; `source.table` for a table.
        new: its new name; of a table without its source.
        stems: names of files of versions, with their new ones.
    """
    if kind == "source":
        source, _, table = old.partition(".")
        for each in root.items("sources"):
            if each.text("name") == source:
                for entry in each.items("tables"):
                    yield from _renamed_table(text, entry, table, new)
        return
    for entry in root.items(SECTIONS[kind]):
        if entry.text("name") != old:
            continue
        yield from renamed_scalar(text, entry.value("name"), old, new)
        for version in entry.items("versions"):
            for was, now in stems.items():
                yield from renamed_scalar(text, version.value("defined_in"), was, now)
    for test in root.items("unit_tests") if kind != "source" else ():
        yield from renamed_scalar(text, test.value("model"), old, new)


def _renamed_table(text: str, entry: Entry, table: str, new: str) -> Iterator[Replacement]:
    """A table of a source: what it is called in the database stays as it is."""
    name = entry.value("name")
    for one in renamed_scalar(text, name, table, new):
        yield one
        if entry.value("identifier") is not None:
            return
        end = int(name.end_mark.index)
        if entry.is_flow:
            yield Replacement(end, end, f", identifier: {table}")
            return
        newline = "\r\n" if text[text.find("\n", end) - 1 :][:1] == "\r" else "\n"
        key = next(key for key, value in entry.node.value if value is name)
        indent = " " * int(key.start_mark.column)
        yield Replacement(end, end, f"{newline}{indent}identifier: {table}")


def config_keys(root: Entry, section: str, fqns: frozenset[str]) -> Iterator[Any]:
    """The keys in dbt_project.yml that configure one asset, by its path: `shop: marts: orders:`."""

    def walk(node: Any, path: str) -> Iterator[Any]:
        if not isinstance(node, yaml.MappingNode):
            return
        for key, value in node.value:
            name = str(key.value)
            if name.startswith("+"):
                continue
            here = f"{path}.{name}" if path else name
            if here in fqns:
                yield key
            yield from walk(value, here)

    found = root.value(section)
    yield from walk(found, "")


# ------------------------------------------------------------------------------- selectors


def selector_values(
    path: str,
    text: str,
    root: Entry,
    renamed: Callable[[str], str],
    covers: Callable[[str], bool],
) -> Iterator[Replacement | Place]:
    """The names in the definitions of selectors.yml.

    Args:
        path: the file.
        text: its text.
        root: its mapping.
        renamed: a selector with the new name in it.
        covers: whether a selector with `*` means the old name and not the new one.
    """
    for each in root.items("selectors"):
        for key in ("definition", "default_definition"):
            yield from _in_definition(path, text, each.value(key), renamed, covers)


def _in_definition(
    path: str, text: str, node: Any, renamed: Callable[[str], str], covers: Callable[[str], bool]
) -> Iterator[Replacement | Place]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _in_definition(path, text, item, renamed, covers)
    elif isinstance(node, yaml.MappingNode):
        entry = Entry(node)
        method = entry.text("method")
        value = entry.value("value")
        if method and isinstance(value, yaml.ScalarNode):
            whole = renamed(f"{method}:{value.value}")
            yield from _as_renamed(text, value, whole.removeprefix(f"{method}:"))
            if covers(f"{method}:{value.value}"):
                yield place_in(path, text, value.start_mark.index, WILDCARD)
            return
        for _, inner in node.value:
            yield from _in_definition(path, text, inner, renamed, covers)
    elif isinstance(node, yaml.ScalarNode):
        yield from _as_renamed(text, node, renamed(node.value))
        if covers(node.value):
            yield place_in(path, text, node.start_mark.index, WILDCARD)


WILDCARD = "a pattern that does not match the new name"


def _as_renamed(text: str, node: Any, value: str) -> Iterator[Replacement]:
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    at = text.rfind(node.value, start, end)
    if value != node.value and at >= 0:
        yield Replacement(at, at + len(node.value), value)
