"""Partitions that come and go, and partitions that read others; of Python alone."""

from __future__ import annotations

PROJECT = {
    "dbt_project.yml": """
        name: visits
        version: "1.0"
        profile: visits
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        visits:
          target: dev
          outputs: {dev: {type: duckdb, path: visits.duckdb}}
    """,
    "models/pages.sql": "select 1 as id\n",
    "pyproject.toml": """
        [tool.dbtree]
        module_name = "flow"
        dbt_project_dir = "."

        [tool.dbtree.concurrency]
        pools = {files = 1}
    """,
    "flow.py": """
        from pathlib import Path

        from dbtree import (
            AssetDep, DailyPartitionsDefinition, DbtCliResource, Definitions,
            DynamicPartitionsDefinition, MaterializeResult, RunRequest, SensorResult,
            TimeWindowPartitionMapping, WeeklyPartitionsDefinition, asset, define_asset_job,
            sensor,
        )

        INBOX = Path(__file__).with_name("inbox")
        CUSTOMERS = DynamicPartitionsDefinition(name="customers")
        DAYS = DailyPartitionsDefinition("2026-01-04", end_date="2026-01-18")
        WEEKS = WeeklyPartitionsDefinition("2026-01-04", end_date="2026-01-18")
        YESTERDAY = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


        @asset(partitions_def=CUSTOMERS, pool="files")
        def letters(context):
            if context.partition_key == "ada":
                context.instance.add_dynamic_partitions("customers", ["bob"])
            return MaterializeResult(metadata={"there": str(context.instance.
                                     get_dynamic_partitions("customers"))})


        @asset(partitions_def=DAYS)
        def visits(): ...


        @asset(partitions_def=DAYS, deps=[AssetDep("visits", partition_mapping=YESTERDAY)])
        def trend(context):
            return MaterializeResult(metadata={
                "read": context.asset_partition_key_for_input("visits"),
            })


        @asset(partitions_def=WEEKS, deps=[visits])
        def week(context):
            start, end = context.asset_partitions_time_window_for_input("visits")
            return MaterializeResult(metadata={"read": f"{start:%m-%d} to {end:%m-%d}"})


        @sensor(job=define_asset_job("write", "letters"), minimum_interval_seconds=10)
        def new_customers(context):
            names = sorted(path.stem for path in INBOX.glob("*"))
            return SensorResult(
                dynamic_partitions_requests=[CUSTOMERS.build_add_request(names)],
                run_requests=[RunRequest(run_key=name, partition_key=name) for name in names],
            )


        defs = Definitions(
            assets=[letters, visits, trend, week], sensors=[new_customers],
            resources={"dbt": DbtCliResource(Path(__file__).parent)},
        )
    """,
}
