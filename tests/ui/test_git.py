"""What git says of the assets, in the tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui.still import StillWorkspace
from tests.ui.user import User, opened
from tui.git.values import AssetChange, GitState
from tui.graph import GraphChanges
from tui.protocol.records import Compiled
from tui.ui.panels.details import add_git
from tui.ui.panels.sheet import Sheet
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.theme.glyphs import UNICODE

ORDERS, STAGING = "model.shop.orders", "model.shop.stg_orders"
CHANGED = {
    ORDERS: AssetChange("R", before="models/marts/sales.sql"),
    STAGING: AssetChange("M", is_committed=True, because="the macro cents"),
    "test.shop.unique_sku_products": AssetChange("A"),
}


def on_a_branch(workspace: StillWorkspace) -> None:
    git = GitState("feature", "abc1234", "origin/main")
    workspace.state = replace(workspace.state, git=git, changed=CHANGED)


async def test_an_asset_says_how_the_branch_changes_it(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=on_a_branch, size=(130, 70)) as user:
        assert "orders R" in user.row("orders")
        assert "stg_orders M" in user.row("stg_orders")
        state = user.workspace.state
    words = {}
    for key in (ORDERS, STAGING):
        sheet = Sheet(80)
        add_git(sheet, state.graph.assets[key], state, UNICODE)
        words[key] = " ".join(sheet.content().plain.split())
    assert words == {
        ORDERS: "Git → renamed from models/marts/sales.sql · not committed",
        STAGING: "Git ± modified by the macro cents · on feature",
    }


async def test_one_key_shows_only_what_the_branch_touches(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=on_a_branch) as user:
        await user.presses("B")
        await user.sees("what feature touches", "3 changed since origin/main, 2 of them not")
        await user.sees("daily_sales", "stg_orders")
        await user.misses("stg_supplies", "raw_customers")
        user.workspace.publish(changed={})
        await user.waits_for(lambda: "raw_customers" in user.screen)
        user.workspace.publish(changed=CHANGED)
        await user.presses("B", "escape")
        await user.sees("raw_customers")


def git_shown(user: User) -> GitState | None:
    """What the screen knows of git."""
    assert isinstance(user.app.screen, WorkspaceScreen)
    return user.app.screen.current.git


def is_a_repository(user: User) -> bool:
    git = git_shown(user)
    return git is not None and git.is_repository


async def test_without_changes_or_git_that_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("B")
        await user.sees("git is being asked")
        user.workspace.publish(git=GitState(is_repository=False))
        await user.waits_for(lambda: git_shown(user) is not None)
        await user.presses("B")
        await user.sees("the project is in no git repository")
        user.workspace.publish(git=GitState("feature", "abc1234", "main"))
        await user.waits_for(lambda: is_a_repository(user))
        await user.presses("B")
        await user.sees("feature changes no asset")


async def test_what_the_branch_changes_can_be_selected(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=on_a_branch) as user:
        user.workspace.branches["release"] = frozenset({STAGING})
        await user.presses("s")
        await user.types("status:changed")
        await user.waits_for(lambda: "3 assets" in user.screen or "2 assets" in user.screen)
        await user.presses("escape", "s")
        await user.types("git:release")
        await user.waits_for(lambda: "1 asset ·" in user.screen)
        await user.presses("escape", "s")
        await user.types("git:nope")
        await user.waits_for(lambda: "git knows no branch or commit nope" in user.screen)


async def test_what_does_not_compile_says_so_in_the_tree_and_where(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        wrong = Compiled("", "", "'nope' is undefined", "models/marts/orders.sql", 7)
        graph = user.workspace.state.graph.apply(GraphChanges(compiled={ORDERS: wrong}))
        user.workspace.publish(graph=graph)
        await user.waits_for(lambda: "✗ compile" in user.row("orders"))
        await user.highlights("orders")
        await user.waits_for(lambda: "models/marts/orders.sql:7" in user.screen)
        await user.sees("does not compile", "'nope' is undefined", "1 does not compile")
