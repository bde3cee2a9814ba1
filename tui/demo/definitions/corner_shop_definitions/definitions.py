"""All that is defined here; `[tool.dbtree]` in pyproject.toml names this module."""

from dbtree import DbtCliResource, Definitions

from .assets import chart_has_bars, corner_shop_dbt_assets, counted_supplies, revenue_chart
from .project import corner_shop
from .schedules import schedules

defs = Definitions(
    assets=[counted_supplies, corner_shop_dbt_assets, revenue_chart],
    asset_checks=[chart_has_bars],
    schedules=schedules,
    resources={"dbt": DbtCliResource(project_dir=corner_shop)},
)
