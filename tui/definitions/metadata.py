"""Metadata: what an asset's function records about a materialization.

A value is a number, a string, a boolean, a path, a URL, Markdown, JSON, a time or a table. Numbers
are plotted over the materializations, Markdown and tables are shown as such.
"""

from __future__ import annotations

import builtins
import datetime
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey

LONGEST_TEXT = 20_000
"""Characters of one text that are kept."""
MOST_ROWS = 200
"""Rows of one table that are kept."""


@dataclass(frozen=True)
class TableColumnConstraints:
    """What holds of each value of a column."""

    nullable: bool = True
    unique: bool = False
    other: Sequence[str] = ()


@dataclass(frozen=True)
class TableConstraints:
    """What holds of a whole table."""

    other: Sequence[str] = ()


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: its name, type, description and tags."""

    name: str
    type: str = "string"
    description: str | None = None
    constraints: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableSchema:
    """The columns of a table."""

    columns: Sequence[TableColumn]
    constraints: Any = None


class TableRecord:
    """A row of a table: `TableRecord({"name": "a", "rows": 3})`."""

    def __init__(self, data: Mapping[str, str | int | float | bool]) -> None:
        self.data = dict(data)


@dataclass(frozen=True)
class MetadataValue:
    """A value with its kind; made by the functions of this class: `MetadataValue.md("**a**")`."""

    kind: str
    """int, float, bool, text, md, url, path, json, timestamp, table, table_schema, asset, null."""
    value: Any
    """As JSON has it: texts, numbers, truths, lists and dicts."""

    @staticmethod
    def int(value: builtins.int) -> MetadataValue:
        """A whole number; plotted in the history."""
        return MetadataValue("int", value)

    @staticmethod
    def float(value: builtins.float) -> MetadataValue:
        """A number; plotted in the history."""
        return MetadataValue("float", value)

    @staticmethod
    def bool(value: builtins.bool) -> MetadataValue:
        """True or false."""
        return MetadataValue("bool", value)

    @staticmethod
    def text(text: str) -> MetadataValue:
        """A text."""
        return MetadataValue("text", _cut(text))

    @staticmethod
    def md(data: str) -> MetadataValue:
        """Markdown, shown as such."""
        return MetadataValue("md", _cut(data))

    @staticmethod
    def url(url: str) -> MetadataValue:
        """The address of a page."""
        return MetadataValue("url", _cut(url))

    @staticmethod
    def path(path: str | os.PathLike[str]) -> MetadataValue:
        """The path of a file, which can be opened."""
        return MetadataValue("path", os.fspath(path))

    @staticmethod
    def json(data: Any) -> MetadataValue:
        """Anything that JSON can hold."""
        return MetadataValue("json", _plain(data))

    @staticmethod
    def timestamp(value: builtins.float | datetime.datetime) -> MetadataValue:
        """A time: seconds since the epoch, or a time that knows its zone."""
        if isinstance(value, datetime.datetime):
            if value.tzinfo is None:
                raise DefinitionError("A timestamp needs a time zone: datetime.now(timezone.utc).")
            value = value.timestamp()
        return MetadataValue("timestamp", value)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> MetadataValue:
        """Rows under columns; those of the first row where no schema is given."""
        if schema is not None:
            columns = [column.name for column in schema.columns]
        else:
            columns = list(records[0].data) if records else []
        rows = [[_plain(row.data.get(name)) for name in columns] for row in records[:MOST_ROWS]]
        return MetadataValue("table", {"columns": columns, "rows": rows, "count": len(records)})

    @staticmethod
    def table_schema(schema: TableSchema) -> MetadataValue:
        """The columns of a table."""
        columns = [
            {"name": column.name, "type": column.type, "description": column.description or ""}
            for column in schema.columns
        ]
        return MetadataValue("table_schema", columns)

    @staticmethod
    def asset(asset_key: AssetKey) -> MetadataValue:
        """Another asset."""
        return MetadataValue("asset", asset_key.to_user_string())

    @staticmethod
    def null() -> MetadataValue:
        """Nothing."""
        return MetadataValue("null", None)


def metadata_value(raw: Any) -> MetadataValue:
    """The value that a plain Python value represents. Raises DefinitionError for an unknown one."""
    if isinstance(raw, MetadataValue):
        return raw
    made = _SIMPLE.get(type(raw))
    if made is not None:
        return MetadataValue(made, _cut(raw) if isinstance(raw, str) else raw)
    if raw is None:
        return MetadataValue.null()
    if isinstance(raw, os.PathLike):
        return MetadataValue.path(raw)
    if isinstance(raw, datetime.datetime):
        return MetadataValue.timestamp(raw)
    if isinstance(raw, AssetKey):
        return MetadataValue.asset(raw)
    if isinstance(raw, TableSchema):
        return MetadataValue.table_schema(raw)
    if isinstance(raw, Mapping | list | tuple):
        return MetadataValue.json(raw)
    number = _number(raw)
    if number is not None:
        return metadata_value(number)
    raise DefinitionError(
        f"A {type(raw).__name__} is not metadata: give a number, a string, a MetadataValue, or "
        "anything that JSON can hold."
    )


_SIMPLE: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "text"}


def _number(raw: Any) -> int | float | None:
    """What a numpy or pandas number is in plain Python."""
    item = getattr(raw, "item", None)
    value = item() if callable(item) else None
    return value if isinstance(value, int | float) else None


def metadata_rows(metadata: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Metadata as it is written into a run's log: label → {kind, value}."""
    found = {}
    for label, raw in (metadata or {}).items():
        value = metadata_value(raw)
        found[str(label)] = {"kind": value.kind, "value": _finite(value.value)}
    return found


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _plain(data: Any) -> Any:
    try:
        return json.loads(json.dumps(data, default=str))
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"This cannot be written as JSON: {error}.") from error


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
