"""A query on an asset, as its user meets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, stock
from tests.ui.test_column_lineage import traced
from tests.ui.user import User, opened
from tui.errors import EngineError
from tui.protocol.messages import Previewed
from tui.ui.query_history import PastQuery, load_queries, save_queries, with_query
from tui.ui.screens.query import QueryScreen
from tui.ui.widgets.query_editor import QueryEditor
from tui.ui.widgets.rows_table import RowsTable

FIRST = "select *\nfrom {{ ref('orders') }}\nlimit 100"
COMPILED = "select *\nfrom shop.main.orders\nlimit 100"
STEPS = """\
with big as (
    select * from {{ ref('orders') }}
),
small as (
    select * from big
)
select * from small"""
ROWS = Previewed(
    0, ORDERS, ["id", "note"], ["INTEGER", "VARCHAR"], [["1", "[red]x[/]"], ["2", None]]
)


def prepared(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.compiled_queries[FIRST] = COMPILED
    workspace.answers[COMPILED] = ROWS


async def opens_query(user: User) -> QueryEditor:
    """Press Q on orders; the editor."""
    await user.highlights("orders")
    await user.presses("Q")
    await user.waits_for(lambda: isinstance(user.app.focused, QueryEditor))
    editor = user.app.focused
    assert isinstance(editor, QueryEditor)
    return editor


async def test_q_asks_for_the_rows_of_the_asset_and_shows_them(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        editor = await opens_query(user)
        assert editor.text == FIRST
        await user.presses("ctrl+r")
        await user.sees("2 rows", "2 columns", "[red]x[/]", "null")
        await user.presses("tab", "y")
        assert isinstance(user.app.focused, RowsTable)
        assert user.app.clipboard == "id,note\n1,[red]x[/]\n2,\n"
        await user.presses("E", *"orders.parquet", "enter")
        await user.waits_for(lambda: bool(user.workspace.exports))
        assert user.workspace.exports == [(ORDERS, tmp_path / "orders.parquet", COMPILED, "")]
        await user.presses("escape", "escape")
        await user.sees("Assets · lineage")
        await opens_query(user)
        await user.presses("ctrl+o")
        await user.waits_for(lambda: len(user.workspace.queried) == 2)
        assert user.workspace.queried == [COMPILED, f"explain {COMPILED}"]


async def test_what_is_wrong_is_told_with_its_line_marked(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        editor = await opens_query(user)
        user.workspace.compiled_queries[FIRST] = EngineError("No model is named `x`.", line=2)
        await user.presses("ctrl+r")
        await user.sees("line 2: No model is named `x`.")
        assert editor.wrong_line == 2
        editor.put("select 1,\n  nope")
        user.workspace.answers["select 1,\n  nope"] = EngineError(
            "Binder Error: nope\nLINE 3:   nope\n [red]x[/]", line=2
        )
        await user.presses("f5")
        await user.sees("Binder Error: nope", "line 2:   nope", "[red]x[/]")
        assert editor.wrong_line == 2
        await user.presses("x")
        assert editor.wrong_line == 0
        editor.put("delete from orders")
        await user.presses("f5")
        await user.sees("`delete` writes or changes something")
        assert len(user.workspace.queried) == 1


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_a_query_that_runs_is_stopped(tmp_path: Path, key: str) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        await opens_query(user)
        user.workspace.answers[COMPILED] = asyncio.Event()
        await user.presses("ctrl+r")
        await user.sees("esc stops")
        await user.presses(key)
        await user.sees("It was stopped.")
        assert user.workspace.stops == [ORDERS]
        assert isinstance(user.app.screen, QueryScreen)


async def test_the_keys_of_the_editor_are_letters_and_names_are_completed(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=traced) as user:
        editor = await opens_query(user)
        editor.put("", at_end=True)
        await user.presses(*"q1 jk ")
        assert editor.text == "q1 jk "
        editor.put("from {{ ref('", at_end=True)
        await user.presses(*"orde")
        await user.sees("raw_orders') }}")
        await user.presses("tab")
        assert editor.text == "from {{ ref('orders') }}"
        editor.put("select  from {{ ref('orders') }} o")
        editor.move_cursor((0, 7))
        await user.presses("o", "full_stop")
        await user.waits_for(lambda: editor.is_offering)
        await user.presses("down", "enter")
        assert editor.text == "select o.order_id from {{ ref('orders') }} o"
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_alt_z_undoes_where_the_terminal_sends_its_letter_too(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        editor = await opens_query(user)
        await user.presses("x")
        assert editor.text == f"{FIRST}x"
        user.app.post_message(events.Key("alt+z", "z"))
        await user.waits_for(lambda: editor.text == FIRST)


async def test_the_steps_of_a_query_are_walked(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        editor = await opens_query(user)
        editor.put(STEPS, line=2)
        compiled = STEPS.replace("{{ ref('orders') }}", "shop.main.orders")
        user.workspace.compiled_queries[STEPS] = compiled
        big = compiled[: compiled.index(",\nsmall")] + "\nselect * from big"
        small = compiled[: compiled.index("\nselect * from small")] + "\nselect * from small"
        user.workspace.answers |= {big: ROWS, small: ROWS, compiled: ROWS}
        await user.presses("ctrl+g")
        await user.sees("CTE 1 of 2 · big", "big · 1 of 3")
        await user.presses("f4")
        await user.sees("CTE 2 of 2 · small", "small · 2 of 3")
        await user.presses("f4")
        await user.sees("all of the query", "the last select · 3 of 3")
        assert user.workspace.queried == [big, small, compiled]
        await user.presses("f3")
        await user.sees("CTE 2 of 2 · small")


async def test_queries_of_the_past_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 35), prepare=prepared) as user:
        editor = await opens_query(user)
        await user.presses("ctrl+r")
        await user.sees("2 rows")
        editor.put("select 2", at_end=True)
        await user.presses("ctrl+r", "escape")
        editor = await opens_query(user)
        assert editor.text == "select 2"
        await user.presses("ctrl+up", "ctrl+up")
        assert editor.text == FIRST
        await user.presses("ctrl+up")
        await user.sees("There is no older query.")
        await user.presses("ctrl+down", "ctrl+down")
        assert editor.text == "select 2"


def test_a_query_is_remembered_once_and_a_broken_file_is_no_history(tmp_path: Path) -> None:
    past = with_query((), PastQuery("a", "select 1", 1.0))
    past = with_query(past, PastQuery("a", "select 2", 2.0))
    past = with_query(past, PastQuery("a", "select 1", 3.0))
    assert [one.text for one in past] == ["select 2", "select 1"]
    assert with_query(past, PastQuery("a", " \n", 4.0)) == past
    save_queries(past, tmp_path)
    assert load_queries(tmp_path) == past
    assert (tmp_path / "queries.json").stat().st_mode & 0o077 == 0
    for broken in ("{", "[1, [2]]", '[["a", "b"]]'):
        (tmp_path / "queries.json").write_text(broken)
        assert load_queries(tmp_path) == ()
