"""What keeps dbt from parsing, in short above the tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.user import opened
from tui.graph import Problem
from tui.ui.panels.problems import problem_line
from tui.ui.theme.glyphs import UNICODE

PATH = "models/marts/sales/orders.sql"
MISSING = Problem(
    "ref",
    f"Model 'model.shop.orders' ({PATH}) depends on a node named 'stg_order' which was not found",
    PATH,
    23,
    "",
)


def replace_message(message: str) -> Problem:
    return MISSING._replace(message=message)


@pytest.mark.parametrize("width", [36, 60, 78])
def test_the_cause_is_whole_and_the_place_is_told_once(width: int) -> None:
    lines = problem_line([MISSING], UNICODE, width=width).plain.splitlines()
    assert lines[0].startswith(f"✗ {PATH}:23"[: width - 1])
    said = " ".join(line.strip() for line in lines[1:])
    assert (
        said == "Model 'model.shop.orders' depends on a node named 'stg_order' which was not found"
    )
    assert len(lines) <= 4
    assert all(len(line) <= width for line in lines)


def test_a_cause_without_an_end_is_cut_after_three_lines() -> None:
    problem = Problem("dbt", "word " * 400, PATH, 1, "")
    lines = problem_line([problem, MISSING], UNICODE, width=60).plain.splitlines()
    assert len(lines) == 4
    assert lines[-1].endswith("…")
    assert "+1 more" in lines[0]


def test_markup_and_a_line_of_ten_thousand_characters_are_just_text() -> None:
    problem = Problem("jinja", "[red]no[/red] \x1b[31m" + "x" * 10_000, PATH, 1, "")
    lines = problem_line([problem], UNICODE, width=60).plain.splitlines()
    assert lines[1].startswith("  [red]no[/red]")
    assert len(lines) == 4


def test_a_tree_that_dbt_has_not_confirmed_is_not_called_good() -> None:
    line = problem_line([MISSING], UNICODE, width=130, provisional=True).plain
    assert "showing a tree that dbt has not confirmed" in line


async def test_no_text_can_steer_the_terminal(tmp_path: Path) -> None:
    said = "\x1b[2J\x9b31m\x07cleared \u202eback"
    state = replace(sample.shop(tmp_path), problems=(replace_message(said),))
    async with opened(tmp_path, state) as user:
        user.workspace.facts["model.shop.products"] = {"description": f"Wares {said}"}
        await user.highlights("products")
        await user.sees("[2J31mcleared back")
        await user.waits_for(lambda: "Wares [2J31mcleared back" in user.screen)
        assert not set("\x1b\x9b\x07\u202e") & set(user.screen)


async def test_on_a_small_terminal_the_cause_and_the_tree_are_both_there(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), problems=(MISSING,))
    async with opened(tmp_path, state, size=(80, 24)) as user:
        await user.sees(
            f"{PATH}:23", "depends on a node named 'stg_order' which was", "raw_customers"
        )
