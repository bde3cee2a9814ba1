"""What is written into the files of an open project is what dbt then reads, and is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workspace.conftest import OpenWorkspace
from tui.errors import ProjectError
from tui.graph import AssetGraph
from tui.refactoring.edits import Change
from tui.refactoring.new_asset import COLUMN, MODEL, SINGULAR, SNAPSHOT, change, problems
from tui.runs.plan import Scope, plan_build

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAGED = "stg_payments"


async def reread(shop: OpenWorkspace, change: Change) -> None:
    """Have dbt read the files of a change as they are now."""
    shop.workspace.reparse([path for one in change.edits for path in (one.path, one.result)])
    await shop.idle()


async def taken_back(shop: OpenWorkspace) -> None:
    """Take back what was written last, and have dbt read the files as they are then."""
    change = shop.workspace.edits.undo()
    assert change is not None
    await reread(shop, change)


async def read(shop: OpenWorkspace, change: Change) -> None:
    """Have dbt read what was written."""
    key = change.unique_id
    await shop.until(lambda state: key in state.graph.assets or key in state.graph.checks)
    await shop.idle()
    assert not shop.state.problems


def found_tests(graph: AssetGraph, unique_id: str) -> list[str]:
    return [graph.checks[key].test_name for key in graph.checks_of.get(unique_id, ())]


async def built(shop: OpenWorkspace, *names: str) -> None:
    runs = len(shop.state.runs)
    chosen = [shop.id_of(name) for name in names]
    shop.workspace.materialize(plan_build(shop.state.graph, chosen, Scope.ONLY))
    await shop.until(lambda state: len(state.runs) > runs and state.active is None)
    await shop.idle()


async def test_the_yaml_of_a_source_is_that_of_the_database(shop: OpenWorkspace) -> None:
    await built(shop, "raw_payments", STAGED)
    key = shop.id_of("till.payments")
    path = shop.root / "models/staging/_sources.yml"
    before = path.read_text()
    proposal = await shop.workspace.properties.propose(key)
    assert proposal.path == "models/staging/_sources.yml"
    assert {one.name for one in proposal.columns} >= {"id", "paid_at"}
    change = proposal.change()
    shop.workspace.edits.write(change)
    await reread(shop, change)
    facts = (await shop.workspace.queries.describe(key)).facts
    types = {one["name"]: one["type"] for one in facts["columns"]}
    assert types["id"] == "integer"
    assert types.keys() == {one.name for one in proposal.columns}
    again = await shop.workspace.properties.propose(key)
    assert again.diff() == []
    await taken_back(shop)
    assert path.read_text() == before


async def test_a_rename_is_the_same_graph_with_another_name(shop: OpenWorkspace) -> None:
    key = shop.id_of(STAGED)
    before, status = shop.state.graph, shop.status(STAGED)
    change = await shop.workspace.refactorings.rename(key, "payments_staged")
    assert change.unique_id == "model.corner_shop.payments_staged"
    assert any("stays in the database until it is dropped" in note for note in change.notes)
    shop.workspace.edits.write(change)
    after = await shop.until(lambda state: change.unique_id in state.graph.assets)
    await shop.idle()
    assert not shop.state.problems
    assert shop.status("payments_staged") == "never materialized"

    def to(unique_id: str) -> str:
        return change.unique_id if unique_id == key else unique_id

    assert after.graph.assets.keys() == {to(one) for one in before.assets}
    for unique_id, asset in before.assets.items():
        now = after.graph.assets[to(unique_id)]
        assert now.depends_on == tuple(sorted(map(to, asset.depends_on)))
    await taken_back(shop)
    assert shop.state.graph.assets.keys() == before.assets.keys()
    assert shop.status(STAGED) == status  # its history was its own all the time


async def test_what_cannot_be_renamed_is_said(shop: OpenWorkspace) -> None:
    key = shop.id_of(STAGED)
    with pytest.raises(ProjectError, match="orders is taken"):
        await shop.workspace.refactorings.rename(key, "orders")
    file = shop.root / "models/staging/in_the_way.sql"
    file.write_text("{{ config(enabled=false) }} select 1")
    try:
        with pytest.raises(ProjectError, match=r"in_the_way\.sql exists already"):
            await shop.workspace.refactorings.rename(key, "in_the_way")
    finally:
        file.unlink()


async def test_new_assets_are_read_by_dbt(shop: OpenWorkspace) -> None:
    source = shop.id_of("till.payments")
    around, drafts = await shop.workspace.refactorings.surroundings(source)
    model = drafts[MODEL]
    assert (model.folder, model.name) == ("models/staging", STAGED)
    assert "is taken" in problems(model, around)["name"]
    made = [
        change(replace(model, name="new_payments", materialized="table"), around),
        change(replace(drafts[SNAPSHOT], name="new_snapshot"), around),
        change(
            replace(drafts[SINGULAR], name="new_test", condition="amount_cents is null"), around
        ),
        change(replace(drafts[COLUMN], column="id", test="not_null"), around),
    ]
    for one in made:
        shop.workspace.edits.write(one)
        await read(shop, one)
    graph = shop.state.graph
    assert graph.assets["model.corner_shop.new_payments"].depends_on == (source,)
    assert graph.assets["model.corner_shop.new_payments"].materialized == "table"
    assert graph.assets["snapshot.corner_shop.new_snapshot"].depends_on == (source,)
    assert "test.corner_shop.new_test" in graph.checks
    await shop.until(lambda state: "not_null" in found_tests(state.graph, source))
    await built(shop, "new_payments", "new_snapshot")
    assert (shop.status("new_payments"), shop.status("new_snapshot")) == ("fresh", "fresh")
    for _ in made:
        await taken_back(shop)
    assert "model.corner_shop.new_payments" not in shop.state.graph.assets
    assert shop.workspace.edits.undo() is None
