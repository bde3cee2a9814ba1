"""`DuckDBResource`, as the package dagster-duckdb has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tui.definitions.config import ConfigurableResource
from tui.definitions.working_directory import database_path

__all__ = ["DuckDBResource"]


class DuckDBResource(ConfigurableResource):
    """A DuckDB database that a function opens for as long as it needs it."""

    database: str
    """Its path, or `:memory:`."""
    connection_config: dict[str, Any] = {}

    @contextmanager
    def get_connection(self) -> Iterator[Any]:
        """A connection of the package duckdb, closed at the end."""
        import duckdb

        connection = duckdb.connect(database_path(self.database), config=self.connection_config)
        try:
            yield connection
        finally:
            connection.close()
