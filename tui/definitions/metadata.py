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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.definitions.errors import DefinitionError
from tui.definitions.keys import AssetKey

LARGEST = 200_000
"""Characters of JSON; a value that is larger is kept as the beginning of its text."""
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
class TableColumnDep:
    """A column of another asset that a column comes from."""

    asset_key: AssetKey
    column_name: str


@dataclass(frozen=True)
class TableColumnLineage:
    """Where the columns of a table come from: `{"total": [TableColumnDep(key, "amount")]}`."""

    deps_by_column: Mapping[str, Sequence[TableColumnDep]]


@dataclass(frozen=True)
class LocalFileCodeReference:
    """A line of a file that makes an asset."""

    file_path: str
    line_number: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class UrlCodeReference:
    """A page with the code that makes an asset."""

    url: str
    label: str | None = None


CodeReference = LocalFileCodeReference | UrlCodeReference


@dataclass(frozen=True)
class MetadataValue:
    """A value with its kind; made by the functions of this class: `MetadataValue.md("**a**")`."""

    kind: str
    """int, float, bool, text, md, url, path, notebook, json, timestamp, table, table_schema, asset,
    code, column_lineage, null."""
    value: Any
    """As JSON has it: texts, numbers, truths, lists and dicts."""

    @staticmethod
    def int(value: builtins.int) -> IntMetadataValue:
        """A whole number; plotted in the history."""
        return IntMetadataValue(value)

    @staticmethod
    def float(value: builtins.float) -> FloatMetadataValue:
        """A number; plotted in the history."""
        return FloatMetadataValue(value)

    @staticmethod
    def bool(value: builtins.bool) -> BoolMetadataValue:
        """True or false."""
        return BoolMetadataValue(value)

    @staticmethod
    def text(text: str) -> TextMetadataValue:
        """A text."""
        return TextMetadataValue(text)

    @staticmethod
    def md(data: str) -> MarkdownMetadataValue:
        """Markdown, shown as such."""
        return MarkdownMetadataValue(data)

    @staticmethod
    def url(url: str) -> UrlMetadataValue:
        """The address of a page."""
        return UrlMetadataValue(url)

    @staticmethod
    def path(path: str | os.PathLike[str]) -> PathMetadataValue:
        """The path of a file, which can be opened; an image can be looked at."""
        return PathMetadataValue(path)

    @staticmethod
    def notebook(path: str | os.PathLike[str]) -> NotebookMetadataValue:
        """The path of a notebook, which can be opened."""
        return NotebookMetadataValue(path)

    @staticmethod
    def json(data: Any) -> JsonMetadataValue:
        """Anything that JSON can hold."""
        return JsonMetadataValue(data)

    @staticmethod
    def timestamp(value: builtins.float | datetime.datetime) -> TimestampMetadataValue:
        """A time: seconds since the epoch, or a time that knows its zone."""
        return TimestampMetadataValue(value)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> MetadataValue:
        """Rows under columns; those of the first row where no schema is given."""
        return TableMetadataValue(records, schema)

    @staticmethod
    def table_schema(schema: TableSchema) -> TableSchemaMetadataValue:
        """The columns of a table."""
        return TableSchemaMetadataValue(schema)

    @staticmethod
    def column_lineage(lineage: TableColumnLineage) -> TableColumnLineageMetadataValue:
        """Where the columns of a table come from."""
        return TableColumnLineageMetadataValue(lineage)

    @staticmethod
    def code_references(code_references: Sequence[CodeReference]) -> CodeReferencesMetadataValue:
        """The places of the code that makes an asset."""
        return CodeReferencesMetadataValue(code_references)

    @staticmethod
    def asset(asset_key: AssetKey) -> DagsterAssetMetadataValue:
        """Another asset."""
        return DagsterAssetMetadataValue(asset_key)

    @staticmethod
    def null() -> NullMetadataValue:
        """Nothing."""
        return NullMetadataValue()


class IntMetadataValue(MetadataValue):
    """A whole number."""

    def __init__(self, value: builtins.int) -> None:
        super().__init__("int", value)


class FloatMetadataValue(MetadataValue):
    """A number."""

    def __init__(self, value: builtins.float) -> None:
        super().__init__("float", value)


class BoolMetadataValue(MetadataValue):
    """True or false."""

    def __init__(self, value: builtins.bool) -> None:
        super().__init__("bool", value)


class TextMetadataValue(MetadataValue):
    """A text."""

    def __init__(self, text: str) -> None:
        super().__init__("text", _cut(text))


class MarkdownMetadataValue(MetadataValue):
    """Markdown."""

    def __init__(self, md_str: str) -> None:
        super().__init__("md", _cut(md_str))

    @property
    def md_str(self) -> str:
        """The text."""
        return str(self.value)


