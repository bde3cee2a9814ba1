"""How each tab of the asset's page looks, with a fixed clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from tests.ui import sample
from tests.ui.asset_page.diffs import found
from tests.ui.still import StillWorkspace
from tests.ui.test_asset_screen import ORDERS, PRODUCTS, _utc, stock
from tests.ui.test_column_lineage import lineage
from tui.ui.app import DbtreeApp
from tui.ui.theme.glyphs import UNICODE
from tui.ui.theme.themes import DARK
from tui.ui.widgets.rows_table import RowsTable

__all__ = ["_utc"]

TABS = ("overview", "sql", "columns", "checks", "data", "diff", "history", "lineage")
SMALL = ("overview", "checks", "lineage")


def shown(root: Path) -> Any:
    """The app with the shop, and what dbt, the database and the history know of it."""
    state = sample.shop(root)
    workspace = StillWorkspace(state, root / "runs")
    state.project.state_dir.mkdir(parents=True, exist_ok=True)
    stock(workspace)
    workspace.data_diffs[""] = found(sample.NOW)
    workspace.state = replace(workspace.state, columns=lineage())
    app = DbtreeApp(workspace, clock=lambda: sample.NOW, glyphs=UNICODE)
    app.theme = DARK.name
    return app


def opener(tab: str) -> Any:
    """What opens the page at a tab, and waits until it shows all that it has to show."""

    async def open_page(pilot: Pilot[None]) -> None:
        app = cast(DbtreeApp, pilot.app)
        await pilot.pause()
        app.open_asset(PRODUCTS if tab == "checks" else ORDERS, tab=tab)
        await pilot.pause()
        for _ in range(500):
            tables = [table for table in app.screen.query(RowsTable) if table.shown_rows]
            if tables or tab not in ("checks", "data"):
                break
            await pilot.pause(0.01)
        else:
            raise AssertionError(f"no rows came to the tab {tab}")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()

    return open_page


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_on_a_usual_terminal(tab: str, snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=(130, 40), run_before=opener(tab))


@pytest.mark.parametrize("tab", SMALL)
def test_a_tab_on_a_small_terminal(tab: str, snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(shown(tmp_path), terminal_size=(80, 24), run_before=opener(tab))
