"""An open session defers to another state of the project, and shows what that changes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.test_cheap_builds import write_shop
from tests.git.test_reading import Repository
from tests.workspace.conftest import OpenWorkspace, open_workspace
from tui.errors import ProjectError, SelectionError
from tui.project.settings import Setting
from tui.runs.clone_plan import plan_clone
from tui.runs.plan import plan_build
from tui.workspace.state import WorkspaceState

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root: Path = write_shop(tmp_path_factory.mktemp("deferring") / "shop")
    repository = Repository(root)
    repository.run("add", "-A", ":!profiles.yml")  # as many projects keep it
    repository.run("commit", "--quiet", "-m", "all")
    async with open_workspace(root) as opened:
        yield opened


async def test_what_can_not_be_deferred_to_is_said(shop: OpenWorkspace) -> None:
    for where, words in (
        ("nowhere", r"nowhere is not a target of the profile \(dev, prod\), a directory with a"),
        ("dev", "dev is the target in use"),
        ("git:nowhere", "git knows no branch or commit nowhere"),
    ):
        with pytest.raises(ProjectError, match=words):
            await shop.workspace.defer(where)
    with pytest.raises(SelectionError, match="choose one with `:defer`"):
        await shop.workspace.queries.select(["state:modified"])
    with pytest.raises(SelectionError, match="choose one with `:defer WHERE`"):
        plan_clone(shop.state.graph, [], shop.state.deferral, "")


async def test_a_target_and_a_commit_are_deferred_to_and_nothing_again(shop: OpenWorkspace) -> None:
    orders = shop.id_of("orders")
    before = shop.state.statuses[orders]
    assert await shop.workspace.defer("prod") == "deferring to prod: 5 not built here"
    assert shop.state.history.read_elsewhere(orders) == "shop.prod.orders"
    plan = plan_build(shop.state.graph, [orders], options=shop.state.project.options)
    assert plan.dbt_line == "dbt build --select orders --defer --state .dbtree/states/prod"
    assert plan.flags == ("--defer", "--state", ".dbtree/states/prod")

    said = await shop.workspace.defer("git:main")
    assert said.startswith("deferring to git:main: it is built where this target is, so nothing")
    assert shop.state.history.read_elsewhere(orders) == ""
    assert await shop.workspace.queries.select(["state:modified"], command="ls") == frozenset()
    shop.edit("models/fixed.sql", "select 1", "select 2")
    await shop.until(
        lambda state: state.graph.assets[shop.id_of("fixed")].unique_id in state.edited
    )
    found = await shop.workspace.queries.select(["state:modified"], command="ls")
    assert found == frozenset({shop.id_of("fixed")})

    await shop.workspace.defer("off")
    assert not shop.state.deferral
    assert shop.state.project.options == ""
    assert shop.state.statuses[orders] == before


async def test_a_run_waits_for_the_state_that_it_is_to_read_from(shop: OpenWorkspace) -> None:
    orders = shop.id_of("orders")
    deferring = asyncio.create_task(shop.workspace.defer("prod"))
    await shop.until(lambda state: state.preparing == "prod")
    run_id = shop.workspace.materialize(plan_build(shop.state.graph, [orders]))
    assert shop.state.notice == "orders: queued · waiting until prod is read, to defer to it"
    assert [plan.run_id for plan in shop.state.queue] == [run_id]
    await deferring
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    assert run.command == "dbt build --select orders --defer --state .dbtree/states/prod"

    deferring = asyncio.create_task(shop.workspace.defer("nowhere"))
    await shop.until(lambda state: state.preparing == "nowhere")
    options = shop.state.project.options
    shop.workspace.materialize(plan_build(shop.state.graph, [orders], options=options))
    with pytest.raises(ProjectError):
        await deferring
    assert not shop.state.preparing
    assert not shop.state.queue, "what was meant to read from there is not run without it"
    assert shop.state.deferral.where == "prod"
    await shop.workspace.defer("off")


async def test_what_is_asked_for_counts_and_not_what_was_set(shop: OpenWorkspace) -> None:
    before = shop.state.project
    values = {**before.settings.values, "defer": Setting("defer", "prod", "a test")}
    shop.workspace.rework(settings=replace(before.settings, values=values))
    is_read = asyncio.Event()

    async def until(_: object) -> WorkspaceState:
        await is_read.wait()
        return shop.state

    setting = asyncio.create_task(shop.workspace._deferring.as_set(until))
    await shop.until(lambda state: state.preparing == "prod")
    await shop.workspace.defer("off")
    is_read.set()
    assert await setting == ""
    assert not shop.state.deferral
    assert not shop.state.preparing
    shop.workspace.rework(settings=before.settings)
