"""Which of sqlglot's dialects an adapter's SQL is in."""

from __future__ import annotations

ADAPTERS = {
    "athena": "athena", "bigquery": "bigquery", "clickhouse": "clickhouse",
    "databricks": "databricks", "dremio": "dremio", "duckdb": "duckdb", "exasol": "exasol",
    "fabric": "fabric", "fabricspark": "spark", "glue": "spark", "greenplum": "postgres",
    "hive": "hive", "impala": "hive", "materialize": "materialize", "mysql": "mysql",
    "oracle": "oracle", "postgres": "postgres", "redshift": "redshift",
    "risingwave": "risingwave", "singlestore": "singlestore", "snowflake": "snowflake",
    "spark": "spark", "sqlite": "sqlite", "sqlserver": "tsql", "starrocks": "starrocks",
    "synapse": "tsql", "teradata": "teradata", "trino": "trino", "vertica": "postgres",
}  # fmt: skip
"""dbt's adapter type → dialect."""


def dialect_of(adapter: str) -> str:
    """The dialect of an adapter; sqlglot's own, which is empty, for an unknown adapter."""
    return ADAPTERS.get(adapter.lower(), "")
