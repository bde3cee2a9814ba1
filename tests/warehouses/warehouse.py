"""A database that the demo is built on: how it is reached, and what it says about itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.warehouses.postgres import DATABASE, PASSWORD, USER, PostgresServer

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


def postgres_environment(server: PostgresServer) -> dict[str, str]:
    """The variables with which the demo's profile reaches a server."""
    return {
        "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": USER,
        "PGPASSWORD": PASSWORD, "PGDATABASE": DATABASE,
    }  # fmt: skip


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
