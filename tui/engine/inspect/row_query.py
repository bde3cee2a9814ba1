"""Which rows are asked for, and how a value of them is written. Without dbt."""

from __future__ import annotations

import datetime
import json
from typing import Any

from tui.engine.inspect.facts import find_node
from tui.engine.inspect.typed_sql import NotOneStatement, piece_of_statement
from tui.protocol.messages import Export, Preview, Refused
from tui.protocol.records import DECLARED

LONGEST_VALUE = 10_000
"""Characters of one value of a preview."""


def query_of(manifest: Any, adapter: str, request: Preview | Export) -> tuple[Any, str] | Refused:
    """The node whose rows are asked for, and the end of the query for them: what was typed."""
    node = find_node(manifest, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt does not know {request.unique_id}.")
    if words := _has_no_rows(node):
        return Refused(request.id, words)
    rest = ""
    for clause, text in (("where", request.where), ("order by", request.order_by)):
        try:
            piece = piece_of_statement(text, adapter)
        except NotOneStatement as error:
            return Refused(request.id, f"{clause}: {error}")
        if piece.strip():
            rest += f"\n{clause} {piece}"
    return node, rest


def _has_no_rows(node: Any) -> str:
    """Why a node has no rows to show, in a sentence; empty where it has."""
    if node.resource_type not in {"unit_test", "function", *DECLARED}:
        return ""
    kind = str(node.resource_type).replace("_", " ")
    return f"{node.name} has no rows: it is {'an' if kind[0] in 'aeiou' else 'a'} {kind}."


def shortened(text: str | None) -> str | None:
    """The text as a preview shows it; a long one is cut."""
    if text is None or len(text) <= LONGEST_VALUE:
        return text
    return text[: LONGEST_VALUE - 1] + "…"


def as_text(value: Any) -> str | None:
    """A value of the database as the screen and a file say it; None is null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple | set | frozenset):
        return json.dumps(_in_json(value), ensure_ascii=False)
    return str(value)


def _in_json(value: Any) -> Any:
    """A value within a list or a struct, as JSON has it; what JSON does not know is text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {as_text(key) or "null": _in_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_in_json(part) for part in value]
    return as_text(value)
