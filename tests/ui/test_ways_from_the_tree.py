"""Ways from the tree: to the data, to the compiled SQL, to another target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from tests.ui import sample
from tests.ui.user import opened
from tui.graph.summary import StatusCounts
from tui.protocol.messages import ParseProgress
from tui.ui.panels.headline import top_line
from tui.ui.screens.asset import AssetScreen
from tui.ui.screens.assets import AssetsScreen
from tui.ui.theme.glyphs import UNICODE
from tui.ui.widgets.details_view import DetailsView
from tui.ui.widgets.header import Header

TARGETS = "tui.ui.run_requests.target_names"


async def test_p_shows_the_data_and_c_the_compiled_sql(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("customers")
        for key, tab in (("p", "data"), ("c", "sql")):
            await user.presses(key)
            await user.waits_for(lambda: isinstance(user.app.screen, AssetScreen))
            page = user.app.screen
            assert isinstance(page, AssetScreen)
            assert page.shown_tab == tab
            await user.presses("escape")
            await user.waits_for(lambda: isinstance(user.app.screen, AssetsScreen))


async def test_c_on_what_has_no_sql_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("raw_orders")
        await user.presses("c")
        assert user.workspace.state.notice == "raw_orders is a seed: it has no SQL"
        assert user.tree.has_focus


async def test_the_key_and_a_click_on_the_badge_choose_another_target(tmp_path: Path) -> None:
    with patch(TARGETS, return_value=("dev", "prod", "staging")):
        async with opened(tmp_path) as user:
            await user.presses("ctrl+t")
            await user.sees("Target", "dev", "in use", "prod", "looks like production", "staging")
            await user.presses("escape")
            await user.misses("in use")
            badge = user.lines[0].index("dev")
            await user.pilot.click(Header, offset=(badge + 1, 0))
            await user.sees("in use")
            await user.presses("3")
            await user.misses("in use")
            assert user.workspace.state.notice == "target staging"


async def test_target_lists_before_it_complains(tmp_path: Path) -> None:
    with patch(TARGETS, return_value=("dev", "prod")):
        async with opened(tmp_path) as user:
            await user.presses("colon")
            await user.types("target ")
            await user.sees("dev  target", "prod  target")
            await user.presses("escape", "colon")
            await user.types("threads ")
            await user.sees("`threads` needs NUMBER")
            assert "^" not in user.screen, "what is not typed yet is no error"
            await user.presses("enter")
            await user.sees("^")


async def test_the_panel_follows_the_cursor_while_a_filter_is_typed(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        panel = user.app.screen.query_one(DetailsView)
        await user.presses("slash")
        for letter in "segm":
            await user.types(letter)
            await user.waits_for(lambda: panel.row == user.tree.row)
        assert panel.row is not None
        assert panel.row.label == "customer_segments"
        await user.sees("─ customer_segments ─")


def test_counts_of_assets_are_exact(tmp_path: Path) -> None:
    graph = sample.graph_of("\n".join(f"m{number}" for number in range(1001)))
    state = sample.shop(tmp_path)
    state = type(state)(state.project, graph, {}, phase="ready")
    line = top_line(state, StatusCounts(), UNICODE, width=120, now=sample.NOW)
    assert "1,001 assets" in line.plain


def test_the_time_that_a_parse_takes_is_told_in_whole_seconds(tmp_path: Path) -> None:
    progress = ParseProgress(22, 179, "parsing", left=7.6)
    state = replace(sample.shop(tmp_path), phase="parsing", progress=progress)
    line = top_line(state, StatusCounts(), UNICODE, width=120, now=sample.NOW)
    assert "parsing 22 of 179 · 8s left" in line.plain
