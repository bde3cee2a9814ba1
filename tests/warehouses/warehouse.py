"""A database that the demo is built on: how it is reached, and what it says about itself."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.warehouses.postgres import DATABASE, PASSWORD, USER, PostgresServer
from tests.warehouses.spark import SparkServer

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Warehouse:
    """One of the databases of the suite."""

    adapter: str
    query: Callable[[str], Rows]
    """What the database answers to a statement, asked past dbt and dbtree."""
    prefix: str
    """What stands before the schemas of the demo: `corner_shop_` on a server."""
    slow: str
    """An expression that takes minutes."""
    statements: Callable[[], list[str]]
    """What the server is busy with for dbt."""
    environment: dict[str, str] = field(default_factory=dict)
    """The variables that the profile reads, and where dbt is."""
    has_snapshots: bool = True
    drops_views: bool = False
    """Whether the views on a table go when dbt replaces it."""
    drop: str = "drop view {} cascade"
    patience: float = 240.0
    """Seconds for a build of the demo on a busy machine."""


def postgres_environment(server: PostgresServer) -> dict[str, str]:
    """The variables with which the demo's profile reaches a server."""
    return {
        "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": USER,
        "PGPASSWORD": PASSWORD, "PGDATABASE": DATABASE,
    }  # fmt: skip


def on_duckdb() -> Warehouse:
    """The demo on DuckDB, in the directory in which the tests then are."""
    return Warehouse(
        adapter="duckdb",
        query=_in_duckdb,
        prefix="",
        slow="(select sum(a.range * b.range) from range(9000000) a, range(900000) b)",
        statements=_runs_here,
        drop="drop view {}",
    )


def _in_duckdb(sql: str) -> Rows:
    import duckdb

    with duckdb.connect("corner_shop.duckdb") as connection:
        return connection.execute(sql).fetchall() or []


def _runs_here() -> list[str]:
    """What holds the database: its queries run in the process of the run."""
    lock = Path(".dbtree/locks/default.lock")
    held = [path for path in (lock, *Path(".dbtree/locks").glob("*.lock")) if path.exists()]
    for path in held:
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return ["dawdled"]
    return []


def on_spark(server: SparkServer) -> Warehouse:
    """The demo on Spark."""
    return Warehouse(
        adapter="spark",
        query=server.query,
        prefix="corner_shop_",
        slow="(select sum(a.id * b.id) from range(9000000) a cross join range(900000) b)",
        statements=server.statements,
        environment={
            "SPARK_HOST": "127.0.0.1",
            "SPARK_PORT": str(server.port),
            "DBTREE_DBT_PYTHON": str(server.python),
        },
        has_snapshots=False,
        patience=1800.0,
        drop="drop view {}",
    )


def on_postgres(server: PostgresServer) -> Warehouse:
    """The demo on Postgres."""
    return Warehouse(
        adapter="postgres",
        query=server.query,
        prefix="corner_shop_",
        slow="(select 1 from pg_sleep(120))",
        statements=server.statements,
        environment=postgres_environment(server),
        drops_views=True,
    )
