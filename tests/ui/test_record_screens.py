"""Two runs side by side, the commands that were issued, and dbt's warnings, on the screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.test_screen_snapshots import doing
from tests.ui.test_snapshots import _utc
from tests.ui.user import opened
from tui.graph import Materialization
from tui.protocol import messages
from tui.protocol.records import DbtWarning, Fingerprint
from tui.runs.values import NodeRun, Run
from tui.ui.app import DbtreeApp
from tui.ui.theme.glyphs import UNICODE
from tui.workspace.command_log import CommandLog
from tui.workspace.state import WorkspaceState

__all__ = ["_utc"]

NOW = sample.NOW
NAMES = ("stg_orders", "orders", "daily_sales", "customers")
CODE = {
    "old": "select\n    order_id,\n    sum(amount) as amount\n"
    "from {{ ref('stg_orders') }}\ngroup by 1",
    "new": "select\n    order_id,\n    sum(amount) as amount,\n    [bold]now()[/] as at\n"
    "from {{ ref('stg_orders') }}\ngroup by 1",
}
BROKEN = 'Binder Error: Referenced column "amount_usd" not found\nLINE 3: sum(amount_usd)'


def key(name: str) -> str:
    return f"model.shop.{name}"


def ran(name: str, status: str, at: float, took: float, message: str = "") -> NodeRun:
    return NodeRun(key(name), status, at, at + took, took, message)


def made(name: str, rows: int, sql: str = "old", config: str = "view") -> Materialization:
    parts = Fingerprint(sql, sql, f'{{"materialized":"{config}","relation":"main.{name}"}}')
    return Materialization(key(name), "dev", "", "success", 0, 0, 0, row_count=rows,
                           fingerprint=parts)  # fmt: skip


def compared(state: WorkspaceState) -> WorkspaceState:
    """The shop after two runs of everything, the later of which failed."""
    then, now = NOW - 3600, NOW - 60
    good = Run(
        "a3f1", "success", "dbt build", label="all", target="dev", started_at=then,
        finished_at=then + 9, git_commit="9fd32a1c", nodes={
            key(name): ran(name, "success", then, took)
            for name, took in zip(NAMES, (0.4, 0.5, 2.0, 0.3), strict=True)
        },
    )  # fmt: skip
    bad = Run(
        "b77c", "failed", "dbt build", label="all", target="dev", started_at=now,
        finished_at=now + 14, git_commit="77aa01f2", nodes={
            key("stg_orders"): ran("stg_orders", "success", now, 3.2),
            key("orders"): ran("orders", "success", now + 1, 0.5),
            key("daily_sales"): ran("daily_sales", "error", now + 2, 0.2, BROKEN),
            key("monthly_revenue"): ran("monthly_revenue", "success", now + 2, 0.2),
        },
    )  # fmt: skip
    return replace(state, runs=(bad, good))


def recorded(workspace: StillWorkspace) -> None:
    """What the two runs were built from."""
    workspace.publish(compared(workspace.state))
    workspace.code = CODE
    workspace.trends = {key("stg_orders"): [0.4, 0.5, 0.4, 0.6, 0.4]}
    workspace.recorded = {
        "a3f1": {key("orders"): made("orders", 1200), key("stg_orders"): made("stg_orders", 900)},
        "b77c": {
            key("orders"): made("orders", 1310, "new", "table"),
            key("stg_orders"): made("stg_orders", 900),
        },
    }


async def test_a_run_is_compared_with_the_good_one_before_it(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(130, 60), prepare=recorded) as user:
        await user.presses("2", "equals_sign")
        await user.sees("1 failed · 1 new · 1 gone · 1 rows · 1 code · 1 config · 1 slower")
        await user.sees("Said now", "amount_usd", "runs ▸ compare")
        lines = [line for line in user.lines if "daily_sales" in line]
        assert "failed" in lines[0]
        await user.misses("Configuration")
        await user.presses("j", "j", "j")
        await user.sees("+    [bold]now()[/] as at", "Configuration", "- view", "+ table")
        await user.sees("1.2k → 1.3k", "+110")
        await user.presses("G")
        await user.sees("0.40s → 3.20s (8.0x)", "0.40s is usual (5 earlier runs)")
        await user.presses("y")
        await user.sees("what differs copied")
        assert "stg_orders" in user.app.clipboard
        await user.presses("tab", "escape", "escape")
        await user.sees("Runs · 2 runs")


async def test_a_run_that_goes_on_is_compared_again_when_it_has_ended(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=recorded) as user:
        bad, good = user.workspace.state.runs
        nodes = {key("orders"): NodeRun(key("orders"), "running", NOW)}
        active = replace(bad, status="running", finished_at=0.0, nodes=nodes)
        await user.learns(runs=(active, good))
        await user.presses("2", "equals_sign")
        await user.sees("running", "3 gone")
        await user.learns(runs=(bad, good))
        await user.sees("1 failed · 1 new · 1 gone")


async def test_marked_runs_are_compared_whichever_is_the_earlier(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=recorded) as user:
        await user.presses("2", "space", "space")
        assert [line.count("●") for line in user.lines if "dbt build" in line] == [1, 1]
        await user.presses("equals_sign")
        await user.sees("then", "a3f1", "1 failed")
        await user.presses("escape", "space", "equals_sign")
        await user.sees("1 failed")


async def test_without_a_run_to_compare_with_that_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("2", "equals_sign")
        await user.sees("No earlier run of the same selection as b77c went well.", "Mark two runs")
        await user.presses("escape")
        await user.sees("Runs · 2 runs")


@pytest.mark.parametrize("size", [(80, 24), (130, 40), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_how_a_comparison_looks(size: tuple[int, int], snap_compare: Any, tmp_path: Path) -> None:
    state = compared(sample.shop(tmp_path))
    workspace = StillWorkspace(state, tmp_path / "runs")
    state.project.state_dir.mkdir(parents=True, exist_ok=True)
    recorded(workspace)
    app = DbtreeApp(workspace, clock=lambda: NOW, glyphs=UNICODE)
    steps = doing("2", "equals_sign", "j", "j", "j")
    assert snap_compare(app, terminal_size=size, run_before=steps)


async def test_the_commands_that_were_issued_are_listed_with_their_outcome(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        log = CommandLog(lambda issued: user.workspace.publish(commands=issued), lambda: 0.0)
        parse = log.begin("dbt parse")
        log.end(parse)
        log.end(log.begin("dbt show --select orders --limit 100"), "no such table")
        await user.presses("at")
        await user.sees("dbt commands · 4 commands", "dbt build --select stg_orders+", "dbt parse")
        shown = next(line for line in user.lines if "dbt show --select orders" in line)
        assert "failed" in shown
        assert "✗" in shown
        await user.presses("enter")
        await user.sees("Run b77c")
        await user.presses("escape", "G", "enter")
        await user.sees("the engine did this without a run", "no such table")
        await user.presses("y")
        await user.sees("dbt command copied")
        assert user.app.clipboard == "dbt show --select orders --limit 100"
        log.begin("dbt compile --select orders")
        await user.sees("5 commands", "running")
        await user.presses("at", "escape")
        await user.sees("Assets · lineage")


async def test_warnings_are_grouped_by_kind_and_counted_in_the_header(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    async with opened(tmp_path, size=(200, 40)) as user:
        await user.misses("warning")
        custom = [
            DbtWarning("CustomKeyInObjectDeprecation", f"Custom key `[b]{name}[/]` found",
                       f"models/{name}.yml", 3)
            for name in "ab"
        ]  # fmt: skip
        ran_into = DbtWarning("Note", "macro is old", unique_id="model.shop.orders")
        await user.learns(warnings=tuple(custom), run_warnings=(ran_into,))
        await user.sees("3 warnings")
        await user.presses("W")
        await user.sees("Warnings · 3 of 2 kinds", "Custom key in object  2  deprecated")
        await user.sees("models/a.yml:3", "Custom key `[b]a[/]` found", "Note  1")
        await user.presses("j", "j", "e")
        await user.sees("models/b.yml does not exist")
        await user.presses("y")
        assert user.app.clipboard == "models/b.yml:3: Custom key `[b]b[/]` found"
        await user.learns(warnings=(), run_warnings=())
        await user.sees("dbt warns of nothing.")
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_freshness_is_asked_of_all_sources_or_said_to_be_undeclared(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("R")
        graph = user.workspace.state.graph
        declared = [one for one in graph.assets.values() if one.freshness]
        if not declared:
            await user.sees("No source of this project declares `freshness`.")
        source = next(one for one in graph.assets.values() if one.resource_type == "source")
        told = source._replace(freshness='{"warn_after":{"count":1,"period":"day"}}')
        await user.learns(graph=graph.apply(changes_of(told)))
        await user.presses("R")
        await user.waits_for(lambda: bool(user.workspace.plans))
        (plan,) = user.workspace.plans
        assert (plan.command, plan.nodes) == (messages.FRESHNESS, (source.unique_id,))


def changes_of(asset: Any) -> Any:
    from tui.graph import GraphChanges

    return GraphChanges(assets=(asset,))
