"""Edits, runs and accidents in one open project, one after the other on one warm engine."""

import os
import signal

import pytest

from tests.endless import ENDLESS_QUERY
from tests.workspace.conftest import OpenWorkspace
from tui.runs.plan import Scope, plan_again, plan_build
from tui.runs.values import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = "models/marts/sales/orders.sql"
ENDLESS = "models/staging/endless.sql"
ENDLESS_SQL = "{{ config(materialized='table', pre_hook='set threads = 1') }}\n" + ENDLESS_QUERY
"""On one thread, so that others have the rest of the machine."""


async def test_a_new_project_shows_all_assets_as_never_materialized(shop: OpenWorkspace) -> None:
    assert shop.state.is_confirmed
    assert not shop.state.problems
    assert shop.status("orders") == "never materialized"
    assert shop.state.engine is not None
    assert shop.state.engine.target == "dev"


async def test_materializing_all_makes_everything_fresh(shop: OpenWorkspace) -> None:
    shop.workspace.materialize(plan_build(shop.state.graph, [], Scope.ALL))
    assert shop.status("orders") == "queued"
    await shop.idle()
    run = shop.state.runs[0]
    assert (run.status, run.command) == ("success", "dbt build")
    assert shop.status("orders") == "fresh"
    assert shop.state.statuses[shop.id_of("orders")].run_id == run.run_id
    lines = shop.workspace.queries.log(run.run_id).lines(0, 10_000)
    assert any("Completed successfully" in line.text for line in lines)


async def test_an_edit_makes_the_asset_stale_and_what_is_below_it(shop: OpenWorkspace) -> None:
    await shop.is_built()
    shop.edit(
        ORDERS,
        "select",
        "select  /* edited */",
    )
    await shop.until(lambda state: shop.status("orders") == "stale")
    assert shop.reasons("orders") == ["layout"]
    assert shop.status("daily_sales") == "stale"
    assert shop.reasons("daily_sales") == ["upstream_stale"]
    assert shop.status("stg_orders") == "fresh"


async def test_a_broken_save_keeps_the_graph_and_says_where(shop: OpenWorkspace) -> None:
    assets = shop.state.graph.assets
    shop.edit(ORDERS, "select", "{{ ref('nowhere') }} select")
    state = await shop.until(lambda state: state.problems)
    assert state.graph.assets == assets
    assert state.problems[0].path == ORDERS
    assert "nowhere" in state.problems[0].message
    shop.edit(ORDERS, "{{ ref('nowhere') }} select", "select")
    await shop.until(lambda state: not state.problems)


async def test_two_runs_on_one_duckdb_file_wait_for_each_other(shop: OpenWorkspace) -> None:
    await shop.is_built()
    graph = shop.state.graph
    shop.workspace.materialize(plan_build(graph, [shop.id_of("orders")]))
    shop.workspace.materialize(plan_build(graph, [shop.id_of("stg_orders")]))
    await shop.until(lambda state: state.queue and state.active)
    assert shop.status("stg_orders") == "queued"
    await shop.idle()
    second, first = shop.state.runs[:2]
    assert (first.label, second.label) == ("orders", "stg_orders")
    assert first.finished_at <= second.started_at
    # What is below was built before its upstream was built again.
    assert shop.reasons("orders") == ["upstream"]


async def test_what_failed_and_was_skipped_runs_again(shop: OpenWorkspace) -> None:
    await shop.is_built()
    shop.edit(ORDERS, "select", "select no_such_column,")
    await shop.until(lambda state: "sql" in shop.reasons("orders"))
    plan = plan_build(shop.state.graph, [shop.id_of("orders")], Scope.DOWNSTREAM)
    shop.workspace.materialize(plan)
    await shop.idle()
    assert shop.state.runs[0].status == "failed"
    assert shop.status("orders") == "failed"
    skipped = shop.state.statuses[shop.id_of("daily_sales")]
    assert (skipped.status.value, skipped.because) == ("skipped", shop.id_of("orders"))

    shop.edit(ORDERS, "select no_such_column,", "select")
    await shop.until(lambda state: "sql" not in shop.reasons("orders"))
    run = shop.workspace.queries.run(shop.state.runs[0].run_id)
    assert run is not None
    shop.workspace.materialize(plan_again(shop.state.graph, run))
    await shop.idle()
    assert shop.state.runs[0].status == "success"
    assert shop.status("daily_sales") == "fresh"


