"""The pages of Dagster's documentation on dbt that follow the tutorial, as they have it, on one
warm engine: an asset downstream, dbt tests as checks, and translators that customize.

The project is one of Dagster's (`from dagster import …`), opened unchanged.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.definitions.written import write
from tests.workspace.conftest import OpenWorkspace, has_definitions, open_workspace
from tui.runs.plan import Scope, plan_build
from tui.runs.values import Run
from tui.selection import Scene, select

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECT = {
    "pyproject.toml": """
        [tool.dagster]
        module_name = "jaffle_dagster.definitions"
    """,
    "jaffle_shop/dbt_project.yml": """
        name: jaffle_shop
        version: "1.0"
        profile: jaffle_shop
        flags: {send_anonymous_usage_stats: false}
    """,
    "jaffle_shop/profiles.yml": """
        jaffle_shop:
          target: dev
          outputs: {dev: {type: duckdb, path: tutorial.duckdb}}
    """,
    "jaffle_shop/seeds/raw_customers.csv": "customer_id,number_of_orders\n1,3\n2,1\n",
    "jaffle_shop/models/customers.sql": "select * from {{ ref('raw_customers') }}\n",
    "jaffle_shop/models/schema.yml": """
        models:
          - name: customers
            description: One row for each customer.
            config:
              meta: {dagster: {owners: ["owner@example.com", "team:data"], group: marketing}}
            columns:
              - name: customer_id
                data_tests: [unique, not_null]
              - name: number_of_orders
                data_tests:
                  - accepted_values:
                      arguments: {values: [1, 2, 3]}
                      config: {severity: warn, meta: {description: Few orders.}}
    """,
    "jaffle_dagster/__init__.py": "",
    "jaffle_dagster/project.py": """
        from pathlib import Path
        from dagster_dbt import DbtProject

        jaffle_shop_project = DbtProject(
            project_dir=Path(__file__).joinpath("..", "..", "jaffle_shop").resolve(),
        )
        jaffle_shop_project.prepare_if_dev()
    """,
    "jaffle_dagster/assets.py": """
        import os

        import duckdb
        from dagster import AssetExecutionContext, MetadataValue, asset
        from dagster_dbt import DbtCliResource, dbt_assets, get_asset_key_for_model

        from .project import jaffle_shop_project
        from .translator import CustomDagsterDbtTranslator

        duckdb_database_path = os.path.join(jaffle_shop_project.project_dir, "tutorial.duckdb")


        @dbt_assets(
            manifest=jaffle_shop_project.manifest_path,
            dagster_dbt_translator=CustomDagsterDbtTranslator(),
            project=jaffle_shop_project,
        )
        def jaffle_shop_dbt_assets(context: AssetExecutionContext, dbt: DbtCliResource):
            yield from dbt.cli(["build"], context=context).stream()


        @asset(
            compute_kind="python",
            deps=[get_asset_key_for_model([jaffle_shop_dbt_assets], "customers")],
        )
        def order_count_chart(context: AssetExecutionContext):
            # Read the contents of the customers table.
            connection = duckdb.connect(duckdb_database_path, read_only=True)
            rows = connection.sql("select number_of_orders from customers").fetchall()
            connection.close()
            save_chart_path = duckdb_database_path.replace("tutorial.duckdb", "chart.html")
            with open(save_chart_path, "w") as file:
                file.write(f"<html>{sorted(rows)}</html>")
            # Tell the user where to find it.
            context.add_output_metadata(
                {"plot_url": MetadataValue.url("file://" + os.path.abspath(save_chart_path))}
            )
    """,
    "jaffle_dagster/translator.py": """
        from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings


        class CustomDagsterDbtTranslator(DagsterDbtTranslator):
            pass
    """,
    "jaffle_dagster/definitions.py": """
        from dagster import Definitions
        from dagster_dbt import DbtCliResource

        from .assets import jaffle_shop_dbt_assets, order_count_chart
        from .project import jaffle_shop_project

        defs = Definitions(
            assets=[jaffle_shop_dbt_assets, order_count_chart],
            resources={"dbt": DbtCliResource(project_dir=jaffle_shop_project)},
        )
    """,
}
CUSTOMIZED = """
    from collections.abc import Mapping
    from typing import Any, Optional

    import dagster as dg
    from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings


    class CustomDagsterDbtTranslator(DagsterDbtTranslator):
        def __init__(self):
            super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True))

        def get_asset_spec(self, manifest, unique_id, project) -> dg.AssetSpec:
            default_spec = super().get_asset_spec(manifest, unique_id, project)
            dbt_resource_props = self.get_resource_props(manifest, unique_id)
            return default_spec.replace_attributes(
                key=default_spec.key.with_prefix("duckdb"),
                group_name="duckdb",
                description=f"From dbt: {dbt_resource_props['name']}",
                owners=["owner@example.com"],
                tags={**default_spec.tags, "team": "finance"},
            ).merge_attributes(metadata={"foo": "bar", "unique": dbt_resource_props["unique_id"]})
