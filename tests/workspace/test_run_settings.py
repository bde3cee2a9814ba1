"""Runs with settings, tags, hooks and retries, on one warm engine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from textwrap import dedent

import pytest
import pytest_asyncio

from tests.projects.parsed import copy_parsed_demo
from tests.workspace.conftest import OpenWorkspace, has_definitions, open_workspace
from tui.errors import SelectionError
from tui.runs.plan import RunPlan, plan_again, plan_build
from tui.runs.run_config import configured, read, rows_for, with_config
from tui.runs.values import Run
from tui.schedules.values import Schedule

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINITIONS = """
    from datetime import timedelta

    from dbtree import *

    from .project import corner_shop

    class Rows(Config):
        rows: int
        note: str = "none"

    class DbtConfig(Config):
        loud: bool = False

    @success_hook(required_resource_keys={"mail"})
    def done(context):
        context.log.info("done %s to %s", context.step_key, context.resources.mail.host)

    @failure_hook
    def broken(context: HookContext):
        context.log.warning("broken %s: %s", context.step_key, context.op_exception)
        raise RuntimeError("the hook itself")

    class Mail(ConfigurableResource):
        host: str

    @dbt_assets(manifest=corner_shop.manifest_path)
    def shop(context: AssetExecutionContext, dbt: DbtCliResource, config: DbtConfig):
        context.log.info("loud %s", config.loud)
        yield from dbt.cli(["build"], context=context).stream()

    @asset(hooks={done, broken})
    def report(context: AssetExecutionContext, config: Rows):
        context.log.info("tags %s", dict(context.run.tags).get("team"))
        return MaterializeResult(metadata={"rows": config.rows, "note": config.note})

    tries = []

    @asset(hooks={broken, done}, retry_policy=RetryPolicy(max_retries=1))
    def fragile():
        tries.append(1)
        raise ValueError(f"try {len(tries)}")

    config = RunConfig(ops={"report": Rows(rows=9)}, resources={"mail": Mail(host="job")})
    freshness = build_last_update_freshness_checks(
        assets=[fragile, AssetKey(["raw", "raw_supplies"])], lower_bound_delta=timedelta(hours=1)
    )
    job = define_asset_job("weekly", [report], config=config,
                           tags={"team": "fin"})
    dbt_job = define_asset_job("dbt_job", AssetSelection.keys("raw_supplies"), hooks={done})
    defs = Definitions(
        assets=[shop, report, fragile],
        asset_checks=[*freshness],
        jobs=[job, dbt_job],
        schedules=[ScheduleDefinition(job=job, cron_schedule="0 6 * * *"),
                   ScheduleDefinition(job=dbt_job, cron_schedule="0 6 * * *")],
        resources={"dbt": DbtCliResource(project_dir=corner_shop),
                   "mail": Mail.configure_at_launch()},
    )
