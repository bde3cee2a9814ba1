"""Selection, arming, targets and the truth about staleness, on one warm engine with real dbt."""

import asyncio
import json
import random
import subprocess
import time

import pytest

from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tests.workspace.conftest import OpenWorkspace
from tui.errors import EngineError, SelectionError
from tui.graph import outdated_assets, why
from tui.project.selectors_file import save_selector
from tui.protocol.messages import FRESHNESS
from tui.runs.freshness_plan import plan_freshness
from tui.runs.plan import Scope, plan_build
from tui.selection import shortest, with_checks
from tui.selection.dbt_lookup import DbtLookup
from tui.workspace.auto_build_values import Mode
from tui.workspace.command_log import all_commands

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = "models/marts/sales/orders.sql"
EPHEMERAL = "models/intermediate/int_order_payments.sql"


async def resolve(shop: OpenWorkspace, text: str) -> set[str]:
    found = await asyncio.wait_for(DbtLookup(shop.workspace.queries).resolve(text), PATIENCE)
    return {shop.state.graph.assets[key].name for key in found if key in shop.state.graph.assets}


async def build(shop: OpenWorkspace, *names: str) -> None:
    keys = [shop.id_of(name) for name in names]
    scope = Scope.ONLY if names else Scope.ALL
    shop.workspace.materialize(
        plan_build(shop.state.graph, keys, scope, options=shop.state.project.options)
    )
    await shop.idle()


def outdated(shop: OpenWorkspace) -> set[str]:
    return {shop.state.graph.assets[key].name for key in outdated_assets(shop.state.statuses)}


async def test_what_only_dbt_knows_is_asked_and_mixes_with_our_own(shop: OpenWorkspace) -> None:
    models = await resolve(shop, "config.enabled:true,resource_type:model")
    assert "orders" in models
    assert await resolve(shop, "status:never*,config.enabled:true,orders+1") >= {"orders"}
    with pytest.raises(SelectionError):
        await resolve(shop, "selector:nowhere")
    with pytest.raises(SelectionError):
        await resolve(shop, "state:modified")


async def test_a_saved_selector_selects_in_dbt_what_was_marked(shop: OpenWorkspace) -> None:
    lookup = DbtLookup(shop.workspace.queries)
    marks = {
        shop.id_of(name) for name in ("stg_orders", "orders", "int_order_payments", "products")
    }
    text = shortest(lookup.scene, marks)
    save_selector(shop.root, "mine", text)
    await shop.until(lambda state: state.phase == "restarting")
    await shop.idle()
    found = await shop.workspace.queries.select([], command="ls", selector="mine")
    graph = shop.state.graph
    assert found == with_checks(graph, marks)
    below = await resolve(shop, "selector:mine+1")
    assert {graph.assets[key].name for key in marks} < below


async def test_statuses_say_after_every_edit_what_a_build_would_change(shop: OpenWorkspace) -> None:
    await build(shop)
    assert outdated(shop) == set()
    # An ephemeral model is no relation of its own: what it is compiled into is stale.
    shop.edit(
        EPHEMERAL,
        "select",
        "select 1 as one,",
    )
    await shop.until(lambda state: outdated(shop))
    users = {
        shop.state.graph.assets[key].name
        for key, asset in shop.state.graph.assets.items()
        if shop.id_of("int_order_payments") in shop.state.graph.inlined(key)
    }
    assert users
    stale = {name for name in users if "sql" in shop.reasons(name)}
    assert stale == users
    shop.edit(EPHEMERAL, "select 1 as one,", "select")
    await shop.until(lambda state: not outdated(shop))


async def test_what_is_stale_is_built_in_order_and_nothing_else(shop: OpenWorkspace) -> None:
    await shop.is_built()
    shop.edit("models/staging/stg_orders.sql", "select", "select /* new */")
    await shop.until(lambda state: "stg_orders" in outdated(shop))
    stale = outdated_assets(shop.state.statuses)
    graph = shop.state.graph
    below = graph.descendants([shop.id_of("stg_orders")]) | {shop.id_of("stg_orders")}
    assert stale == {key for key in below if key in set(graph.materializable())
                     and graph.assets[key].materialized != "ephemeral"}  # fmt: skip
    chain = [link.unique_id for link in why(shop.state.statuses, shop.id_of("daily_sales"))]
    assert chain[0] == shop.id_of("stg_orders")
    assert chain[-1] == shop.id_of("daily_sales")
    shop.workspace.materialize(plan_build(graph, stale))
    await shop.idle()
    run = shop.workspace.queries.run(shop.state.runs[0].run_id)
    assert run is not None
    assert {key for key in run.nodes if key in graph.assets} == stale
    assert outdated(shop) == set()


