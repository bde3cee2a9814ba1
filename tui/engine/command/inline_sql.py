"""Statements for `dbt show --inline`: what they ask, and how the answer is read. Pure.

The adapter is asked through Jinja, in dbt's own words (`adapter.get_relation`), so that no database
needs a statement of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tui.engine.command.log_records import LogRecord

LARGEST = 60_000
"""Characters of one statement: a single argument of a command may have no more than 128 KiB."""
_END = "{% endraw %}"


class NotInline(Exception):
    """The statement cannot be given to dbt; the reason is for the user."""


def literally(sql: str) -> str:
    """The statement as Jinja leaves it alone. Raises NotInline."""
    if "endraw" in sql:
        raise NotInline("`endraw` cannot be part of a query here.")
    if len(sql) > LARGEST:
        raise NotInline("This query is too long for a command line.")
    return f"{{% raw %}}{sql}{_END}"


def _name(value: Any) -> str:
    """A value as a literal of Jinja."""
    return "none" if not value else json.dumps(str(value))


def relation_facts(node: Any) -> str:
    """Asks for the kind, the columns and, of a table, the number of rows of a node's relation."""
    identifier = getattr(node, "identifier", None) or getattr(node, "alias", None)
    return (
        "{%- set found = adapter.get_relation("
        f"database={_name(node.database)}, schema={_name(node.schema)},"
        f" identifier={_name(identifier)}) -%}}\n"
        "{%- if found %}\n"
        "select 'kind' as what, '{{ found.type }}' as name, "
        "{% if found.type == 'view' %}cast(null as {{ dbt.type_string() }})"
        "{% else %}cast((select count(*) from {{ found }}) as {{ dbt.type_string() }})"
        "{% endif %} as detail, 0 as place\n"
        "{%- for column in adapter.get_columns_in_relation(found) %}\n"
        "union all select 'column', '{{ column.name | replace(\"'\", \"''\") }}', "
        "'{{ column.data_type | replace(\"'\", \"''\") }}', {{ loop.index }}\n"
        "{%- endfor %}\n"
        "{%- else %}select 'missing' as what, '' as name, '' as detail, 0 as place{% endif %}"
    )


def relations_there(nodes: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Asks which relations exist: the statement, and the nodes that it is about, in parts."""
    part: list[Any] = []
    size = 0
    for node in nodes:
        words = len(_asked(node)) + 2
        if part and size + words > LARGEST:
            yield _there(part), part
            part, size = [], 0
        part.append(node)
        size += words
    if part:
        yield _there(part), part


def _asked(node: Any) -> str:
    identifier = getattr(node, "identifier", None) or getattr(node, "alias", None)
    return f"[{_name(node.database)}, {_name(node.schema)}, {_name(identifier)}]"


def _there(nodes: Iterable[Any]) -> str:
    asked = ", ".join(map(_asked, nodes))
    return (
        "{%- set there = [] -%}\n"
        f"{{%- for database, schema, identifier in [{asked}] -%}}\n"
        "{%- set found = adapter.get_relation(database=database, schema=schema,"
        " identifier=identifier) -%}\n"
        "{%- if found %}{% do there.append(loop.index0) %}{% endif -%}\n"
        "{%- endfor -%}\n"
        "select '{{ there | join(\",\") }}' as there"
    )


def shown_rows(records: Iterable[LogRecord]) -> tuple[list[str], list[list[Any]]] | None:
    """The columns and the rows of a `dbt show`; None where it showed nothing."""
    for record in records:
        if record.name != "ShowNode":
            continue
        told = json.loads(str(record.data.get("preview") or "[]"))
        if isinstance(told, dict):  # dbt-core, of a node by its name
            told = told.get("show", [])
        columns = record.data.get("columns")
        if not isinstance(columns, list):
            columns = list(told[0]) if told else []
        return [str(one) for one in columns], [[row.get(one) for one in columns] for row in told]
    return None


def compiled_code(records: Iterable[LogRecord]) -> str | None:
    """The code that a `dbt compile` told; None where it told none."""
    for record in records:
        if record.name == "CompiledNode":
            return str(record.data.get("compiled") or "")
    return None
