"""A small shop whose orders are made by days, as Dagster's documentation has it ("Using dbt with
Dagster: partitions"): an incremental model whose run gets the dates of its partitions as variables.
"""

from __future__ import annotations

PROJECT = {
    "shop/dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        flags: {send_anonymous_usage_stats: false}
    """,
    "shop/profiles.yml": """
        shop:
          target: dev
          outputs: {dev: {type: duckdb, path: shop.duckdb}}
    """,
    "shop/seeds/raw_orders.csv": "id,order_date\n1,2026-01-01\n2,2026-01-02\n3,2026-01-03\n",
    "shop/models/orders.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select id, order_date, '{{ invocation_id }}' as built_by from {{ ref('raw_orders') }}
        {% if is_incremental() %}
        where order_date >= '{{ var('min_date') }}' and order_date < '{{ var('max_date') }}'
        {% endif %}
    """,
    "shop/models/orders.yml": """
        models:
          - name: orders
            columns: [{name: id, data_tests: [unique]}]
    """,
    "pyproject.toml": """
        [tool.dbtree]
        module_name = "flow.definitions"
        dbt_project_dir = "shop"
    """,
    "flow/__init__.py": "",
    "flow/definitions.py": '''
        import json
        from pathlib import Path

        from dbtree import (
            AssetExecutionContext, DailyPartitionsDefinition, DbtCliResource, DbtProject,
            Definitions, MaterializeResult, StaticPartitionsDefinition, asset, dbt_assets,
        )

        PROJECT = DbtProject(Path(__file__).parents[1] / "shop")
        PROJECT.prepare_if_dev()
        MANIFEST = PROJECT.manifest_path
        DAILY = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")


        @dbt_assets(manifest=MANIFEST, exclude="orders")
        def other_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource):
            yield from dbt.cli(["build"], context=context).stream()


        @dbt_assets(manifest=MANIFEST, select="orders", partitions_def=DAILY)
        def partitioned_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource):
            start, end = context.partition_time_window
            dbt_vars = {"min_date": f"{start:%Y-%m-%d}", "max_date": f"{end:%Y-%m-%d}"}
            yield from dbt.cli(["build", "--vars", json.dumps(dbt_vars)], context=context).stream()


        @asset(partitions_def=StaticPartitionsDefinition(["eu", "us"]))
        def report(context: AssetExecutionContext) -> MaterializeResult:
            """Write the report of a region."""
            if context.partition_key == "us":
                raise ValueError("no figures yet")
            return MaterializeResult(metadata={"region": context.partition_key})


        defs = Definitions(
            assets=[other_dbt_assets, partitioned_dbt_assets, report],
            resources={"dbt": DbtCliResource(PROJECT)},
        )
    ''',
}
