"""The Data tab: what is typed, what is asked, and what is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Static

from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, goes_to, page_of, stock
from tests.ui.user import User
from tui.errors import EngineError
from tui.protocol.messages import Previewed
from tui.ui.asset_page.export_file import named_place
from tui.ui.widgets.rows_table import RowsTable


def line(user: User, name: str) -> Input:
    return user.app.screen.query_one(f"#{name}", Input)


def value(user: User) -> str:
    return str(user.app.screen.query_one("#value", Static).content)


async def test_rows_that_arrive_leave_the_keys_to_who_types(tmp_path: Path) -> None:
    arrive = asyncio.Event()

    def prepare(workspace: StillWorkspace) -> None:
        stock(workspace)
        preview = workspace.queries.preview

        async def slow_preview(unique_id: str, **more: Any) -> Previewed:
            await arrive.wait()
            return await preview(unique_id, **more)

        workspace.preview = slow_preview  # type: ignore[method-assign]

    async with page_of(tmp_path, prepare=prepare) as user:
        await goes_to(user, "data", "reading")
        await user.sees("reading · ")
        await user.presses("slash", *"tot")
        arrive.set()
        await user.sees("1007")
        await user.presses(*"al m")
        assert line(user, "where").value == "total m"
        assert user.app.focused is line(user, "where")


async def test_what_is_typed_counts_from_enter_on(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        await user.presses("slash", *"total > 9", "enter")
        await user.sees("where total > 9")
        await user.presses("slash", *"9", "tab", *"tot", "escape")
        assert [line(user, name).value for name in ("where", "order-by")] == ["total > 9", ""]
        assert isinstance(user.app.focused, RowsTable)
        await user.presses("s", *"nope", "escape", "E", "enter")
        await user.waits_for(lambda: bool(user.workspace.exports))
        assert user.workspace.exports == [(ORDERS, tmp_path / "orders.csv", "total > 9", "")]


async def test_the_rows_are_reached_with_tab_and_the_lines_say_what_was_asked(
    tmp_path: Path,
) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        await user.presses("s", *"total", "tab")
        assert isinstance(user.app.focused, RowsTable)
        await user.waits_for(lambda: line(user, "order-by").value == "")
        assert len(user.workspace.previews) == 1


async def test_a_file_that_is_there_is_overwritten_when_asked_twice(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        (tmp_path / "orders.csv").write_text("mine", encoding="utf-8")
        await goes_to(user, "data", "1007")
        await user.presses("E", "enter")
        await user.sees("orders.csv already exists; press enter again to overwrite it")
        await user.presses("escape", "E", "enter")
        assert user.app.focused is line(user, "export")
        assert user.workspace.exports == []
        await user.presses("enter")
        await user.waits_for(lambda: bool(user.workspace.exports))
        assert user.workspace.exports == [(ORDERS, tmp_path / "orders.csv", "", "")]


async def test_other_rows_are_shown_from_the_first(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        await goes_to(user, "data", "1007")
        table = user.app.screen.query_one("#rows-table", RowsTable)
        await user.waits_for(lambda: user.app.focused is table)
        await user.presses("down", "down", "right")
        await user.waits_for(lambda: value(user) == "total  14.50")
        await user.presses("s", *"total", "enter")
        await user.sees("order by total")
        assert table.cursor_coordinate == (0, 1)
        await user.waits_for(lambda: value(user) == "total  0.50")
        await user.presses("down", "ctrl+r")
        await user.waits_for(lambda: len(user.workspace.previews) == 3)
        await user.waits_for(lambda: value(user) == "total  7.50")
        assert table.cursor_coordinate == (1, 1)


async def test_the_value_goes_with_its_row(tmp_path: Path) -> None:
    async with page_of(tmp_path) as user:
        user.workspace.rows[ORDERS] = Previewed(
            0, ORDERS, ["a"], ["VARCHAR"], [["x\ty\x1b[31m\nz"]]
        )
        await goes_to(user, "data", "x␉y␛[31m⏎z")
        await user.waits_for(lambda: value(user) == "a  x␉y␛[31m⏎z")
        user.workspace.rows[ORDERS] = EngineError("no column nope")
        await user.presses("slash", *"nope", "enter")
        await user.sees("no column nope")
        assert value(user) == ""
        user.workspace.rows[ORDERS] = Previewed(0, ORDERS, ["a"], ["VARCHAR"], [])
        await user.presses("slash", "space", "enter")
        await user.sees("0 rows")
        assert value(user) == ""


def test_a_file_is_written_in_the_place_that_was_named(tmp_path: Path) -> None:
    root, outside = tmp_path / "shop", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "inner").mkdir()
    (root / "out").symlink_to(outside)
    (root / "link.csv").symlink_to(outside / "precious")
    assert named_place(root, "inner/a.csv") == root / "inner" / "a.csv"
    assert named_place(root, "../outside/a.csv") == outside / "a.csv"
    assert named_place(root, str(outside / "a.csv")) == outside / "a.csv"
    assert named_place(root, "link.csv") == root / "link.csv"
    with pytest.raises(OSError, match="out points outside the project, to"):
        named_place(root, "out/a.csv")