"""
MAIL = {"resources": {"mail": {"config": {"host": "here"}}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def defined(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root = copy_parsed_demo(tmp_path_factory.mktemp("settings") / "shop")
    place = root / "definitions/corner_shop_definitions/definitions.py"
    place.write_text(dedent(DEFINITIONS))
    async with open_workspace(root / "definitions", has_definitions) as opened:
        yield opened


def plan_of(opened: OpenWorkspace, *names: str) -> RunPlan:
    return plan_build(opened.state.graph, [opened.id_of(one) for one in names])


async def ran(opened: OpenWorkspace, plan: RunPlan) -> tuple[Run, list[str]]:
    """The run of a plan when it is over, and what its log says."""
    run_id = opened.workspace.materialize(plan)
    await opened.idle()
    run = opened.workspace.queries.run(run_id)
    assert run is not None
    return run, [line.text for line in opened.workspace.queries.log(run_id).lines(0, 10_000)]


async def test_settings_reach_the_function_and_are_recorded(defined: OpenWorkspace) -> None:
    plan = plan_of(defined, "report", "raw_supplies")
    rows = rows_for(defined.state.definitions, plan.nodes)
    assert [row.name for row in rows] == ["report", "shop", "mail"]
    assert [row.name for row in rows_for(defined.state.definitions, ["asset.report"])] == [
        "report", "mail",
    ]  # fmt: skip
    with pytest.raises(SelectionError, match=r"report needs a value for rows \(int\)") as hit:
        configured(plan, rows, {})
    assert hit.value.hint == "Give --config '{report: {rows: …}}', or a file."
    tree = read("{report: {rows: 4}, shop: {loud: true}}", rows)
    run, log = await ran(defined, configured(plan, rows, {**tree, **MAIL}))
    assert run.status == "success", run.message
    told = json.loads(run.nodes["asset.report"].metadata)
    assert (told["rows"]["value"], told["note"]["value"]) == (4, "none")
    assert "loud True" in log
    assert "done report to here" in log
    assert json.loads(run.config)["ops"]["report"] == {"config": {"rows": 4}}
    assert "dbtree materialize --select report raw_supplies --config " in run.command


async def test_a_run_without_what_it_needs_says_so_before_it_makes_anything(
    defined: OpenWorkspace,
) -> None:
    plan = with_config(plan_of(defined, "report", "raw_supplies"), MAIL)
    run, _ = await ran(defined, plan)
    assert run.status == "error"
    assert run.message == "The settings of report are wrong: Rows needs a value for rows."
    assert (run.path, run.nodes["seed.corner_shop.raw_supplies"].status) == (
        "definitions/corner_shop_definitions/definitions.py", "skipped",
    )  # fmt: skip
    other = with_config(plan_of(defined, "raw_supplies"), {"ops": {"report": {"config": {}}}})
    run, _ = await ran(defined, with_config(other, {"ops": {"report": {"config": {"rows": 1}}}}))
    assert "nothing that takes settings for ops.report: it takes settings for shop" in run.message


async def test_hooks_hear_of_the_last_failure_and_fail_nothing(defined: OpenWorkspace) -> None:
    run, log = await ran(defined, with_config(plan_of(defined, "fragile"), MAIL))
    assert run.status == "failed"
    assert log.count("broken fragile: try 2") == 1
    assert any("RuntimeError: the hook itself" in text for text in log)
    assert run.nodes["asset.fragile"].message == "ValueError: try 2"
    assert not any("done fragile" in text for text in log)


async def test_a_job_gives_its_runs_settings_tags_and_hooks(defined: OpenWorkspace) -> None:
    schedules = defined.workspace.schedules
    weekly, of_dbt = schedules.named("weekly_schedule"), schedules.named("dbt_job_schedule")
    assert isinstance(weekly, Schedule)
    assert isinstance(of_dbt, Schedule)
    run, log = await ran(defined, await schedules.plan(weekly))
    assert (run.tags["team"], run.tags["dbtree/job"]) == ("fin", "weekly")
    assert json.loads(run.nodes["asset.report"].metadata)["rows"]["value"] == 9
    assert "tags fin" in log
    assert "done report to job" in log
    plan = with_config(await schedules.plan(of_dbt), MAIL)
    run, log = await ran(defined, plan)
    assert run.status == "success", run.message
    assert "done shop to here" in log


async def test_a_run_again_has_the_same_settings_and_tags(defined: OpenWorkspace) -> None:
    failed, _ = await ran(defined, with_config(plan_of(defined, "fragile"), MAIL))
    again = plan_again(defined.state.graph, failed)
    assert json.loads(again.config) == MAIL
    assert "--config" in again.dbt_line


async def test_checks_of_freshness_know_what_was_made_before(defined: OpenWorkspace) -> None:
    checks = [f"asset_check.{key}:freshness_check" for key in ("fragile", "raw/raw_supplies")]
    await ran(defined, plan_of(defined, "raw_supplies"))
    plan = plan_build(defined.state.graph, checks, checks_only=True)
    run, _ = await ran(defined, plan)
    assert [run.nodes[key].status for key in checks] == ["warn", "pass"]
    assert "overdue: never materialized" in run.nodes[checks[0]].message
    assert run.nodes[checks[1]].message.startswith("materialized 0:00:")