class UrlMetadataValue(MetadataValue):
    """The address of a page."""

    def __init__(self, url: str) -> None:
        super().__init__("url", _cut(url))


class PathMetadataValue(MetadataValue):
    """The path of a file."""

    def __init__(self, fspath: str | os.PathLike[str]) -> None:
        super().__init__("path", os.fspath(fspath))


class NotebookMetadataValue(MetadataValue):
    """The path of a notebook."""

    def __init__(self, fspath: str | os.PathLike[str]) -> None:
        super().__init__("notebook", os.fspath(fspath))


class JsonMetadataValue(MetadataValue):
    """Anything that JSON can hold."""

    def __init__(self, data: Any) -> None:
        super().__init__("json", _plain(data))

    @property
    def data(self) -> Any:
        """The same as plain values."""
        return self.value


class TimestampMetadataValue(MetadataValue):
    """A time. Raises DefinitionError for one that does not know its zone."""

    def __init__(self, value: builtins.float | datetime.datetime) -> None:
        if isinstance(value, datetime.datetime):
            if value.tzinfo is None:
                raise DefinitionError("A timestamp needs a time zone: datetime.now(timezone.utc).")
            value = value.timestamp()
        super().__init__("timestamp", value)


class TableMetadataValue(MetadataValue):
    """Rows under columns."""

    def __init__(self, records: Sequence[TableRecord], schema: TableSchema | None = None) -> None:
        if schema is not None:
            columns = [column.name for column in schema.columns]
        else:
            columns = list(records[0].data) if records else []
        rows = [[_plain(row.data.get(name)) for name in columns] for row in records[:MOST_ROWS]]
        super().__init__("table", {"columns": columns, "rows": rows, "count": len(records)})


class TableSchemaMetadataValue(MetadataValue):
    """The columns of a table."""

    def __init__(self, schema: TableSchema) -> None:
        columns = [
            {"name": column.name, "type": column.type, "description": column.description or ""}
            for column in schema.columns
        ]
        super().__init__("table_schema", columns)


class TableColumnLineageMetadataValue(MetadataValue):
    """Where the columns of a table come from."""

    def __init__(self, column_lineage: TableColumnLineage) -> None:
        found = {
            column: [[dep.asset_key.to_user_string(), dep.column_name] for dep in deps]
            for column, deps in column_lineage.deps_by_column.items()
        }
        super().__init__("column_lineage", found)


class CodeReferencesMetadataValue(MetadataValue):
    """The places of the code that makes an asset."""

    def __init__(self, code_references: Sequence[CodeReference]) -> None:
        found: list[dict[str, Any]] = []
        for one in code_references:
            label = one.label or ""
            if isinstance(one, UrlCodeReference):
                found.append({"url": one.url, "label": label})
            else:
                line = one.line_number or 0
                found.append({"path": one.file_path, "line": line, "label": label})
        super().__init__("code", found)


class DagsterAssetMetadataValue(MetadataValue):
    """Another asset."""

    def __init__(self, asset_key: AssetKey) -> None:
        super().__init__("asset", asset_key.to_user_string())


class NullMetadataValue(MetadataValue):
    """Nothing."""

    def __init__(self) -> None:
        super().__init__("null", None)


def metadata_value(raw: Any) -> MetadataValue:
    """The value that a plain Python value represents. Raises DefinitionError for an unknown one."""
    if isinstance(raw, MetadataValue):
        return raw
    made = _SIMPLE.get(type(raw))
    if made is not None:
        return made(raw)
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
    if isinstance(raw, TableColumnLineage):
        return MetadataValue.column_lineage(raw)
    if isinstance(raw, Mapping | list | tuple):
        return MetadataValue.json(raw)
    number = _number(raw)
    if number is not None:
        return metadata_value(number)
    raise DefinitionError(
        f"A {type(raw).__name__} is not metadata: give a number, a string, a MetadataValue, or "
        "anything that JSON can hold."
    )


_SIMPLE: dict[type, Callable[[Any], MetadataValue]] = {
    bool: BoolMetadataValue, int: IntMetadataValue, float: FloatMetadataValue,
    str: TextMetadataValue,
}  # fmt: skip


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
        kept = _finite(value.value)
        text = json.dumps(kept, ensure_ascii=False, default=str)
        is_small = len(text) <= LARGEST
        found[str(label)] = (
            {"kind": value.kind, "value": kept}
            if is_small
            else {"kind": "text", "value": _cut(text)}
        )
    return found


def _finite(value: Any) -> Any:
    """The same with words in the place of NaN and infinity, which JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _plain(data: Any) -> Any:
    try:
        return json.loads(json.dumps(data, default=str))
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"This cannot be written as JSON: {error}.") from error


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