"""
CHART = "asset.order_count_chart"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root = tmp_path_factory.mktemp("jaffle")
    write(root, PROJECT)
    async with open_workspace(root, has_definitions, flags={"dagster": "true"}) as opened:
        yield opened


async def builds_all(shop: OpenWorkspace) -> Run:
    run_id = shop.workspace.materialize(plan_build(shop.state.graph, (), Scope.ALL))
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    return run


def chosen(shop: OpenWorkspace, selection: str) -> set[str]:
    graph = shop.state.graph
    return {graph.assets[key].name for key in select(Scene(graph), selection) & graph.assets.keys()}


async def test_an_asset_downstream_reads_what_dbt_built(shop: OpenWorkspace) -> None:
    chart: Any = shop.state.graph.assets[CHART]
    assert (chart.depends_on, chart.kinds) == (("model.jaffle_shop.customers",), ("python",))
    run = await builds_all(shop)
    assert run.status == "success"
    assert (shop.root / "chart.html").read_text() == "<html>[(1,), (3,)]</html>"
    told = json.loads(run.nodes[CHART].metadata)["plot_url"]
    assert told["kind"] == "url"
    assert told["value"].startswith("file:///")
    assert chosen(shop, '+key:"order_count_chart"') == {
        "raw_customers", "customers", "order_count_chart",
    }  # fmt: skip


async def test_dbt_tests_are_checks_whose_severity_counts(shop: OpenWorkspace) -> None:
    checks = {check.name: check for check in shop.state.graph.checks.values()}
    assert {name: check.severity for name, check in checks.items()} == {
        "unique customer_id": "error", "not_null customer_id": "error",
        "accepted_values number_of_orders": "warn",
    }  # fmt: skip
    seed = shop.root / "seeds" / "raw_customers.csv"
    seed.write_text("customer_id,number_of_orders\n1,3\n2,9\n")
    run = await builds_all(shop)
    by_check = {name: run.nodes[check.unique_id].status for name, check in checks.items()}
    assert by_check["accepted_values number_of_orders"] == "warn"
    assert (run.status, run.nodes[CHART].status) == ("success", "success")
    seed.write_text("customer_id,number_of_orders\n1,3\n1,1\n")
    run = await builds_all(shop)
    assert run.nodes[checks["unique customer_id"].unique_id].status == "fail"
    assert (run.status, run.nodes[CHART].status) == ("failed", "skipped")
    seed.write_text("customer_id,number_of_orders\n1,3\n2,1\n")


async def test_a_translator_customizes_keys_groups_owners_tags_and_metadata(
    shop: OpenWorkspace,
) -> None:
    customers = shop.state.graph.assets["model.jaffle_shop.customers"]
    assert (customers.key, customers.group) == ("customers", "marketing")
    assert customers.owners == ("owner@example.com", "team:data")
    write(shop.root.parent, {"jaffle_dagster/translator.py": CUSTOMIZED})
    await shop.until(
        lambda state: (
            state.graph.assets["model.jaffle_shop.customers"].key == "duckdb/customers"
            or state.problems
        )
    )
    assert not shop.state.problems
    customers = shop.state.graph.assets["model.jaffle_shop.customers"]
    assert (customers.group, customers.owner) == ("duckdb", "owner@example.com")
    assert customers.description == "From dbt: customers"
    assert customers.tags == ("team=finance",)
    assert json.loads(customers.metadata)["foo"]["value"] == "bar"
    assert shop.state.graph.assets[CHART].depends_on == ("model.jaffle_shop.customers",)
    assert chosen(shop, 'group:duckdb and tag:"team"="finance"') >= {"duckdb/customers"}
    run = await builds_all(shop)
    assert run.status == "success"
