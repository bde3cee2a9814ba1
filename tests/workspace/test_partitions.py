"""Partitions with dbt, on one warm engine: an incremental model whose run gets the dates of its
partitions as variables.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import duckdb
import pytest
import pytest_asyncio

from tests.definitions.written import write
from tests.projects.partitioned_shop import PROJECT
from tests.workspace.conftest import OpenWorkspace, open_workspace
from tui.cli.commands.materialize import of_partitions
from tui.errors import SelectionError
from tui.runs.partitioned import backfill, common_partitions, states_of
from tui.runs.plan import plan_build
from tui.runs.values import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIRST, SECOND, THIRD = "2026-01-01", "2026-01-02", "2026-01-03"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    root = tmp_path_factory.mktemp("partitioned")
    write(root, PROJECT)
    async with open_workspace(root) as opened:
        yield opened


def built_by(shop: OpenWorkspace) -> dict[str, str]:
    """Date → the invocation that wrote it."""
    with duckdb.connect(str(shop.root / "shop.duckdb"), read_only=True) as db:
        rows = db.execute("select order_date::varchar, built_by from main.orders").fetchall()
    return dict(rows)


async def makes(
    shop: OpenWorkspace, name: str, keys: Sequence[str], *, per_run: int | None = None
) -> list[Run]:
    """Backfill some partitions; the runs, the first one first."""
    graph = shop.state.graph
    plan = plan_build(graph, [shop.id_of(name)])
    ids = [shop.workspace.materialize(one) for one in backfill(plan, graph, keys, per_run=per_run)]
    await shop.idle()
    runs = [shop.workspace.queries.run(run_id) for run_id in ids]
    return [run for run in runs if run is not None]


def states(shop: OpenWorkspace, name: str) -> list[str]:
    state = shop.state
    found = states_of(
        state.graph, shop.id_of(name), state.history, state.statuses, state.runs, state.queue
    )
    return [one.value for one in found.states.values()]


async def test_partitions_of_an_incremental_model_are_made_and_made_again(
    shop: OpenWorkspace,
) -> None:
    graph = shop.state.graph
    plan = plan_build(graph, [shop.id_of("orders")])
    given = common_partitions(graph, plan.nodes)
    assert given is not None
    assert (list(given.keys()), given.per_run) == ([FIRST, SECOND, THIRD], None)
    with pytest.raises(SelectionError, match="orders has partitions: which of them"):
        of_partitions(plan, graph, "", "")
    shop.workspace.materialize(plan_build(graph, [shop.id_of("raw_orders")]))
    (first,) = await makes(shop, "orders", [FIRST])
    assert (first.status, first.partitions) == ("success", (FIRST,))
    assert states(shop, "orders") == ["materialized", "missing", "missing"]
    whole = built_by(shop)  # the first run of an incremental model builds all of it
    runs = await makes(shop, "orders", [SECOND, THIRD], per_run=1)
    assert [run.partitions for run in runs] == [(SECOND,), (THIRD,)]
    after = built_by(shop)
    assert after[FIRST] == whole[FIRST]
    assert len({*after.values(), *whole.values()}) == 3  # each run wrote its own day
    assert states(shop, "orders") == ["materialized"] * 3
    assert not shop.state.uncompilable  # its variables are known in a run only


async def test_other_code_makes_partitions_stale_until_they_are_made_again(
    shop: OpenWorkspace,
) -> None:
    before = built_by(shop)
    shop.edit("models/orders.sql", "select id,", "select id + 0 as id,")
    await shop.until(lambda _: states(shop, "orders") == ["stale"] * 3)
    (run,) = await makes(shop, "orders", [FIRST, SECOND])
    assert run.partitions == (FIRST, SECOND)
    assert states(shop, "orders") == ["materialized", "materialized", "stale"]
    assert (shop.status("orders"), shop.reasons("orders")) == ("stale", ["sql"])
    (reason,) = shop.state.statuses[shop.id_of("orders")].reasons
    assert reason.detail == f"SQL changed: partition {THIRD}"
    now = built_by(shop)
    assert now[THIRD] == before[THIRD]
    assert now[FIRST] == now[SECOND] != before[FIRST]
    again = shop.workspace.queries.run(run.run_id)
    assert again is not None
    assert again.command.endswith(f"--partition-range {FIRST}...{SECOND}")


async def test_what_starts_by_itself_makes_the_latest_partition(shop: OpenWorkspace) -> None:
    plan = plan_build(shop.state.graph, [shop.id_of("report")])
    run_id = shop.workspace.materialize(plan)
    await shop.idle()
    run = shop.workspace.queries.run(run_id)
    assert run is not None
    assert (run.status, run.partitions) == ("failed", ("us",))
    assert states(shop, "report") == ["missing", "failed"]
