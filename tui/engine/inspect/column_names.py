"""The names of the columns of many relations at once: for what reads them, and has no SQL itself.

As the database has them; where it has not, as an enforced contract or the header of a seed's file
says. What is declared without a contract need not be whole, and is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from tui.engine.execution.relations import columns_of, relation_of
from tui.engine.inspect.duckdb_files import only_look
from tui.engine.parse.warm_manifest import WarmProject


def database_names(
    warm: WarmProject, config: Any, nodes: Iterable[Any]
) -> tuple[dict[str, list[str]], list[Exception]]:
    """The columns of those relations that are there, and why others could not be asked for.

    Opens a connection, and is for a process of its own.
    """
    adapter = warm.loaded.adapter
    if adapter.type() == "duckdb":
        only_look(config.credentials)
    found: dict[str, list[str]] = {}
    problems: list[Exception] = []
    for node in nodes:
        try:
            relation = relation_of(adapter, config, node)
            with adapter.connection_named("dbtree_columns"):
                names = [name for name, _ in columns_of(adapter, relation)]
        except Exception as error:  # noqa: BLE001  of dbt or of any driver: it is not known
            problems.append(error)
            continue
        if names:
            found[node.unique_id] = names
    return found, problems


def declared_names(warm: WarmProject, node: Any) -> list[str]:
    """The columns that an asset must have, whatever the database has; empty where that is open."""
    if str(node.resource_type) == "seed":
        return _header(warm, node)
    contract = getattr(getattr(node, "config", None), "contract", None)
    columns = getattr(node, "columns", None)
    if getattr(contract, "enforced", False) and isinstance(columns, dict):
        return [column.name for column in columns.values()]
    return []


def _header(warm: WarmProject, node: Any) -> list[str]:
    root = getattr(node, "root_path", None) or warm.loaded.root
    delimiter = getattr(node.config, "delimiter", None) or ","
    try:
        with open(f"{root}/{node.original_file_path}", encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(csv.reader(file, delimiter=delimiter), [])]
    except (OSError, ValueError, csv.Error):
        return []
