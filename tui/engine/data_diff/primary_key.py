"""The primary key of an asset, as far as the project says which it is. Without dbt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Candidate = tuple[tuple[str, ...], str]
"""Columns, and where they are said to be the key."""


def key_candidates(manifest: Any, node: Any) -> list[Candidate]:
    """What may be the key, the surest first: a constraint, the key of a snapshot's rows, the
    `unique_key`, a unique test.
    """
    found = [*_of_constraints(node), *_of_config(node), *_of_tests(_tests_of(manifest, node))]
    return [(key, words) for key, words in found if key]


def chosen_key(candidates: Sequence[Candidate], *columns: Iterable[str]) -> Candidate:
    """The first of them whose columns are on both sides; an empty one where there is none."""
    sides = [{name.lower() for name in names} for names in columns]
    for key, words in candidates:
        if all(name.lower() in side for name in key for side in sides):
            return key, words
    return (), ""


def _of_constraints(node: Any) -> list[Candidate]:
    words = "the primary key of its constraints"
    found = [
        (tuple(map(str, each.columns or ())), words)
        for each in getattr(node, "constraints", None) or ()
        if _word(each.type) == "primary_key"
    ]
    columns = getattr(node, "columns", None) or {}
    return found + [
        ((str(column.name),), words)
        for column in columns.values()
        if any(_word(each.type) == "primary_key" for each in getattr(column, "constraints", ()))
    ]


def _of_config(node: Any) -> list[Candidate]:
    config = getattr(node, "config", None)
    if str(node.resource_type) == "snapshot":
        names = getattr(config, "snapshot_meta_column_names", None)
        own = getattr(names, "dbt_scd_id", None) or "dbt_scd_id"
        return [((str(own),), "the id of a snapshot's row")]
    key = getattr(config, "unique_key", None)
    if isinstance(key, str):
        key = [key]
    if not isinstance(key, list | tuple):
        return []
    return [(tuple(map(str, key)), "its unique_key")]


def _tests_of(manifest: Any, node: Any) -> list[Any]:
    return [
        test
        for key in manifest.child_map.get(node.unique_id, ())
        if key.startswith("test.")
        and (test := manifest.nodes.get(key)) is not None
        and getattr(test, "test_metadata", None) is not None
        and getattr(test, "attached_node", None) in (None, node.unique_id)
    ]


def _of_tests(tests: Iterable[Any]) -> list[Candidate]:
    unique: list[str] = []
    together: list[Candidate] = []
    not_null = set()
    for test in tests:
        kwargs = getattr(test.test_metadata, "kwargs", None) or {}
        name, column = str(test.test_metadata.name), kwargs.get("column_name")
        columns = kwargs.get("combination_of_columns")
        if name == "unique" and column:
            unique.append(_bare(column))
        elif name == "not_null" and column:
            not_null.add(_bare(column))
        elif name == "unique_combination_of_columns" and isinstance(columns, list):
            key = tuple(_bare(each) for each in columns)
            together.append((key, "its test of a unique combination"))
    unique.sort(key=lambda name: name not in not_null)
    return [((name,), "its unique test") for name in unique] + together


def _bare(name: Any) -> str:
    return str(name).strip('"`[]')


def _word(value: Any) -> str:
    return str(getattr(value, "value", value))
