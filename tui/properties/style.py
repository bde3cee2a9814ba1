"""The lines that are put into a properties file, in the way in which the file is written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tui.properties.entries import SECTIONS, Entry, dash_column, key_column

Test = str | Mapping[str, Any]
"""A test as YAML has it: `unique`, or `{accepted_values: {…}}`."""

QUOTE = "quote: true"


@dataclass(frozen=True)
class Column:
    """A column as it should be described."""

    name: str
    type: str = ""
    """Written where the column is new, or types are."""
    description: str = ""
    """As it stands in YAML, with Jinja in it; written where the column has none."""
    tests: Sequence[Test] = ()
    """Those that the column has not."""
    quote: bool = False
    """Whether its name must stand in quotes: its tests do not find it otherwise."""


@dataclass(frozen=True)
class Asset:
    """What is described: its type, name and columns."""

    kind: str
    """model, seed, snapshot, source."""
    name: str
    """`source.table` for a source; of a model with versions without its version."""
    columns: Sequence[Column]
    with_types: bool = False
    """Whether columns that are described already get their type, too."""
    version: str = ""
    """Of a model that has versions: what is described is this one."""


@dataclass(frozen=True)
class Style:
    """How a file is indented."""

    list_offset: int = 2
    """Columns from a key to the dashes of its list."""
    item_offset: int = 2
    """Columns from a dash to what follows it."""
    tests_key: str = "data_tests"

    @staticmethod
    def of(root: Entry, text: str) -> Style:
        """That of a file, by its lists."""
        lists: list[int] = []
        items: list[int] = []
        keys: list[str] = []
        _look(text, root.node, lists, items, keys)
        tests = "tests" if "tests" in keys and "data_tests" not in keys else "data_tests"
        return Style(_most(lists, 2), _most(items, 2), tests)


def _most(values: Sequence[int], default: int) -> int:
    return max(values, key=values.count) if values else default


def _look(text: str, node: Any, lists: list[int], items: list[int], keys: list[str]) -> None:
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            keys.append(str(key.value))
            if value.start_mark.index < key.end_mark.index:
                continue  # an alias: it stands where its anchor is
            if isinstance(value, yaml.SequenceNode) and value.value and not value.flow_style:
                lists.append(dash_column(text, value) - key.start_mark.column)
            _look(text, value, lists, items, keys)
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for item in node.value:
            if item.start_mark.index < node.start_mark.index:
                continue
            if isinstance(item, yaml.MappingNode) and not item.flow_style and item.value:
                items.append(key_column(item) - dash_column(text, node))
            _look(text, item, lists, items, keys)


def new_section(asset: Asset, style: Style) -> list[str]:
    """A section with an asset in it."""
    return [f"{SECTIONS[asset.kind]}:", *entry_lines(asset, style.list_offset, style)]


def entry_lines(asset: Asset, indent: int, style: Style) -> list[str]:
    """The entry of an asset, with its dash in this column."""
    key = indent + style.item_offset
    lines = [f"{_dash(indent, style)}name: {scalar(asset.name)}"]
    if asset.columns:
        lines.append(f"{' ' * key}columns:")
    for column in asset.columns:
        lines += column_lines(column, key + style.list_offset, style)
    return lines


def column_lines(column: Column, indent: int, style: Style) -> list[str]:
    """A column that was not described, with its dash in this column."""
    key = indent + style.item_offset
    lines = [f"{_dash(indent, style)}name: {scalar(column.name)}"]
    if column.quote:
        lines.append(f"{' ' * key}{QUOTE}")
    if column.type:
        lines += scalar_lines("data_type", column.type, key)
    if column.description.strip():
        lines += scalar_lines("description", column.description, key)
    if column.tests:
        lines += test_lines(column.tests, key, style)
    return lines


def _dash(indent: int, style: Style) -> str:
    return " " * indent + "-".ljust(style.item_offset)


def test_lines(tests: Sequence[Test], indent: int, style: Style) -> list[str]:
    """The tests of a column under their key, which stands in this column."""
    lines = [f"{' ' * indent}{style.tests_key}:"]
    for test in tests:
        lines += test_item(test, indent + style.list_offset, style)
    return lines


def test_item(test: Test, indent: int, style: Style) -> list[str]:
    """One test, with its dash in this column."""
    if isinstance(test, str):
        return [f"{_dash(indent, style)}{test}"]
    dumped = yaml.safe_dump(
        dict(test), sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=None
    )
    first, *others = dumped.rstrip("\n").split("\n")
    key = " " * (indent + style.item_offset)
    return [f"{_dash(indent, style)}{first}", *(f"{key}{line}" for line in others)]


def flow(test: Test) -> str:
    """A test on one line."""
    dumped: str = yaml.safe_dump(
        test, sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=True
    )
    return dumped.removesuffix("...\n").strip()


def scalar_lines(key: str, text: str, indent: int) -> list[str]:
    """A key in this column, with a text that may have several lines."""
    lead = " " * indent
    text = text.strip()
    if "\n" not in text:
        return [f"{lead}{key}: {scalar(text)}"]
    lines = text.split("\n")
    if any(line != line.rstrip() or not line.isprintable() for line in lines):
        return [f"{lead}{key}: {scalar(text)}"]
    body = [f"{lead}  {line}" if line else "" for line in lines]
    return [f"{lead}{key}: |-", *body]


def scalar(text: str) -> str:
    """A text as YAML has it on one line."""
    style = '"' if "\n" in text else None
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=1 << 20, default_style=style)
    return dumped.removesuffix("\n").removesuffix("\n...")
