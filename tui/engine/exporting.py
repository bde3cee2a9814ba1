"""All rows of a preview into a CSV file, a batch at a time: they need not fit in memory."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

from tui.engine.describing import aside, find_node, has_no_rows, open_rows, refused
from tui.engine.parsing import WarmProject
from tui.protocol.messages import Export, Exported, Refused
from tui.protocol.records import Problem

BATCH = 5_000
"""Rows that are held in memory."""


def export(warm: WarmProject, request: Export) -> Exported | Refused:
    """Write the rows that a preview without a limit would show, with a line of column names.

    The file appears under its name when it is whole; null is an empty field.
    """
    node = find_node(warm, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt knows no {request.unique_id}.")
    if words := has_no_rows(node):
        return Refused(request.id, words)
    path = Path(request.path)

    def work() -> int:
        return _write(warm, request, node, path)

    outcome = aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return Exported(request.id, str(path), outcome)


def _write(warm: WarmProject, request: Export, node: Any, path: Path) -> int:
    count = 0
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            open_rows(warm, node, where=request.where, order_by=request.order_by) as cursor,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(str(column[0]) for column in cursor.description or ())
            while rows := cursor.fetchmany(BATCH):
                writer.writerows(rows)
                count += len(rows)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count
