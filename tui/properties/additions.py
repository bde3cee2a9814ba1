"""Adds what is missing to the text of a properties file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from tui.properties.entries import (
    SECTIONS,
    Entry,
    NotPatchable,
    column_of,
    end_of,
    entry_of,
    root_of,
)

Test = str | Mapping[str, Any]
"""A test as YAML has it: `unique`, or `{accepted_values: {…}}`."""
BOM = "\ufeff"


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


@dataclass(frozen=True)
class Asset:
    """What is described: its type, name and columns."""

    kind: str
    """model, seed, snapshot, source."""
    name: str
    """`source.table` for a source."""
    columns: Sequence[Column]
    with_types: bool = False
    """Whether columns that are described already get their type, too."""


@dataclass
class _Text:
    """A text, and the pieces that are to be put into it."""

    text: str
    pieces: list[tuple[int, str]] = field(default_factory=list)

    @property
    def newline(self) -> str:
        """The line end that the file has."""
        return "\r\n" if self.text.count("\r\n") * 2 > self.text.count("\n") else "\n"

    def add_lines(self, place: int, lines: Sequence[str]) -> None:
        """Put lines behind the line that ends at a place."""
        if not lines:
            return
        newline = self.newline
        if place and self.text[place - 1 : place] == "\r":
            place -= 1
        self.pieces.append((place, "".join(newline + line for line in lines)))

    def result(self) -> str:
        found, last = [], 0
        for place, piece in sorted(self.pieces, key=lambda one: one[0]):
            found += [self.text[last:place], piece]
            last = place
        return "".join([*found, self.text[last:]])


def with_additions(text: str, asset: Asset) -> str:
    """The text of a file with what is missing about an asset; nothing else of it changes.

    Args:
        text: The file, with its own line ends; empty for a new one.
        asset: What is to be described.

    Raises:
        NotPatchable: The file is not YAML, or is written so that nothing can be put into it.
    """
    mark, text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    root = root_of(text)
    if root is None:
        newline = _Text(text).newline
        lines = ["version: 2", "", *_new_section(asset, _Style())]
        lead = text if not text or text.endswith("\n") else text + newline
        return mark + lead + newline.join(lines) + newline
    if root.is_flow:
        raise NotPatchable("The whole file is written in braces.")
    target = _Text(text)
    _add(target, root, asset)
    found = target.result()
    _check(text, found)
    return mark + found


def _check(before: str, after: str) -> None:
    """Raise unless all that was said is said still."""
    try:
        was, now = yaml.safe_load(before), yaml.safe_load(after)
    except yaml.YAMLError:
        was, now = True, False
    if not _holds(was, now):
        raise NotPatchable("It is written so that nothing can be added safely.")


def _holds(was: Any, now: Any) -> bool:
    """Whether a value holds all of another one."""
    if isinstance(was, dict) and isinstance(now, dict):
        return all(key in now and _holds(value, now[key]) for key, value in was.items())
    if isinstance(was, list) and isinstance(now, list):
        return len(now) >= len(was) and all(map(_holds, was, now))
    return bool(was == now) or was is None


# --------------------------------------------------------------------------- what is added


def _add(target: _Text, root: Entry, asset: Asset) -> None:
    style = _Style.of(root)
    entry = entry_of(root, asset.kind, asset.name)
    if entry is None:
        _add_entry(target, root, asset, style)
    elif entry.is_flow:
        raise NotPatchable(f"{asset.name} is written in braces, on one line.")
    else:
        _add_columns(target, entry, asset, style)


def _add_entry(target: _Text, root: Entry, asset: Asset, style: _Style) -> None:
    """A new entry, at the end of its section."""
    if asset.kind == "source":
        raise NotPatchable(f"It does not declare the source {asset.name}.")
    section = root.value(SECTIONS[asset.kind])
    if section is None:
        blank = [""] if target.text.strip() else []
        target.add_lines(_text_end(target.text), [*blank, *_new_section(asset, style)])
    elif isinstance(section, yaml.SequenceNode) and section.value and not section.flow_style:
        indent = section.start_mark.column
        gap = [""] if _has_gaps(target.text, section) else []
        lines = _entry_lines(asset, indent, style)
        target.add_lines(end_of(target.text, section), [*gap, *lines])
    elif not section.value and not getattr(section, "flow_style", False):
        lines = _entry_lines(asset, style.list_offset, style)
        target.add_lines(end_of(target.text, section), lines)
    else:
        raise NotPatchable(f"Its {SECTIONS[asset.kind]} are written on one line.")


def _text_end(text: str) -> int:
    return len(text.rstrip("\r\n"))


def _has_gaps(text: str, section: yaml.SequenceNode) -> bool:
    """Whether blank lines stand between the entries of a list."""
    if len(section.value) < 2:
        return True
    first, second = section.value[:2]
    between = text[end_of(text, first) : second.start_mark.index]
    return between.replace("\r", "").count("\n") > 1


def _add_columns(target: _Text, entry: Entry, asset: Asset, style: _Style) -> None:
    columns = entry.value("columns")
    new = [one for one in asset.columns if column_of(entry, one.name) is None]
    for one in asset.columns:
        known = column_of(entry, one.name)
        if known is not None:
            _add_to_column(target, known, one, style, with_type=asset.with_types)
    if not new:
        return
    key = entry.node.start_mark.column
    if columns is None:
        lines = [f"{' ' * key}columns:"]
        place = end_of(target.text, entry.node)
        indent = key + style.list_offset
    elif isinstance(columns, yaml.SequenceNode) and columns.value and not columns.flow_style:
        lines, place, indent = [], end_of(target.text, columns), columns.start_mark.column
    elif not columns.value and not getattr(columns, "flow_style", False):
        lines, place = [], end_of(target.text, columns)
        indent = key + style.list_offset
    else:
        raise NotPatchable(f"The columns of {asset.name} are written on one line.")
    for one in new:
        lines += _column_lines(one, indent, style)
    target.add_lines(place, lines)


def _add_to_column(
    target: _Text, known: Entry, column: Column, style: _Style, *, with_type: bool
) -> None:
    """What a column that is described already has not. One in braces is left as it is."""
    if known.is_flow:
        return
    indent = known.node.start_mark.column
    lines: list[str] = []
    if column.description and known.value("description") is None:
        lines += _scalar_lines("description", column.description, indent)
    if with_type and column.type and known.value("data_type") is None:
        lines += _scalar_lines("data_type", column.type, indent)
    tests_key = next((key for key in ("data_tests", "tests") if known.value(key) is not None), "")
    if column.tests and not tests_key:
        lines += _test_lines(column.tests, indent, style)
    if column.tests and tests_key:  # first: what follows may go to the same place
        _add_tests(target, known.value(tests_key), column.tests, indent, style)
    target.add_lines(end_of(target.text, known.node), lines)


def _add_tests(
    target: _Text, known: Any, tests: Sequence[Test], indent: int, style: _Style
) -> None:
    """More tests in a list that is there."""
    if isinstance(known, yaml.SequenceNode) and known.flow_style:
        words = ", ".join(_flow(test) for test in tests)
        place = known.value[-1].end_mark.index if known.value else known.end_mark.index - 1
        target.pieces.append((place, f", {words}" if known.value else words))
    elif isinstance(known, yaml.SequenceNode):
        lines = [
            line for test in tests for line in _test_item(test, known.start_mark.column, style)
        ]
        target.add_lines(end_of(target.text, known), lines)
    else:
        at = indent + style.list_offset
        lines = [line for test in tests for line in _test_item(test, at, style)]
        target.add_lines(end_of(target.text, known), lines)


# --------------------------------------------------------------------------- how it is written


@dataclass(frozen=True)
class _Style:
    """How a file is indented."""

    list_offset: int = 2
    """Columns from a key to the dashes of its list."""
    item_offset: int = 2
    """Columns from a dash to what follows it."""
    tests_key: str = "data_tests"

    @staticmethod
    def of(root: Entry) -> _Style:
        """That of a file, by its lists."""
        lists: list[int] = []
        items: list[int] = []
        keys: list[str] = []
        _look(root.node, lists, items, keys)
        tests = "tests" if "tests" in keys and "data_tests" not in keys else "data_tests"
        return _Style(_most(lists, 2), _most(items, 2), tests)


def _most(values: Sequence[int], default: int) -> int:
    return max(values, key=values.count) if values else default


def _look(node: Any, lists: list[int], items: list[int], keys: list[str]) -> None:
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            keys.append(str(key.value))
            if isinstance(value, yaml.SequenceNode) and value.value and not value.flow_style:
                lists.append(value.start_mark.column - key.start_mark.column)
            _look(value, lists, items, keys)
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for item in node.value:
            if isinstance(item, yaml.MappingNode) and not item.flow_style:
                items.append(item.start_mark.column - node.start_mark.column)
            _look(item, lists, items, keys)


def _new_section(asset: Asset, style: _Style) -> list[str]:
    return [f"{SECTIONS[asset.kind]}:", *_entry_lines(asset, style.list_offset, style)]


def _entry_lines(asset: Asset, indent: int, style: _Style) -> list[str]:
    key = indent + style.item_offset
    lines = [f"{_dash(indent, style)}name: {scalar(asset.name)}"]
    if asset.columns:
        lines.append(f"{' ' * key}columns:")
    for column in asset.columns:
        lines += _column_lines(column, key + style.list_offset, style)
    return lines


def _column_lines(column: Column, indent: int, style: _Style) -> list[str]:
    key = indent + style.item_offset
    lines = [f"{_dash(indent, style)}name: {scalar(column.name)}"]
    if column.type:
        lines += _scalar_lines("data_type", column.type, key)
    if column.description:
        lines += _scalar_lines("description", column.description, key)
    if column.tests:
        lines += _test_lines(column.tests, key, style)
    return lines


def _dash(indent: int, style: _Style) -> str:
    return " " * indent + "-".ljust(style.item_offset)


def _test_lines(tests: Sequence[Test], indent: int, style: _Style) -> list[str]:
    lines = [f"{' ' * indent}{style.tests_key}:"]
    for test in tests:
        lines += _test_item(test, indent + style.list_offset, style)
    return lines


def _test_item(test: Test, indent: int, style: _Style) -> list[str]:
    if isinstance(test, str):
        return [f"{_dash(indent, style)}{test}"]
    dumped = yaml.safe_dump(
        dict(test), sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=None
    )
    first, *others = dumped.rstrip("\n").split("\n")
    key = " " * (indent + style.item_offset)
    return [f"{_dash(indent, style)}{first}", *(f"{key}{line}" for line in others)]


def _flow(test: Test) -> str:
    dumped: str = yaml.safe_dump(
        test, sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=True
    )
    return dumped.removesuffix("...\n").strip()


def _scalar_lines(key: str, text: str, indent: int) -> list[str]:
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