async def parsed(shop: OpenWorkspace) -> None:
    """Wait until all that lies on the disk is in the graph."""
    shop.workspace.reparse([asset.path for asset in shop.state.graph.assets.values()])
    await shop.idle()


class SlowTruth:
    """What is stale, found out from files and runs alone, the slow way."""

    def __init__(self, shop: OpenWorkspace) -> None:
        self.shop = shop
        self.built: dict[str, tuple[str, float, float, str]] = {}
        """Each asset's text when it was built, when that began and ended, and the run."""

    def text(self, key: str) -> str:
        return (self.shop.root / self.shop.state.graph.assets[key].path).read_text()

    def note_run(self, run_id: str) -> None:
        run = self.shop.workspace.queries.run(run_id)
        assert run is not None
        for key, node in run.nodes.items():
            if node.status == "success" and key in self.shop.state.graph.assets:
                self.built[key] = self.text(key), node.started_at, node.finished_at, run_id

    def above(self, key: str) -> set[str]:
        """What an asset reads: ephemeral models are looked through."""
        found: set[str] = set()
        for upstream in self.shop.state.graph.upstream(key):
            asset = self.shop.state.graph.assets[upstream]
            if asset.materialized == "ephemeral":
                found |= self.above(upstream)
            elif asset.resource_type != "source":
                found.add(upstream)
        return found

    def is_stale(self, key: str) -> bool:
        if key not in self.built or self.built[key][0] != self.text(key):
            return True
        _, began, _, run_id = self.built[key]
        for upstream in self.above(key):
            _, _, ended, by = self.built.get(upstream, ("", 0.0, float("inf"), ""))
            if (ended > began and by != run_id) or self.is_stale(upstream):
                return True
        return False

    def stale(self) -> set[str]:
        graph = self.shop.state.graph
        kinds = ("model", "seed", "snapshot")
        return {
            asset.name
            for key, asset in graph.assets.items()
            if asset.resource_type in kinds
            and asset.materialized != "ephemeral"
            and self.is_stale(key)
        }


async def test_after_any_edits_and_builds_the_statuses_are_the_slow_truth(
    shop: OpenWorkspace,
) -> None:
    chance = random.Random(5)
    truth = SlowTruth(shop)
    await build(shop)
    truth.note_run(shop.state.runs[0].run_id)
    graph = shop.state.graph
    models = [
        asset
        for asset in graph.assets.values()
        if asset.resource_type == "model"
        and asset.path.endswith(".sql")
        and asset.materialized != "ephemeral"
    ]
    before = {asset.path: truth.text(asset.unique_id) for asset in models}
    edited: list[str] = []
    for step in range(3):
        asset = chance.choice(models)
        file = shop.root / asset.path
        if edited and chance.random() < 0.3:
            path = edited.pop()
            (shop.root / path).write_text(before[path])  # the edit is undone
        else:
            file.write_text(f"{file.read_text()}\n-- edit {step}\n")
            edited.append(asset.path)
        await parsed(shop)
        assert outdated(shop) == truth.stale(), (step, asset.name)
        chosen = [one.unique_id for one in chance.sample(models, 2)]
        scope = chance.choice([Scope.ONLY, Scope.UPSTREAM, Scope.DOWNSTREAM])
        shop.workspace.materialize(plan_build(graph, chosen, scope))
        await shop.idle()
        truth.note_run(shop.state.runs[0].run_id)
        assert outdated(shop) == truth.stale(), (step, asset.name)
    for path, text in before.items():
        (shop.root / path).write_text(text)
    await parsed(shop)
    assert outdated(shop) == truth.stale()
    await build(shop)
    assert outdated(shop) == set()


async def test_a_save_of_an_armed_asset_builds_it(shop: OpenWorkspace) -> None:
    await shop.is_built()
    key, before = shop.id_of("orders"), (shop.root / ORDERS).read_text()
    shop.workspace.arm([key], Mode.BUILD)
    runs = len(shop.state.runs)
    shop.edit(ORDERS, "select", "select /* armed */")
    await shop.until(lambda state: state.armed and state.armed[key].outcome == "built")
    await shop.idle()
    assert len(shop.state.runs) == runs + 1
    assert shop.state.runs[0].label == "orders (saved)"
    assert shop.status("orders") == "fresh"
    shop.workspace.arm([key], Mode.COMPILE)
    shop.edit(ORDERS, "select /* armed */", "select {{ exceptions.raise_compiler_error('no') "
              "if execute else '' }}")  # fmt: skip
    await shop.until(lambda state: state.armed[key].outcome not in ("", "compiled"))
    assert not shop.state.armed[key].is_good
    shop.workspace.arm([key], None)
    assert len(shop.state.runs) == runs + 1
    (shop.root / ORDERS).write_text(before)
    await parsed(shop)


