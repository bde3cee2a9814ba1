"""The sheet of a rename and the form of a new asset, and what their keys do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, _utc, stock
from tests.ui.user import User, dark_app, opened
from tui.refactoring.edits import Change, FileEdit, Place
from tui.refactoring.new_asset import COLUMN, MODEL, SINGULAR, SNAPSHOT, Draft, Surroundings
from tui.refactoring.new_sql import Origin
from tui.ui.app import DbtreeApp
from tui.ui.panels.change_lines import diff_lines, head_lines
from tui.ui.screens.change import ChangeScreen
from tui.ui.screens.new_asset import NewAssetScreen
from tui.ui.theme.glyphs import UNICODE

__all__ = ["_utc"]

RENAME = Change(
    "rename orders to sales",
    [
        FileEdit("models/orders.sql", moved_to="models/sales.sql"),
        FileEdit(
            "models/late.sql",
            "with orders as (\n\n    select * from {{ ref('orders') }}\n\n)\n",
            "with orders as (\n\n    select * from {{ ref('sales') }}\n\n)\n",
        ),
    ],
    notes=["To dbt sales is a new asset: it has no history, and is not built yet."],
    places=[Place("macros/all.sql", 7, "the name in quotes", "{% set all = ['[orders]'] %}")],
    unique_id=ORDERS,
)
AROUND = Surroundings(
    package="shop",
    origin=Origin("ref('orders')", "orders", ["id", "total", "updated_at"]),
    name_problem=lambda name: (
        "A name is missing." if not name else f"{name} is taken." if name == "taken" else ""
    ),
    exists=lambda path: False,
    unique_id=ORDERS,
    described=("model", "orders"),
    adapter="duckdb",
    version=(1, 11),
    folders={MODEL: ["models"], SNAPSHOT: ["snapshots"], SINGULAR: ["tests"]},
    properties=("models/_orders.yml", "models:\n  - name: orders\n"),
    targets={"customers": "ref('customers')"},
)
DRAFT = Draft(folder="models/marts", unique_key="id", updated_at="updated_at", column="id")
DRAFTS = {
    MODEL: DRAFT,
    SNAPSHOT: replace(DRAFT, kind=SNAPSHOT, name="orders_snapshot", folder="snapshots"),
    SINGULAR: replace(DRAFT, kind=SINGULAR, folder="tests"),
    COLUMN: replace(DRAFT, kind=COLUMN),
}


def prepare(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.refactorings.renames[ORDERS, "sales"] = RENAME
    workspace.refactorings.around[ORDERS] = (AROUND, DRAFTS)


async def orders(user: User, line: str) -> None:
    """Put the cursor on orders, and type a line."""
    await user.highlights("orders")
    await user.presses("colon")
    await user.types(line)
    await user.presses("enter")


async def test_a_rename_is_shown_written_and_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await orders(user, "rename sales")
        await user.sees(
            "Rename orders to sales · 2 files, 1 renamed",
            "To dbt sales is a new asset",
            "macros/all.sql:7  the name in quotes: {% set all = ['[orders]'] %}",
            "rename models/orders.sql → models/sales.sql",
            "-    select * from {{ ref('orders') }}",
        )
        await user.presses("G", "enter")
        await user.waits_for(lambda: user.workspace.edits.written == [RENAME])
        await user.sees("rename orders to sales: 2 files are written · U takes it back")
        await user.presses("U")
        await user.sees("taken back: rename orders to sales")
        assert not user.workspace.edits.written
        await user.presses("U")
        await user.sees("nothing to take back: this window has written nothing")


async def test_the_line_begins_with_the_name_of_today(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("colon")
        await user.types("rename ")
        await user.sees("orders  its name now")
        await user.presses("tab")
        await user.types("_2")
        await user.sees("rename orders_2")
        await user.presses("escape")
        await user.presses("colon")
        await user.types("new s")
        await user.sees("snapshot  kind")


async def test_esc_renames_nothing_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await orders(user, "rename sales")
        await user.sees("enter writes it")
        await user.presses("escape")
        await user.misses("enter writes it")
        assert not user.workspace.edits.written
        await orders(user, "rename customers")
        await user.sees("customers is taken: model models/customers.sql.")


async def test_the_form_makes_a_model_as_it_is_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("C")
        await user.sees("reads ref('orders')", "models/marts/….sql")
        await user.misses("A name is missing.")
        await user.presses("enter")
        await user.sees("A name is missing.")
        assert isinstance(user.app.screen, NewAssetScreen)
        await user.types("taken")
        await user.sees("taken is taken.")
        await user.presses(*["backspace"] * 5)
        await user.types("big_orders")
        await user.sees("models/marts/big_orders.sql", "    updated_at")
        await user.misses("A name is missing.")
        await user.presses("tab", "tab", "right", "right")
        await user.sees("{{ config(materialized='table') }}")
        await user.presses("enter")
        await user.waits_for(lambda: len(user.workspace.edits.written) == 1)
        (change,) = user.workspace.edits.written
        assert change.edits[0].path == "models/marts/big_orders.sql"
        assert change.unique_id == "model.shop.big_orders"
        await user.sees("models/marts/big_orders.sql is written · U takes it back")


async def test_each_kind_has_its_fields_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("C")
        await user.sees("models/marts/….sql")
        await user.types("kept")
        await user.presses("up", "right")
        await user.sees("relation: ref('orders')", "strategy: timestamp")
        await user.presses("right")
        await user.sees("wrong rows", "where …")
        await user.misses("Say in SQL which rows are wrong", "A name is missing.")
        await user.presses("right")
        await user.sees("data_tests:", "+          - not_null")
        await user.presses("right")
        await user.sees("models/marts/kept.sql")
        field = user.app.screen.query_one("#field-name", Input)
        assert field.value == "kept"
        await user.presses("escape")
        await user.misses("models/marts/kept.sql")
        assert not user.workspace.edits.written


async def test_a_kind_can_be_said_and_a_wrong_one_is(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await orders(user, "new snapshot")
        await user.sees("snapshots/orders_snapshot.yml")
        await user.presses("escape")
        await orders(user, "new tabel")
        await user.sees("unknown kind tabel: there are model, snapshot, test, column test")


async def test_yaml_that_cannot_be_added_to_is_said_and_enter_writes_nothing(
    tmp_path: Path,
) -> None:
    def in_braces(workspace: StillWorkspace) -> None:
        prepare(workspace)
        around = replace(AROUND, properties=("models/_orders.yml", "{models: [{name: orders}]}"))
        workspace.refactorings.around[ORDERS] = (around, DRAFTS)

    async with opened(tmp_path, prepare=in_braces) as user:
        await orders(user, "new column test")
        await user.sees("models/_orders.yml: The whole file is written in braces.")
        await user.presses("enter")
        await user.app.workers.wait_for_complete()
        assert isinstance(user.app.screen, NewAssetScreen)
        assert not user.workspace.edits.written


async def test_a_readonly_project_is_not_written(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    state = replace(state, project=replace(state.project, readonly=True))
    async with opened(tmp_path, state, prepare=prepare) as user:
        for line in ("rename sales", "new"):
            await orders(user, line)
            await user.sees("the project is open read-only: nothing is written")


def test_a_line_of_the_diff_knows_its_place_in_the_file() -> None:
    lines = [*head_lines(RENAME, 60), *diff_lines(RENAME)]
    (changed,) = [one for one in lines if one.text.startswith("-    select")]
    assert (changed.path, changed.line, changed.style) == ("models/late.sql", 3, "removed")
    (left,) = [one for one in lines if one.style == "place"]
    assert (left.path, left.line) == ("macros/all.sql", 7)


@pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=str)
@pytest.mark.parametrize("what", ["rename", "new"])
def test_how_it_looks(what: str, size: tuple[int, int], snap_compare: Any, tmp_path: Path) -> None:
    app = dark_app(tmp_path, prepare)

    async def open_it(pilot: Pilot[None]) -> None:
        shown = cast(DbtreeApp, pilot.app)
        await pilot.pause()
        if what == "rename":
            shown.push_screen(ChangeScreen(RENAME, diff_lines(RENAME), UNICODE))
        else:
            drafts = {MODEL: replace(DRAFT, name="big_orders", materialized="incremental")}
            shown.push_screen(NewAssetScreen(AROUND, drafts, UNICODE))
        await pilot.pause()
        for widget in shown.screen.query(Input):
            widget.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=open_it)
