"""The rows of a query in a Parquet file: by DuckDB itself, else by pyarrow, where it is there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from tui.engine.inspect.export import batches
from tui.engine.inspect.preview import read_only_cursor


class NoParquet(Exception):
    """No Parquet can be written; says why, in a sentence."""


def write_parquet(adapter: Any, sql: str, path: Path) -> int:
    """Write the rows of a query to a new file; returns how many there are.

    Raises NoParquet, OSError or what the database raises.
    """
    if adapter.type() == "duckdb":
        place = str(path).replace("'", "''")
        cursor = read_only_cursor(adapter, f"copy (\n{sql}\n) to '{place}' (format parquet)")
        return int(cursor.fetchall()[0][0])
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise NoParquet(
            "Parquet needs pyarrow in the Python of your dbt; export to a .csv file, or install it."
        ) from None
    cursor = read_only_cursor(adapter, sql)
    names = [str(column[0]) for column in cursor.description or ()]
    count = 0
    writer: Any = None
    try:
        for rows in batches(cursor):
            columns = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in names]
            schema = writer.schema if writer is not None else None
            arrays = [
                arrow.array(values, type=schema.field(at).type if schema else None)
                for at, values in enumerate(columns)
            ]
            table = arrow.Table.from_arrays(arrays, names=names)
            if writer is None:
                writer = parquet.ParquetWriter(str(path), table.schema)
            writer.write_table(table)
            count += len(rows)
        if writer is None:
            parquet.write_table(arrow.table({name: [] for name in names}), str(path))
    except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
        words = str(error).partition("\n")[0]
        raise NoParquet(f"These rows cannot be Parquet: {words}. Export to a .csv file.") from None
    finally:
        if writer is not None:
            writer.close()
    return count
