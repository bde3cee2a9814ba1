"""The demo on each warehouse: opened, built, looked into, spoiled and mended, cancelled."""

import asyncio
import os
import time
from typing import Any

import pytest
import pytest_asyncio

from tests.warehouses.conftest import opened, until
from tests.warehouses.spark import spark_server
from tests.warehouses.warehouse import Warehouse, on_duckdb, on_postgres, on_spark
from tests.workspace.conftest import OpenWorkspace
from tui.errors import EngineError
from tui.graph import outdated_assets
from tui.runs.plan import Scope, plan_build
from tui.runs.values import Run
from tui.scaffold.demo import copy_demo
from tui.ui.asset_page.columns import MATCHES, column_rows

WAREHOUSES = os.environ.get("DBTREE_TEST_WAREHOUSES", "postgres").split(",")
"""What the suite runs on."""
SECONDS_TO_CANCEL = 10.0

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(3600),  # Spark builds the demo in ten minutes, on a busy machine in twenty
]


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(request):
    """Each database in turn; `make test-warehouses` names them all."""
    match request.param:
        case "postgres":
            yield on_postgres(request.getfixturevalue("postgres"))
        case "spark":
            with spark_server() as server:
                yield on_spark(server)
        case "duckdb":
            yield on_duckdb()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(warehouse: Warehouse, tmp_path_factory):
    """The demo, open and built once."""
    root = tmp_path_factory.mktemp(warehouse.adapter) / "shop"
    copy_demo(root, warehouse.adapter)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in warehouse.environment.items():
            patch.setenv(name, value)
        patch.setattr(OpenWorkspace, "patience", warehouse.patience)
        if warehouse.adapter == "duckdb":
            patch.chdir(root)  # where the profile's path leads
        async with opened(root) as shop:
            yield shop


async def built(shop: OpenWorkspace, *names: str, scope: Scope | None = None, **how: Any) -> Run:
    """Build assets, or all, and wait for the end of the run."""
    chosen = [shop.id_of(name) for name in names]
    scope = scope or (Scope.ONLY if names else Scope.ALL)
    run_id = shop.workspace.materialize(plan_build(shop.state.graph, chosen, scope, **how))
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    return run


async def save(shop: OpenWorkspace, key: str, path: str, old: str, new: str) -> None:
    """Replace a text in the file of a node, and wait until dbt has read it."""
    shop.edit(path, old, new)
    async with asyncio.timeout(shop.patience):
        while new not in (await shop.workspace.queries.describe(key)).facts["raw_code"]:
            await shop.workspace.until(lambda state: state.phase != "reparsing")
            await asyncio.sleep(0.02)
    await shop.idle()


def rows_of(warehouse: Warehouse, relation: str) -> int:
    return int(warehouse.query(f"select count(*) from {warehouse.prefix}{relation}")[0][0])


async def test_all_of_the_demo_is_built(shop: OpenWorkspace, warehouse: Warehouse) -> None:
    run = await built(shop)
    assert run.status == "success", run.message or run.counts()
    assert run.adapter == warehouse.adapter
    assert not outdated_assets(shop.state.statuses)
    orders = shop.state.history.built[shop.id_of("orders")]
    assert orders.row_count == rows_of(warehouse, "marts.orders") > 0
    assert warehouse.has_snapshots == any(key.startswith("snapshot.") for key in run.nodes)


async def test_the_columns_are_those_that_are_declared(shop: OpenWorkspace) -> None:
    key = shop.id_of("orders")
    declared = (await shop.workspace.queries.describe(key)).facts["columns"]
    there = await shop.workspace.queries.inspect(key)
    recorded = [list(column) for column in shop.state.history.built[key].columns]
    assert (there.is_there, there.kind) == (True, "table")
    assert there.columns == recorded
    rows = column_rows(declared, recorded)
    assert [row.name for row in rows if row.drift != MATCHES] == []


async def test_rows_are_read_with_a_condition_and_an_order(shop: OpenWorkspace) -> None:
    found = await shop.workspace.queries.preview(
        shop.id_of("customers"), limit=2, where="order_count > 0", order_by="customer_id desc"
    )
    ids = [int(row[0] or 0) for row in found.rows]
    assert found.columns[:2] == ["customer_id", "customer_name"]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 2


async def test_what_is_typed_never_writes(shop: OpenWorkspace, warehouse: Warehouse) -> None:
    key, before = shop.id_of("customers"), rows_of(warehouse, "marts.customers")
    for typed in (
        f"1=1; drop table {warehouse.prefix}marts.customers; select 1",
        f"1=1) x; delete from {warehouse.prefix}marts.customers --",
        "'",
    ):
        with pytest.raises(EngineError, match=r"^where: "):
            await shop.workspace.queries.preview(key, where=typed)
    with pytest.raises(EngineError, match="no_such"):
        await shop.workspace.queries.preview(key, where="no_such = 1")
    assert rows_of(warehouse, "marts.customers") == before


