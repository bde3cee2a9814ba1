"""Adds what is missing to the text of a properties file. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from tui.properties.entries import (
    SECTIONS,
    Entry,
    NotPatchable,
    column_of,
    dash_column,
    end_of,
    entry_of,
    key_column,
    root_of,
    shared_column,
    version_of,
)
from tui.properties.meaning import check
from tui.properties.style import (
    QUOTE,
    Asset,
    Column,
    Style,
    Test,
    column_lines,
    entry_lines,
    flow,
    new_section,
    scalar_lines,
    test_item,
    test_lines,
)

BOM = "\ufeff"


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
        lines = ["version: 2", "", *new_section(asset, Style())]
        lead = text if not text or text.endswith("\n") else text + newline
        return mark + lead + newline.join(lines) + newline
    if root.is_flow:
        raise NotPatchable("The whole file is written in braces.")
    target, style = _Text(text), Style.of(root, text)
    _add(target, root, asset, style)
    found = target.result()
    if found != text:
        check(text, found, asset, style.tests_key)
    return mark + found


def shared_columns(text: str, name: str, version: str) -> frozenset[str]:
    """The columns of a version of a model that are described for all versions, in lower case: only
    tests can be added to them. Raises NotPatchable.
    """
    root = root_of(text.removeprefix(BOM))
    entry = root and entry_of(root, "model", name)
    own = entry and version_of(entry, version)
    if not entry or not own:
        return frozenset()
    names = {one.text("name") for one in entry.items("columns")}
    return frozenset(one.lower() for one in names if one and shared_column(entry, own, one))


# --------------------------------------------------------------------------- what is added


def _add(target: _Text, root: Entry, asset: Asset, style: Style) -> None:
    entry = entry_of(root, asset.kind, asset.name)
    if entry is None:
        _add_entry(target, root, asset, style)
    elif entry.is_flow:
        raise NotPatchable(f"{asset.name} is written in braces, on one line.")
    elif asset.version:
        _add_to_version(target, entry, asset, style)
    else:
        _add_columns(target, entry, asset, style)


def _add_to_version(target: _Text, entry: Entry, asset: Asset, style: Style) -> None:
    """What one version of a model has not. What is said of all versions gets no more than tests."""
    version = version_of(entry, asset.version)
    if version is None:
        raise NotPatchable(f"It does not declare version {asset.version} of {asset.name}.")
    if version.is_flow:
        raise NotPatchable(f"Version {asset.version} of {asset.name} is written in braces.")
    own: list[Column] = []
    for one in asset.columns:
        shared = shared_column(entry, version, one.name)
        if shared is None:
            own.append(one)
        elif one.tests:
            tested = replace(one, type="", description="")
            _add_to_column(target, shared, tested, style, with_type=False)
    _add_columns(target, version, replace(asset, columns=own), style)


def _add_entry(target: _Text, root: Entry, asset: Asset, style: Style) -> None:
    """A new entry, at the end of its section."""
    if asset.kind == "source":
        raise NotPatchable(f"It does not declare the source {asset.name}.")
    section = root.value(SECTIONS[asset.kind])
    if section is None:
        blank = [""] if target.text.strip() else []
        target.add_lines(_text_end(target.text), [*blank, *new_section(asset, style)])
    elif isinstance(section, yaml.SequenceNode) and section.value and not section.flow_style:
        indent = dash_column(target.text, section)
        gap = [""] if _has_gaps(target.text, section) else []
        lines = entry_lines(asset, indent, style)
        target.add_lines(end_of(target.text, section), [*gap, *lines])
    elif not section.value and not getattr(section, "flow_style", False):
        lines = entry_lines(asset, style.list_offset, style)
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


def _add_columns(target: _Text, entry: Entry, asset: Asset, style: Style) -> None:
    columns = entry.value("columns")
    new = [one for one in asset.columns if column_of(entry, one.name) is None]
    for one in asset.columns:
        known = column_of(entry, one.name)
        if known is not None:
            _add_to_column(target, known, one, style, with_type=asset.with_types)
    if not new:
        return
    key = key_column(entry.node)
    if columns is None:
        lines = [f"{' ' * key}columns:"]
        place = end_of(target.text, entry.node)
        indent = key + style.list_offset
    elif isinstance(columns, yaml.SequenceNode) and columns.value and not columns.flow_style:
        lines, place = [], end_of(target.text, columns)
        indent = dash_column(target.text, columns)
    elif not columns.value and not getattr(columns, "flow_style", False):
        lines, place = [], end_of(target.text, columns)
        indent = key + style.list_offset
    else:
        raise NotPatchable(f"The columns of {asset.name} are written on one line.")
    for one in new:
        lines += column_lines(one, indent, style)
    target.add_lines(place, lines)


def _add_to_column(
    target: _Text, known: Entry, column: Column, style: Style, *, with_type: bool
) -> None:
    """What a column that is described already has not."""
    if known.is_flow:
        _add_in_braces(target, known, column, style, with_type=with_type)
        return
    indent = key_column(known.node)
    lines: list[str] = []
    if column.description.strip() and known.value("description") is None:
        lines += scalar_lines("description", column.description, indent)
    if with_type and column.type and known.value("data_type") is None:
        lines += scalar_lines("data_type", column.type, indent)
    if column.quote and column.tests and known.value("quote") is None:
        lines.append(f"{' ' * indent}{QUOTE}")
    tests_key = next((key for key in ("data_tests", "tests") if known.value(key) is not None), "")
    if column.tests and not tests_key:
        lines += test_lines(column.tests, indent, style)
    if column.tests and tests_key:  # first: what follows may go to the same place
        _add_tests(target, known.value(tests_key), column.tests, indent, style)
    target.add_lines(end_of(target.text, known.node), lines)


def _add_in_braces(
    target: _Text, known: Entry, column: Column, style: Style, *, with_type: bool
) -> None:
    """The same for one that is written on one line."""
    added = [("description", column.description.strip()), ("data_type", column.type * with_type)]
    words = [f"{key}: {flow(text)}" for key, text in added if text and known.value(key) is None]
    if column.quote and column.tests and known.value("quote") is None:
        words.append(QUOTE)
    tests_key = next((key for key in ("data_tests", "tests") if known.value(key) is not None), "")
    if column.tests and tests_key:
        _add_tests(target, known.value(tests_key), column.tests, 0, style)
    elif column.tests:
        words.append(f"{style.tests_key}: [{', '.join(map(flow, column.tests))}]")
    if words:
        place = known.node.value[-1][1].end_mark.index
        target.pieces.append((place, "".join(f", {one}" for one in words)))


def _add_tests(target: _Text, known: Any, tests: Sequence[Test], indent: int, style: Style) -> None:
    """More tests in a list that is there."""
    if isinstance(known, yaml.SequenceNode) and known.flow_style:
        words = ", ".join(flow(test) for test in tests)
        place = known.value[-1].end_mark.index if known.value else known.end_mark.index - 1
        target.pieces.append((place, f", {words}" if known.value else words))
    elif isinstance(known, yaml.SequenceNode):
        lines = [
            line
            for test in tests
            for line in test_item(test, dash_column(target.text, known), style)
        ]
        target.add_lines(end_of(target.text, known), lines)
    elif known.value:
        raise NotPatchable("The tests of a column are no list.")
    else:
        at = indent + style.list_offset
        lines = [line for test in tests for line in test_item(test, at, style)]
        target.add_lines(end_of(target.text, known), lines)