async def test_an_engine_that_is_killed_comes_back(shop: OpenWorkspace) -> None:
    await shop.is_built()
    before = shop.workspace.engine_pid
    assets = shop.state.graph.assets
    os.kill(before, signal.SIGKILL)
    await shop.until(lambda state: state.phase != "ready")
    assert shop.state.graph.assets == assets
    await shop.idle()
    assert shop.workspace.engine_pid != before
    assert shop.status("orders") == "fresh"


async def test_a_run_outlives_the_engine_that_it_was_forked_from(shop: OpenWorkspace) -> None:
    before = shop.workspace.engine_pid
    shop.workspace.materialize(plan_build(shop.state.graph, [], Scope.ALL))
    await shop.until(lambda state: state.active and state.active.nodes)
    os.kill(before, signal.SIGKILL)
    await shop.until(lambda state: shop.workspace.engine_pid not in (0, before))
    await shop.idle()
    assert shop.state.runs[0].status == "success"


async def starts_what_never_ends(shop: OpenWorkspace) -> Run:
    """Build a model that would take days, and wait until it is worked on."""
    if not (shop.root / ENDLESS).exists():
        (shop.root / ENDLESS).write_text(ENDLESS_SQL)
        await shop.until(lambda state: any(a.path == ENDLESS for a in state.graph.assets.values()))
    key = shop.id_of("endless")
    shop.workspace.materialize(plan_build(shop.state.graph, [key]))
    state = await shop.until(lambda state: state.statuses[key].status.value == "running")
    assert state.active is not None
    return state.active


async def test_a_run_that_is_killed_from_outside_is_interrupted(shop: OpenWorkspace) -> None:
    os.killpg((await starts_what_never_ends(shop)).pid, signal.SIGKILL)
    await shop.idle()
    run = shop.state.runs[0]
    assert run.status == "interrupted"
    assert run.message.startswith("Its process was killed (signal 9, SIGKILL)")


async def test_a_cancelled_run_says_so(shop: OpenWorkspace) -> None:
    shop.workspace.cancel((await starts_what_never_ends(shop)).run_id)
    await shop.idle()
    assert shop.state.runs[0].status == "cancelled"
    assert "asked to stop" in shop.state.notice


async def test_a_change_of_the_project_file_keeps_the_engine(
    shop: OpenWorkspace,
) -> None:
    before = shop.workspace.engine_pid
    assets = shop.state.graph.assets
    file = shop.root / "dbt_project.yml"
    text = file.read_text()
    file.write_text(text + "\nvars:\n  something: {\n")
    state = await shop.until(lambda state: state.problems)
    assert state.graph.assets == assets
    assert "YAML" in state.problems[0].message
    file.write_text(text + "\n# mended\n")
    await shop.until(lambda state: not state.problems and state.phase == "ready")
    assert shop.workspace.engine_pid == before
    assert shop.state.graph.assets.keys() == assets.keys()


async def test_a_change_of_the_profile_restarts_the_engine(shop: OpenWorkspace) -> None:
    before = shop.workspace.engine_pid
    with (shop.root / "profiles.yml").open("a") as file:
        file.write("\n# a remark\n")
    await shop.until(lambda state: state.phase == "restarting")
    await shop.until(lambda state: state.phase == "ready")
    assert shop.workspace.engine_pid != before


async def test_the_second_cancel_kills_and_is_recorded_as_cancelled(shop: OpenWorkspace) -> None:
    run = await starts_what_never_ends(shop)
    shop.workspace.cancel(run.run_id)
    shop.workspace.cancel(run.run_id)
    await shop.idle()
    assert shop.state.runs[0].status == "cancelled"
    assert shop.state.runs[0].message == "killed"