async def test_the_rows_that_fail_a_check_are_read(shop: OpenWorkspace) -> None:
    check = "test.corner_shop.completed_orders_are_paid_in_full"
    path = "tests/completed_orders_are_paid_in_full.sql"
    await save(shop, check, path, "total <> amount_paid", "total = amount_paid")
    run = await built(shop, "orders", checks_only=True)
    assert run.nodes[check].status == "fail"
    (result, *_) = await shop.workspace.queries.check_results(check)
    found = await shop.workspace.queries.preview(check, limit=5)
    assert result.failures
    assert len(found.rows) == 5
    assert found.columns == ["order_id", "order_total", "amount_paid"]
    await save(shop, check, path, "total = amount_paid", "total <> amount_paid")
    await built(shop, "orders", checks_only=True)


async def test_an_error_of_the_database_names_the_file_and_the_line(shop: OpenWorkspace) -> None:
    key, path = shop.id_of("customers"), "models/marts/sales/customers.sql"
    await save(shop, key, path, "customers.email,", "customers.no_such,")
    run = await built(shop, "customers")
    node = run.nodes[key]
    assert (node.status, node.path) == ("error", path)
    source = (shop.root / node.path).read_text().splitlines()
    assert "no_such" in source[node.line - 1]
    await save(shop, key, path, "customers.no_such,", "customers.email,")
    assert (await built(shop, "customers")).status == "success"


async def test_a_relation_that_was_dropped_is_missing(
    shop: OpenWorkspace, warehouse: Warehouse
) -> None:
    if warehouse.drops_views:
        # dbt replaces the table `customers`, and with the old one go the views on it.
        await built(shop, "customers")
        assert "relation_missing" in shop.reasons("newsletter_audience")
    await built(shop, "customers", scope=Scope.DOWNSTREAM)
    relation = f"{warehouse.prefix}marts.newsletter_audience"
    warehouse.query(warehouse.drop.format(relation))
    assert await shop.workspace.queries.find_relations() == ""
    assert shop.reasons("newsletter_audience") == ["relation_missing"]
    await built(shop, "newsletter_audience")
    assert shop.reasons("newsletter_audience") == []


async def test_a_full_refresh_builds_an_incremental_model_anew(
    shop: OpenWorkspace, warehouse: Warehouse
) -> None:
    before = rows_of(warehouse, "marts.daily_sales")
    run = await built(shop, "daily_sales", scope=Scope.DOWNSTREAM, full_refresh=True)
    assert (run.status, run.full_refresh) == ("success", True)
    assert rows_of(warehouse, "marts.daily_sales") == before > 0


async def test_a_snapshot_keeps_the_old_price(shop: OpenWorkspace, warehouse: Warehouse) -> None:
    if not warehouse.has_snapshots:
        assert "snapshot.corner_shop.product_history" not in shop.state.graph.assets
        return  # the demo leaves it out where the table format has no updates
    before = rows_of(warehouse, "snapshots.product_history")
    seed = shop.root / "seeds" / "raw_products.csv"
    header, first, *others = seed.read_text().splitlines()
    place = header.split(",").index("price_cents")
    cells = first.split(",")
    cells[place] = str(int(cells[place]) + 50)
    seed.write_text("\n".join([header, ",".join(cells), *others, ""]))
    await shop.until(lambda state: bool(outdated_assets(state.statuses)))
    run = await built(shop, "raw_products", scope=Scope.DOWNSTREAM)
    assert run.status == "success", run.counts()
    assert rows_of(warehouse, "snapshots.product_history") == before + 1


async def test_a_cancel_ends_what_the_server_does(
    shop: OpenWorkspace, warehouse: Warehouse
) -> None:
    slow = shop.root / "models" / "marts" / "slow.sql"
    slow.write_text(f"{{{{ config(materialized='table') }}}}\nselect {warehouse.slow} as dawdled")
    await shop.until(lambda state: "model.corner_shop.slow" in state.graph.assets)
    await shop.idle()
    key = shop.id_of("slow")
    run_id = shop.workspace.materialize(plan_build(shop.state.graph, [key], Scope.ONLY))

    def is_at_work() -> bool:
        return any("dawdled" in words for words in warehouse.statements())

    await until(is_at_work, warehouse.patience)
    shop.workspace.cancel(run_id)
    asked = time.monotonic()
    await until(lambda: not is_at_work())
    assert time.monotonic() - asked < SECONDS_TO_CANCEL
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    assert (run.status, run.nodes[key].status) == ("cancelled", "cancelled")
    slow.unlink()
    await shop.until(lambda state: key not in state.graph.assets)


def outdated(shop: OpenWorkspace) -> dict[str, list[str]]:
    """What is not as it would be built now, each with why."""
    keys = outdated_assets(shop.state.statuses)
    return {key: [str(each) for each in shop.state.statuses[key].reasons] for key in keys}


async def test_after_a_restart_all_is_as_it_was(shop: OpenWorkspace) -> None:
    await shop.idle()
    assert outdated(shop) == {}
    statuses = {key: each.status for key, each in shop.state.statuses.items()}
    async with opened(shop.root) as again:
        assert await again.workspace.queries.find_relations() == ""
        assert {key: each.status for key, each in again.state.statuses.items()} == statuses
        assert outdated(again) == {}
