"""All rows of a preview into a CSV file, a batch at a time: they need not fit in memory."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.engine.inspect.details import refused
from tui.engine.inspect.preview import open_rows
from tui.engine.inspect.reading import read_aside
from tui.engine.inspect.row_query import as_text, query_of
from tui.engine.inspect.spreadsheet_cells import as_cell, is_formula
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Export, Exported, Refused
from tui.protocol.records import Problem
from tui.protocol.whole_files import replacement

BATCH = 5_000
"""Rows that are held in memory."""


def export(warm: WarmProject, request: Export) -> Exported | Refused:
    """Write the rows that a preview without a limit would show, with a line of column names.

    The values are those of the screen, uncut, but for what a spreadsheet would run: that gets an
    apostrophe, unless the request says otherwise. The file appears under its name when it is whole,
    in place of a link that is there; null is an empty field.
    """
    query = query_of(warm.manifest, warm.loaded.adapter.type(), request)
    if isinstance(query, Refused):
        return query
    path = Path(request.path)
    if words := no_place(path):
        return Refused(request.id, words)
    node, rest = query

    def work() -> tuple[int, int] | Problem:
        try:
            return _write(warm, node, rest, path, formulas=request.formulas)
        except OSError as error:  # of the file: dbt tells what the database raises in its own class
            return Problem("engine", f"{path} cannot be written: {error.strerror or error}")

    outcome = read_aside(warm, work)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return Exported(request.id, str(path), *outcome)


def batches(cursor: Any) -> Iterator[Any]:
    """The rows that are left, a batch at a time; all at once where a cursor has no other way."""
    if not hasattr(cursor, "fetchmany"):
        yield cursor.fetchall()
        return
    while rows := cursor.fetchmany(BATCH):
        yield rows


def no_place(path: Path) -> str:
    """Why no file can be there, in a sentence; empty where it seems that one can."""
    if os.path.isdir(path):
        return f"{path} is a directory."
    if os.path.exists(path) and not os.path.isfile(path):
        return f"{path} is a device, not a file."
    if not os.path.isdir(path.parent):
        return f"{path.parent} is not a directory."
    return ""


def _write(
    warm: WarmProject, node: Any, rest: str, path: Path, *, formulas: bool
) -> tuple[int, int]:
    """Write the file beside its place, and put it there; returns how many rows it has, and how
    many cells were marked.
    """
    with replacement(path) as partial, open_rows(warm, node, rest) as cursor:
        return write_csv(cursor, partial, formulas=formulas)


def write_csv(cursor: Any, path: Path, *, formulas: bool) -> tuple[int, int]:
    """Write the rows of a cursor to a new file; returns how many there are, and how many cells were
    marked. Raises OSError.
    """
    count = marked = 0
    with open(path, "x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        head = [str(column[0]) for column in cursor.description or ()]
        writer.writerow(head if formulas else map(as_cell, head))
        for rows in batches(cursor):
            cells = [[as_text(value) for value in row] for row in rows]
            if not formulas:
                marked += sum(is_formula(cell) for row in cells for cell in row)
                cells = [[as_cell(cell) for cell in row] for row in cells]
            writer.writerows(cells)
            count += len(rows)
    return count, marked
