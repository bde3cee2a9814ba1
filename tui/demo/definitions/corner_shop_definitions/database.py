"""The DuckDB file of the target that a run is about."""

from pathlib import Path

import duckdb
from dbtree import AssetExecutionContext

from .project import corner_shop


def database(
    context: AssetExecutionContext, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """Open the database of the run's target, as profiles.yml names the two."""
    is_prod = context.get_tag("dbtree/target") == "prod"
    name = "corner_shop_prod.duckdb" if is_prod else "corner_shop.duckdb"
    return duckdb.connect(str(Path(corner_shop.project_dir) / name), read_only=read_only)
