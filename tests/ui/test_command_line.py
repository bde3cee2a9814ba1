"""Commands that are typed, and the tree seen from near and in other orders."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.user import User, opened
from tui.tree import Sort, View
from tui.ui.commands.command_line import NoOrder, Order, among, complete_order, offered, read_order

COMMANDS = offered(("assets", "tree"))


@pytest.mark.parametrize(
    ("text", "id_", "argument"),
    [
        ("target prod", "target", "prod"),
        ("  sel +orders tag:x ", "select", "+orders tag:x"),
        ("stale", "materialize-stale", ""),
        ("runs", "show-runs", ""),
        ("full-refresh", "full-refresh", ""),
        ("vars", "vars", ""),
    ],
)
def test_a_line_is_a_command_and_its_argument(text: str, id_: str, argument: str) -> None:
    order = read_order(text, COMMANDS)
    assert isinstance(order, Order)
    assert (order.command.id, order.argument) == (id_, argument)


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("nonsense x", "unknown command `nonsense`", 0),
        (" mater", "may be materialize", 1),
        ("stale x", "takes no argument", 6),
        ("save", "needs NAME", 5),
    ],
)
def test_what_is_no_command_says_where(text: str, words: str, column: int) -> None:
    found = read_order(text, COMMANDS)
    assert isinstance(found, NoOrder)
    assert words in found.message
    assert found.column == column


def test_names_and_then_values_are_completed() -> None:
    def values(_command, typed):
        return among(typed, ["dev", "prod"], "target")

    assert complete_order("tar", COMMANDS, values)[0].text == "target "
    assert [(c.text, c.start) for c in complete_order("target ", COMMANDS, values)] == [
        ("dev", 7), ("prod", 7),
    ]  # fmt: skip
    assert [c.text for c in complete_order("target pr", COMMANDS, values)] == ["prod"]
    assert complete_order("stale ", COMMANDS, values) == []


async def orders(user: User, text: str) -> None:
    """Type a command and press enter."""
    await user.presses("colon")
    await user.types(text)
    await user.presses("enter")
    await user.pilot.pause()


PROFILES = "shop:\n  outputs:\n    dev: {type: duckdb}\n    prod: {type: duckdb}\n"


async def test_a_target_is_chosen_by_name_with_completion(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text(PROFILES)
    shop = sample.shop(tmp_path)
    shop = replace(shop, project=replace(shop.project, profile="shop"))
    async with opened(tmp_path, shop) as user:
        await user.presses("colon")
        await user.types("tar")
        await user.sees("target", "NAME · switch to another target")
        await user.presses("tab")
        await user.sees("dev  target", "prod  target")
        await user.types("pr")
        await user.presses("tab", "enter")
        assert user.workspace.state.target == "prod"
        await orders(user, "target nowhere")
        await user.sees("unknown target nowhere; known targets: dev, prod")
        await orders(user, "threads 8")
        assert user.workspace.state.project.threads == 8
        await orders(user, "vars {day: 1}")
        assert user.workspace.state.project.vars == "{day: 1}"
        await orders(user, "vars [")
        await user.sees("write vars as YAML")


async def test_commands_are_typed_by_the_beginning_of_their_names(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await orders(user, "sel stg_orders")
        await user.waits_for(lambda: user.tree.marks == {"model.shop.stg_orders"})
        await orders(user, "save one")
        assert "stg_orders" in (tmp_path / "selectors.yml").read_text()
        await orders(user, "materialize")
        assert user.workspace.plans[0].label == "stg_orders"
        await orders(user, "mark-visible")
        assert len(user.tree.marks) > 10
        await orders(user, "stale")
        assert user.workspace.plans[1].label == "stale (3)"
        await orders(user, "run b77")
        await user.waits_for(lambda: "Errors" in user.screen)
        await orders(user, "assets")
        assert user.tree.has_focus


async def test_a_wrong_command_stays_with_its_error(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await orders(user, "xyzzy")
        await user.sees("unknown command `xyzzy`", "^^^^^")
        await user.presses("escape")
        await user.misses("xyzzy")


async def test_the_palette_has_every_command_and_asks_for_what_is_missing(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("ctrl+p")
        await user.types("save sel")
        await user.waits_for(lambda: "named selector" in user.screen)
        await user.presses("enter")
        await user.waits_for(lambda: ": save" in user.screen)


async def test_focus_shows_what_is_near_and_plus_shows_more(tmp_path: Path) -> None:
    def names(user: User) -> set[str]:
        tree = user.tree.asset_tree
        return {row.label for row in tree.rows() if not row.is_context}

    async with opened(tmp_path) as user:
        await user.highlights("stg_orders")
        await user.presses("F")
        assert names(user) == {"raw_orders", "stg_orders", "orders"}
        await user.sees("1 step around stg_orders")
        await user.presses("plus")
        assert names(user) >= {"daily_sales", "customers"}
        await user.presses("minus", "minus")
        assert names(user) == {"raw_orders", "stg_orders", "orders"}
        graph = sample.graph_of(sample.SHOP + "\nstg_orders -> late_orders", sample.CHECKS)
        await user.learns(graph=graph)
        assert "late_orders" in names(user)
        await user.presses("escape")
        assert not user.tree.limit
        assert "raw_supplies" in names(user)


async def test_with_two_marked_only_the_way_between_them_is_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        for name in ("customers", "stg_orders"):
            await user.highlights(name)
            await user.presses("space")
        await user.presses("F")
        tree = user.tree.asset_tree
        shown = {row.label for row in tree.rows() if not row.is_context}
        assert shown == {"stg_orders", "orders", "customers"}
        await user.sees("between stg_orders and customers")


async def test_views_cycle_by_what_the_project_has_and_are_remembered(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        seen = []
        for _ in range(6):
            await user.presses("v")
            seen.append(user.tree.asset_tree.view)
        assert seen == [View.FOLDERS, View.TAG, View.MATERIALIZATION, View.SCHEMA, View.STATUS,
                        View.LINEAGE]  # fmt: skip
        await orders(user, "view status")
        await user.presses("O", "O")
        await user.sees("Assets · status by age")
        await orders(user, "sort duration")
        user.app.exit()
    async with opened(tmp_path) as user:
        assert user.tree.asset_tree.view is View.STATUS
        assert user.tree.asset_tree.sort is Sort.DURATION


async def test_a_view_by_status_follows_the_statuses(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await orders(user, "view status")
        statuses = dict(user.workspace.state.statuses)
        fresh = statuses["model.shop.stg_orders"]
        assert "status:failed/" in [row.key for row in user.tree.asset_tree.rows()]
        statuses["model.shop.orders"] = fresh
        await user.learns(statuses=statuses)
        await user.waits_for(
            lambda: all(row.key != "status:failed/" for row in user.tree.asset_tree.rows())
        )
