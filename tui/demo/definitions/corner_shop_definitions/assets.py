"""One asset before dbt's, dbt's own, and one after them."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from dbtree import (
    AssetCheckResult,
    AssetExecutionContext,
    DbtCliResource,
    MaterializeResult,
    MetadataValue,
    asset,
    asset_check,
    dbt_assets,
    get_asset_key_for_model,
)

from .database import database
from .project import corner_shop

CHARTS = Path(__file__).parent.parent / "charts"
WIDTH, HEIGHT, GAP = 640, 240, 6


@dbt_assets(manifest=corner_shop.manifest_path)
def corner_shop_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """All that dbt builds. What stands here is what a run does: try an option of dbt's."""
    yield from dbt.cli(["build"], context=context).stream()


@asset(
    # The key of the source `till.supplies`: what reads the source waits for this asset.
    key=["till", "supplies"],
    deps=[get_asset_key_for_model([corner_shop_dbt_assets], "raw_supplies")],
    kinds={"python", "duckdb"},
    owners=["team:purchasing"],
)
def counted_supplies(context: AssetExecutionContext) -> MaterializeResult:
    """Counts the shelves: writes how much of each supply is there into the till's database."""
    with database(context) as db:
        db.execute("update raw.raw_supplies set units_on_hand = 24 where units_on_hand < 3")
        row = db.execute("select count(*), sum(units_on_hand) from raw.raw_supplies").fetchall()[0]
    context.log.info("Counted %d supplies.", row[0])
    return MaterializeResult(
        metadata={"dagster/row_count": int(row[0]), "units on hand": int(row[1])}
    )


@asset(
    deps=[get_asset_key_for_model([corner_shop_dbt_assets], "monthly_revenue")],
    group_name="reports",
    kinds={"python", "svg"},
)
def revenue_chart(context: AssetExecutionContext) -> MaterializeResult:
    """Draws the revenue of each month as bars, into `charts/revenue.svg`."""
    with database(context, read_only=True) as db:
        months = db.execute(
            "select cast(month as varchar), cast(revenue as double) "
            "from marts.monthly_revenue order by 1"
        ).fetchall()
    CHARTS.mkdir(exist_ok=True)
    path = CHARTS / "revenue.svg"
    path.write_text(bars(months), encoding="utf-8")
    best = max(months, key=lambda row: row[1])
    return MaterializeResult(
        metadata={
            "chart": MetadataValue.path(path),
            "months": len(months),
            "revenue": round(sum(value for _, value in months), 2),
            "best month": MetadataValue.md(f"**{best[0]}** with {best[1]:,.2f}"),
        }
    )


@asset_check(asset=revenue_chart)
def chart_has_bars() -> AssetCheckResult:
    """There is a bar for each month."""
    drawn = (CHARTS / "revenue.svg").read_text(encoding="utf-8").count("<rect")
    return AssetCheckResult(passed=drawn > 0, metadata={"bars": drawn})


def bars(months: list[tuple[str, float]]) -> str:
    """An SVG with a bar for each pair of name and value."""
    step = WIDTH / max(len(months), 1)
    highest = max((value for _, value in months), default=0.0) or 1.0
    drawn = []
    for place, (name, value) in enumerate(months):
        height = HEIGHT * max(value, 0.0) / highest
        drawn.append(
            f'<rect x="{place * step:.1f}" y="{HEIGHT - height:.1f}" width="{step - GAP:.1f}" '
            f'height="{height:.1f}"><title>{escape(name)}: {value:,.2f}</title></rect>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="#5b8def">'
        f"{''.join(drawn)}</svg>\n"
    )
