"""When assets are materialized. Turn it on with `dbtree schedules start`, or on screen 3."""

from dbtree import AssetSelection, ScheduleDefinition, define_asset_job

schedules = [
    ScheduleDefinition(
        job=define_asset_job(
            "daily_reports",
            AssetSelection.keys("revenue_chart").upstream(),
            description="The chart, and all that it is made from.",
        ),
        cron_schedule="0 6 * * *",
        execution_timezone="Europe/Berlin",
    ),
]