async def test_the_freshness_of_sources_is_read_when_dbt_has_looked(shop: OpenWorkspace) -> None:
    key = shop.id_of("shop.payments") if "shop.payments" in {
        asset.name for asset in shop.state.graph.assets.values()
    } else next(k for k, a in shop.state.graph.assets.items() if a.freshness)  # fmt: skip
    assert shop.state.graph.assets[key].freshness
    done = await asyncio.to_thread(
        subprocess.run,
        [warm_python(), "-m", "dbt.cli.main", "source", "freshness"],
        cwd=shop.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    path = shop.root / "target" / "sources.json"
    assert path.exists(), done.stdout
    verdict = json.loads(path.read_text())["results"][0]["status"]
    await shop.until(lambda state: key in state.freshness)
    assert shop.state.freshness[key].verdict == verdict


async def test_freshness_is_asked_with_a_run_that_tells_each_source(shop: OpenWorkspace) -> None:
    await shop.is_built()
    plan = plan_freshness(shop.state.graph)
    run_id = shop.workspace.materialize(plan)
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    assert (run.kind, run.command) == (FRESHNESS, "dbt source freshness")
    results = json.loads((shop.root / "target" / "sources.json").read_text())["results"]
    assert {key: node.status for key, node in run.nodes.items()} == {
        one["unique_id"]: one["status"] for one in results
    }
    assert set(run.nodes) == set(plan.nodes)
    await shop.until(lambda state: set(plan.nodes) <= state.freshness.keys())
    late = [node for node in run.nodes.values() if node.status in ("warn", "error")]
    assert all("newest row was loaded" in node.message for node in late)


async def test_a_warning_has_its_kind_and_place_and_lasts_over_other_saves(
    shop: OpenWorkspace,
) -> None:
    before = {one.kind for one in shop.state.warnings}
    path = shop.root / "models" / "zz_extra.yml"
    path.write_text("models:\n  - name: nowhere_to_be_found\n    description: none\n")
    state = await shop.until(lambda state: {one.kind for one in state.warnings} - before)
    (told,) = [one for one in state.warnings if one.kind not in before]
    assert (told.path, told.line) == ("models/zz_extra.yml", 2)
    assert "nowhere_to_be_found" in told.message
    parsed_before = len(shop.state.commands)
    shop.edit(ORDERS, "select", "select ")
    await shop.until(lambda _: len(shop.state.commands) > parsed_before)
    await shop.idle()
    assert told in shop.state.warnings
    path.unlink()
    await shop.until(lambda state: told not in state.warnings)
    shop.edit(ORDERS, "select ", "select")
    await parsed(shop)


async def test_what_the_engine_does_is_told_as_dbt_commands(shop: OpenWorkspace) -> None:
    await shop.workspace.queries.preview(shop.id_of("raw_orders"), limit=3)
    with pytest.raises(EngineError):
        await shop.workspace.queries.preview(shop.id_of("raw_orders"), where="no_such_column = 1")
    issued = shop.state.commands
    good, bad = [one for one in issued if "raw_orders" in one.line][-2:]
    assert (good.line, good.outcome) == ("dbt show --select raw_orders --limit 3", "success")
    assert "no_such_column" in bad.outcome
    assert bad.duration > 0
    told = all_commands(issued, shop.state.runs, shop.state.queue, time.time())
    lines = [one.line for one in told]
    assert {"dbt parse", "dbt source freshness"} <= set(lines)
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
    assert "running" not in {one.outcome for one in told}


async def test_another_target_has_its_own_history(shop: OpenWorkspace) -> None:
    await shop.is_built()
    assert shop.status("stg_orders") == "fresh"
    left = shop.state.graph
    shop.workspace.rework(target="prod")
    assert shop.status("stg_orders") == "never materialized"
    await shop.idle()
    assert shop.state.engine is not None
    assert shop.state.engine.target == "prod"
    await build(shop, "raw_orders")
    assert shop.state.runs[0].target == "prod"
    assert "--target prod" in shop.state.runs[0].command
    assert shop.status("raw_orders") == "fresh"
    shop.workspace.rework(target="dev")
    assert shop.state.graph is left  # its fingerprints are those of this target
    assert shop.status("stg_orders") == "fresh"
    await shop.idle()
    assert shop.status("stg_orders") == "fresh"
