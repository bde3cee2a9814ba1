"""The sheet of what is missing in the YAML, and what its keys do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, _utc, stock
from tests.ui.user import dark_app, opened
from tui.properties.style import Column
from tui.properties.suggestions import Suggestion
from tui.ui.app import DbtreeApp
from tui.workspace.properties_proposal import Proposal

__all__ = ["_utc"]

FILE = """\
version: 2

models:
  - name: orders  # the heart
    columns:
      - name: id
        description: The key.

  - name: customers
"""


def prepare(workspace: StillWorkspace) -> None:
    stock(workspace)
    workspace.yaml.proposals[ORDERS] = Proposal(
        workspace.state.graph.assets[ORDERS],
        "models/_orders.yml",
        FILE,
        [Column("id", "integer"), Column("total", "decimal(16,2)", "In [euros].")],
        with_types=False,
        suggested=[
            Suggestion("id", "unique", {}, "1,234 rows, 1,234 different values", True),
            Suggestion("total", "not_null", {}, "no null in 1,234 rows", False),
        ],
    )


async def test_tests_are_taken_or_left_and_enter_writes(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        await user.highlights("orders")
        await user.presses("colon")
        await user.types("yaml")
        await user.presses("enter")
        await user.sees("Tests that the data passes", "+      - name: total", "+          - unique")
        await user.presses("space")
        await user.misses("+          - unique")
        await user.presses("down", "space")
        await user.sees("+          - not_null")
        await user.presses("enter")
        await user.waits_for(lambda: len(user.workspace.edits.written) == 1)
        (change,) = user.workspace.edits.written
        assert change == user.workspace.yaml.proposals[ORDERS].change({1})
        await user.sees("models/_orders.yml is written")
        await user.presses("U")
        await user.sees("models/_orders.yml is as before")


async def test_what_the_file_cannot_take_is_said(tmp_path: Path) -> None:
    def without_a_list(workspace: StillWorkspace) -> None:
        prepare(workspace)
        found = workspace.yaml.proposals[ORDERS]
        workspace.yaml.proposals[ORDERS] = replace(
            found,
            before="models:\n- name: orders\n  columns:\n  - name: id\n    tests: odd\n",
            columns=found.columns[:1],
            suggested=found.suggested[:1],
        )

    async with opened(tmp_path, prepare=without_a_list) as user:
        await user.highlights("orders")
        await user.presses("colon")
        await user.types("yaml")
        await user.presses("enter")
        await user.sees("models/_orders.yml: The tests of a column are no list.")
        await user.misses("Nothing is missing")
        await user.presses("enter", "space")
        await user.sees("Nothing is missing in models/_orders.yml.")
        assert not user.workspace.edits.written


async def test_esc_writes_nothing_and_a_refusal_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=prepare) as user:
        for name, words in (("orders", "Tests that"), ("customers", "build it first")):
            await user.highlights(name)
            await user.presses("colon")
            await user.types("yaml")
            await user.presses("enter")
            await user.sees(words)
            await user.presses("escape")
        assert not user.workspace.edits.written


def test_how_it_looks(snap_compare: Any, tmp_path: Path) -> None:
    app = dark_app(tmp_path, prepare)

    async def open_sheet(pilot: Pilot[None]) -> None:
        shown = cast(DbtreeApp, pilot.app)
        await pilot.pause()
        shown.open_asset(ORDERS)
        await pilot.pause()
        cast(Any, shown.screen).action_yaml()
        await shown.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(120, 35), run_before=open_sheet)
