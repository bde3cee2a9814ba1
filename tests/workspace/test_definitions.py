"""The demo project opened through its Python definitions, on one warm engine."""

import json
from collections.abc import AsyncIterator
from textwrap import dedent

import pytest
import pytest_asyncio

from tests.projects.parsed import copy_parsed_demo
from tests.workspace.conftest import OpenWorkspace, has_definitions, open_workspace
from tui.cli.json_records import asset_record
from tui.runs.plan import Scope, plan_build
from tui.selection import Scene, select

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASSETS = "definitions/corner_shop_definitions/assets.py"
SCHEDULES = "definitions/corner_shop_definitions/schedules.py"
BUILD = 'dbt.cli(["build"], context=context)'
SUPPLIES = "source.corner_shop.till.supplies"
PROJECT = "definitions/corner_shop_definitions/project.py"
DEFINITIONS = "definitions/corner_shop_definitions/definitions.py"
MORE = "definitions/corner_shop_definitions/more.py"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def defined(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root = copy_parsed_demo(tmp_path_factory.mktemp("defined") / "shop")
    async with open_workspace(root / "definitions", has_definitions) as opened:
        yield opened


def materialize(opened: OpenWorkspace, *names: str, scope: Scope = Scope.ONLY) -> None:
    graph = opened.state.graph
    opened.workspace.materialize(plan_build(graph, [opened.id_of(one) for one in names], scope))


async def test_python_stands_up_and_downstream_of_dbt(defined: OpenWorkspace) -> None:
    state = defined.state
    assert not state.problems
    assert state.project.root == defined.root
    supplies = state.graph.assets[SUPPLIES]
    assert (supplies.name, supplies.resource_type) == ("till.supplies", "python")
    assert supplies.depends_on == (defined.id_of("raw_supplies"),)
    assert SUPPLIES in state.graph.assets[defined.id_of("stg_supplies")].depends_on
    chart = state.graph.assets["asset.revenue_chart"]
    assert (chart.group, chart.materialized, chart.path) == ("reports", "svg", ASSETS)
    assert state.graph.checks["asset_check.revenue_chart:chart_has_bars"].asset == chart.unique_id
    assert state.definitions is not None
    assert [row[0] for row in state.definitions.schedules] == ["daily_reports_schedule"]


async def test_one_run_builds_python_and_dbt_in_order(defined: OpenWorkspace) -> None:
    defined.workspace.materialize(plan_build(defined.state.graph, [], Scope.ALL))
    await defined.idle()
    run = defined.workspace.queries.run(defined.state.runs[0].run_id)
    assert run is not None
    assert run.status == "success"
    nodes = run.nodes
    assert (
        nodes[defined.id_of("raw_supplies")].finished_at
        <= nodes[SUPPLIES].started_at
        < nodes[defined.id_of("stg_supplies")].started_at
    )
    chart = nodes["asset.revenue_chart"]
    metadata = json.loads(chart.metadata)
    assert metadata["months"] == {"kind": "int", "value": metadata["months"]["value"]}
    assert metadata["best month"]["kind"] == "md"
    assert metadata["chart"]["value"].endswith("revenue.svg")
    assert defined.status("revenue_chart") == "fresh"
    assert defined.status("till.supplies") == "fresh"
    assert (defined.root / "definitions/charts/revenue.svg").read_text().startswith("<svg")
    log = defined.workspace.queries.log(run.run_id).lines(0, 10_000)
    assert any("Counted" in line.text and line.unique_id == SUPPLIES for line in log)


async def test_an_edit_of_a_function_makes_its_asset_stale(defined: OpenWorkspace) -> None:
    await defined.is_built()
    defined.edit(ASSETS, 'fill="#5b8def"', 'fill="#123456"')
    defined.edit(ASSETS, 'group_name="reports"', 'group_name="charts"')
    await defined.until(lambda state: state.graph.assets["asset.revenue_chart"].group == "charts")
    assert defined.reasons("revenue_chart") == ["sql"]
    assert defined.status("monthly_revenue") == "fresh"


async def test_a_broken_import_is_told_at_its_line_and_the_graph_stays(
    defined: OpenWorkspace,
) -> None:
    defined.edit(ASSETS, "from html import escape", "from html import escapee")
    state = await defined.until(lambda state: state.problems)
    [problem] = state.problems
    assert (problem.kind, problem.path, problem.line) == ("definitions", ASSETS, 4)
    assert "escapee" in problem.message
    assert "asset.revenue_chart" in state.graph.assets
    defined.edit(ASSETS, "from html import escapee", "from html import escape")
    await defined.until(lambda state: not state.problems)


async def test_an_unknown_dependency_and_a_wrong_cron_are_told(defined: OpenWorkspace) -> None:
    defined.edit(SCHEDULES, '"0 6 * * *"', '"0 66 * * *"')
    state = await defined.until(lambda state: state.problems)
    assert state.problems[0].path == SCHEDULES
    assert "'66' is not a valid hour" in state.problems[0].message
    defined.edit(SCHEDULES, '"0 66 * * *"', '"0 6 * * *"')
    await defined.until(lambda state: not state.problems)
    defined.edit(ASSETS, "@asset_check(asset=revenue_chart)", '@asset_check(asset="revenu_chart")')
    state = await defined.until(lambda state: state.problems)
    assert "Did you mean revenue_chart?" in state.problems[0].message
    defined.edit(ASSETS, '@asset_check(asset="revenu_chart")', "@asset_check(asset=revenue_chart)")
    await defined.until(lambda state: not state.problems)


async def test_dbt_files_are_followed_under_definitions(defined: OpenWorkspace) -> None:
    new = defined.root / "models" / "marts" / "sales" / "loud_orders.sql"
    new.write_text("select * from {{ ref('orders') }}\n")
    await defined.until(
        lambda state: any(a.name == "loud_orders" for a in state.graph.assets.values())
    )
    new.unlink()
    await defined.until(
        lambda state: not any(a.name == "loud_orders" for a in state.graph.assets.values())
    )
    assert not defined.state.problems


async def test_what_the_function_does_is_what_a_run_does(defined: OpenWorkspace) -> None:
    await defined.is_built()
    defined.edit(
        ASSETS,
        f"yield from {BUILD}.stream()",
        'context.log.info("before %s", sorted(k.to_user_string() for k in '
        "context.selected_asset_keys))\n"
        '    context.log.info("a subset: %s", context.is_subset)\n'
        f"    yield from {BUILD}.stream().fetch_row_counts()\n"
        '    print("printed")\n'
        '    context.log.info("after")',
    )
    # A run reads the functions from the disk: nothing is to be waited for.
    materialize(defined, "orders")
    await defined.idle()
    run = defined.state.runs[0]
    assert run.status == "success"
    texts = [line.text for line in defined.workspace.queries.log(run.run_id).lines(0, 10_000)]
    assert "before ['marts/orders']" in texts
    assert {"after", "a subset: True", "printed"} <= set(texts)
    assert sum(text.startswith("Concurrency: ") for text in texts) == 1
    orders = defined.state.history.built[defined.id_of("orders")]
    assert json.loads(orders.metadata)["dagster/row_count"]["value"] == orders.row_count


async def test_an_exception_fails_the_run_at_the_users_line(defined: OpenWorkspace) -> None:
    await defined.is_built()
    before = (defined.root / ASSETS).read_text()
    call = next(words for words in before.splitlines() if "yield from" in words)
    defined.edit(ASSETS, call, f"{call}\n    raise RuntimeError('enough')")
    materialize(defined, "orders")
    await defined.idle()
    run = defined.state.runs[0]
    text = (defined.root / ASSETS).read_text().splitlines()
    line = next(i for i, words in enumerate(text, 1) if "enough" in words)
    assert (run.status, run.message) == ("error", "RuntimeError: enough")
    assert (run.path, run.line) == (ASSETS, line)
    log = "\n".join(one.text for one in defined.workspace.queries.log(run.run_id).lines(0, 10_000))
    assert "Traceback" in log
    assert "raise RuntimeError('enough')" in log
    assert defined.status("orders") == "fresh"
    (defined.root / ASSETS).write_text(before)


async def test_below_a_failed_python_asset_everything_is_skipped(defined: OpenWorkspace) -> None:
    await defined.is_built()
    defined.edit(ASSETS, "units_on_hand = 24", "no_such_column = 24")
    await defined.until(lambda state: "sql" in defined.reasons("till.supplies"))
    materialize(defined, "till.supplies", scope=Scope.DOWNSTREAM)
    await defined.idle()
    run = defined.state.runs[0]
    assert run.status == "failed"
    assert defined.status("till.supplies") == "failed"
    skipped = defined.state.statuses[defined.id_of("stg_supplies")]
    assert (skipped.status.value, skipped.because) == ("skipped", SUPPLIES)
    node = defined.workspace.queries.run(run.run_id).nodes[SUPPLIES]  # type: ignore[union-attr]
    assert node.path == ASSETS
    assert node.line > 0


async def test_details_of_python_are_told(defined: OpenWorkspace) -> None:
    told = (await defined.workspace.queries.describe("asset.revenue_chart")).facts
    assert told["language"] == "python"
    assert told["raw_code"].startswith("@asset(")
    assert told["upstream"] == [defined.id_of("monthly_revenue")]
    assert told["checks"] == ["asset_check.revenue_chart:chart_has_bars"]
    dbt = (await defined.workspace.queries.describe(defined.id_of("monthly_revenue"))).facts
    assert "asset.revenue_chart" in dbt["downstream"]
    assert dbt["key"] == "marts/monthly_revenue"


async def with_more(defined: OpenWorkspace, text: str, found: str) -> None:
    """Add a module of assets and checks to the definitions, and wait until an asset is there."""
    (defined.root / MORE).write_text(dedent(text))
    if "more" not in (defined.root / DEFINITIONS).read_text():
        defined.edit(DEFINITIONS, "from .project", "from . import more\nfrom .project")
        defined.edit(DEFINITIONS, "assets=[", "assets=[*more.assets, ")
        defined.edit(DEFINITIONS, "asset_checks=[", "asset_checks=[*more.checks, ")
    await defined.until(lambda state: found in state.graph.assets and not state.problems)


async def test_a_failed_blocking_check_holds_back_what_is_downstream(
    defined: OpenWorkspace,
) -> None:
    text = """
        from dbtree import *

        @asset
        def chart(): ...

        @asset
        def daily(): ...

        @asset(deps=[daily])
        def chart_of_daily(): ...

        @asset_check(asset=daily, blocking=True)
        def daily_is_right(): return False

        assets, checks = [chart_of_daily, chart, daily], [daily_is_right]
    """
    await with_more(defined, text, "asset.chart_of_daily")
    materialize(defined, "daily", scope=Scope.DOWNSTREAM)
    await defined.idle()
    run = defined.workspace.queries.run(defined.state.runs[0].run_id)
    assert run is not None
    assert {key: node.status for key, node in run.nodes.items()} == {
        "asset.daily": "success", "asset_check.daily:daily_is_right": "fail",
        "asset.chart_of_daily": "skipped",
    }  # fmt: skip
    skipped = defined.state.statuses["asset.chart_of_daily"]
    assert skipped.because == "asset_check.daily:daily_is_right"


async def test_the_target_of_the_definitions_is_opened_and_run(defined: OpenWorkspace) -> None:
    await defined.idle()
    assert defined.state.target == "dev"
    defined.edit(PROJECT, ".resolve())", '.resolve(), target="prod")')
    state = await defined.until(lambda state: state.target == "prod" and state.is_confirmed)
    assert state.project.options == "--target prod"
    assert state.project.target == ""
    materialize(defined, "raw_supplies")
    await defined.idle()
    run = defined.state.runs[0]
    assert (run.status, run.target) == ("success", "prod")
    assert (defined.root / "corner_shop_prod.duckdb").exists()
    defined.edit(PROJECT, ', target="prod")', ")")
    state = await defined.until(lambda state: state.target == "dev" and state.can_start)
    assert state.project.options == ""


async def test_the_file_of_the_manifest_is_the_graph_when_prepare_if_dev_returns(
    defined: OpenWorkspace,
) -> None:
    text = """
        import json
        from dbtree import asset
        from .project import corner_shop

        nodes = json.loads(corner_shop.manifest_path.read_text())["nodes"].values()

        def described(node):
            @asset(key=["doc", node["name"]], description=node["description"])
            def doc(): ...
            return doc

        checks = []
        assets = [described(node) for node in nodes if node["name"].startswith("new_")]
    """
    model = defined.root / "models" / "marts" / "sales" / "new_orders.sql"
    model.write_text("select 1 as id\n")
    await with_more(defined, text, "asset.doc/new_orders")
    model.with_name("new_returns.sql").write_text("select 2 as id\n")
    await defined.until(lambda state: "asset.doc/new_returns" in state.graph.assets)
    model.with_name("_new.yml").write_text(
        "groups: [{name: finance, owner: {name: Fin, email: fin@example.com}}]\n"
        "models: [{name: new_orders, description: All that was ordered., "
        "config: {group: finance}}]\n"
    )
    state = await defined.until(
        lambda state: (
            state.graph.assets["asset.doc/new_orders"].description == "All that was ordered."
        )
    )
    assert not state.problems


async def test_several_assets_retries_prints_and_specs_in_one_run(defined: OpenWorkspace) -> None:
    text = """
        from dbtree import *

        class Store(ConfigurableResource):
            name: str = "shelf"

        tries = []

        @multi_asset(specs=[
            AssetSpec("parts/a", kinds={"csv"}, tags={"team": "data"}, owners=["a@shop.example"]),
            AssetSpec("parts/b", deps=["parts/a", "lake"], metadata={"n": 1}),
        ], retry_policy=RetryPolicy(max_retries=1))
        def parts(context: AssetExecutionContext):
            tries.append(1)
            print("try", len(tries))
            if len(tries) == 1:
                raise Failure("Not yet.")
            yield MaterializeResult("parts/a", metadata={"dagster/row_count": 2})
            yield MaterializeResult("parts/b", metadata={"subset": context.is_subset})

        @op
        def fetch(context):
            context.log.warning("fetching")
            return [1, 2]

        @graph_asset
        def counted():
            return Output(None, metadata={"rows": len(fetch())})

        checks = []
        assets = [parts, counted, AssetSpec("lake", kinds={"s3"})]
    """
    await with_more(defined, text, "asset.parts/b")
    graph = defined.state.graph
    assert graph.assets["asset.lake"].resource_type == "external"
    one = asset_record(defined.state, graph.assets["asset.parts/a"])
    assert (one["key"], one["kinds"], one["owners"]) == (
        ["parts", "a"], ["csv"], ["a@shop.example"],
    )  # fmt: skip
    assert asset_record(defined.state, graph.assets["asset.parts/b"])["metadata"] == {
        "n": {"kind": "int", "value": 1}
    }
    orders = graph.assets[defined.id_of("orders")]
    assert (orders.key, orders.kinds) == ("marts/orders", ("dbt", "duckdb"))
    assert select(Scene(graph), 'tag:"team"="data"') == {"asset.parts/a"}
    # Its function cannot make one without the other.
    materialize(defined, "parts/a", "counted")
    await defined.idle()
    run = defined.workspace.queries.run(defined.state.runs[0].run_id)
    assert run is not None
    assert {key: node.status for key, node in run.nodes.items()} == {
        "asset.parts/a": "success", "asset.parts/b": "success", "asset.counted": "success",
    }  # fmt: skip
    assert defined.state.history.built["asset.parts/a"].row_count == 2
    assert json.loads(run.nodes["asset.parts/b"].metadata)["subset"]["value"] is False
    assert json.loads(run.nodes["asset.counted"].metadata)["rows"]["value"] == 2
    log = defined.workspace.queries.log(run.run_id).lines(0, 10_000)
    lines = {(line.text, line.unique_id) for line in log}
    assert {("try 1", "asset.parts/a"), ("try 2", "asset.parts/a"),
            ("fetching", "asset.counted")} <= lines  # fmt: skip
    assert any("Not yet.; try 2 of 2 follows" in text for text, _ in lines)


async def test_a_function_of_dbts_is_called_again_as_its_policy_says(
    defined: OpenWorkspace,
) -> None:
    before = (defined.root / ASSETS).read_text()
    defined.edit(
        ASSETS, "@dbt_assets(manifest=corner_shop.manifest_path)",
        "from dbtree import RetryPolicy\ntries = []\n\n"
        "@dbt_assets(manifest=corner_shop.manifest_path, retry_policy=RetryPolicy(max_retries=1))",
    )  # fmt: skip
    call = next(words for words in before.splitlines() if "yield from" in words)
    again = "tries.append(1)\n    if len(tries) == 1:\n        raise RuntimeError('not yet')"
    defined.edit(ASSETS, call, f"    {again}\n{call}")
    materialize(defined, "raw_supplies")
    await defined.idle()
    run = defined.state.runs[0]
    assert run.status == "success"
    texts = [line.text for line in defined.workspace.queries.log(run.run_id).lines(0, 10_000)]
    assert any("retry 1 of 1" in text for text in texts)
    (defined.root / ASSETS).write_text(before)
    await defined.idle()


async def test_a_selection_of_nothing_is_told_where_it_is_defined(defined: OpenWorkspace) -> None:
    defined.edit(ASSETS, "corner_shop.manifest_path)", 'corner_shop.manifest_path, select="nope")')
    state = await defined.until(lambda state: state.problems)
    assert "matches no node of the project: select 'nope'" in state.problems[0].message
    assert state.problems[0].path == ASSETS
    defined.edit(ASSETS, ', select="nope")', ")")
    await defined.until(lambda state: not state.problems)
