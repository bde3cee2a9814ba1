"""Selecting by what is typed, and back from marks to words."""

import asyncio
from pathlib import Path

import pytest
import yaml

from tests.ui.user import User, opened
from tui.ui.rows.tree_columns import GUTTER
from tui.ui.screens.asset import AssetScreen


def lit(user: User) -> set[str]:
    """The names that the tree lights."""
    view = user.tree
    faces = (view.content(index) for index in range(view.count))
    return {
        content.row.label
        for content in faces
        if content.selected and content.row.kind.value == "asset"
    }


async def test_what_is_typed_is_lit_counted_and_marked(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("+stg_orders")
        assert lit(user) == {"raw_orders", "stg_orders"}
        await user.sees("2 assets · 2 checks")
        await user.types("+1")
        assert lit(user) == {"raw_orders", "stg_orders", "orders"}
        await user.presses("enter")
        await user.waits_for(lambda: len(user.tree.marks) == 3)
        assert not lit(user)
        await user.sees("3 marked")
        await user.presses("m")
        assert len(user.workspace.plans[0].nodes) == 3 + 5


async def test_a_folded_row_tells_what_is_selected_and_marked_inside(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("minus", "s")
        await user.types("+stg_orders")
        assert "1 selected" in user.row("raw_orders")
        await user.presses("enter")
        await user.waits_for(lambda: bool(user.tree.marks))
        await user.sees("● ", "raw_orders ●1 +1")
        await user.presses("escape", "asterisk")
        await user.misses("selected")


async def test_the_first_that_is_lit_is_brought_into_sight(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(80, 24)) as user:
        await user.misses("─ newsletter_audience ")
        await user.presses("s")
        await user.types("newsletter_audience")
        await user.waits_for(lambda: "─ newsletter_audience " in user.screen)
        assert user.tree.cursor == 0
        await user.presses("escape")
        await user.waits_for(lambda: "─ newsletter_audience " not in user.screen)


async def test_completions_are_offered_for_methods_and_values(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("ta")
        await user.sees("tag:  method")
        await user.presses("tab")
        await user.sees("tag:nightly")
        await user.presses("down", "enter", "enter")
        await user.waits_for(lambda: bool(user.tree.marks))
        assert "model.shop.orders" in user.tree.marks


async def test_an_error_stands_under_its_column(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("orders xyzzy:a")
        line = next(index for index, text in enumerate(user.lines) if "xyzzy:a" in text)
        column = user.lines[line].index("xyzzy")
        assert user.lines[line + 1][column : column + 6] == "^^^^^ "
        await user.sees("`xyzzy` is not a selector method")
        await user.presses("escape")
        await user.misses("xyzzy")
        assert user.tree.has_focus


async def test_enter_says_what_is_wrong_also_where_ways_to_go_on_were_offered(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("roots(")
        await user.sees("method")
        await user.misses("is not closed")
        await user.presses("enter")
        await user.sees("this `(` is not closed")
        line = next(index for index, text in enumerate(user.lines) if "roots(" in text)
        assert user.lines[line + 1].index("^") == user.lines[line].index("(")


async def test_statuses_and_dagsters_forms_select_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("status:failed")
        assert lit(user) == {"orders"}
        await user.presses("escape", "s")
        await user.types('sinks(key:"stg_orders"+)')
        await user.sees("asset")
        assert "orders" not in lit(user)
        assert "newsletter_audience" in lit(user)


async def test_what_only_dbt_knows_is_asked_and_mixes_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "selectors.yml").write_text("selectors:\n  - {name: mine, definition: x}\n")
    async with opened(tmp_path) as user:
        user.workspace.selects["state:modified"] = {"model.shop.orders", "model.shop.customers"}
        user.workspace.selects["selector:mine"] = {"model.shop.stg_orders"}
        await user.presses("s")
        await user.types("status:stale,state:modified")
        await user.waits_for(lambda: lit(user) == {"customers"})
        await user.presses("escape", "s")
        await user.types("selector:")
        await user.sees("selector:mine")
        await user.types("mine+1")
        await user.waits_for(lambda: lit(user) == {"stg_orders", "orders"})
        await user.presses("escape", "s")
        await user.types("state:nonsense")
        await user.waits_for(lambda: "Could not find selector" in user.screen)


async def test_marks_are_inverted_and_a_selection_of_nothing_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("ctrl+a")
        everything = user.tree.marks
        await user.presses("escape", "g", "space", "I")
        assert len(user.tree.marks) == len(everything) - 1
        await user.presses("s")
        await user.types("tag:x")
        await user.presses("enter")
        await user.waits_for(lambda: "matches no assets" in user.screen)


async def test_y_copies_the_shortest_selector_of_the_marks(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("y")
        await user.misses("Marks")
        await user.presses("escape")
        user.tree.mark_all({"seed.shop.raw_orders", "model.shop.stg_orders"})
        await user.presses("y", "m")
        await user.waits_for(lambda: user.app.clipboard == "+stg_orders")


async def test_marks_are_saved_as_a_named_selector(tmp_path: Path) -> None:
    (tmp_path / "selectors.yml").write_text("# mine\nselectors:\n  - name: a\n    definition: b\n")
    async with opened(tmp_path) as user:
        screen = user.app.screen
        user.tree.mark_all({"seed.shop.raw_orders", "model.shop.stg_orders"})
        await screen.action_save("two")  # type: ignore[attr-defined]
        await user.pilot.pause()
        await user.sees("selector two added in selectors.yml: +stg_orders")
    text = (tmp_path / "selectors.yml").read_text()
    assert text.startswith("# mine\n")
    assert yaml.safe_load(text)["selectors"][1] == {"name": "two", "definition": "+stg_orders"}


async def test_a_selector_of_somebody_s_is_replaced_only_after_a_question(tmp_path: Path) -> None:
    path = tmp_path / "selectors.yml"
    path.write_text(
        "selectors:\n  - name: nightly  # at two\n    description: The night.\n"
        "    definition: tag:daily\n"
    )
    before = path.read_text()
    async with opened(tmp_path) as user:
        screen = user.app.screen
        user.tree.mark_all({"seed.shop.raw_orders", "model.shop.stg_orders"})
        await screen.action_save("nightly")  # type: ignore[attr-defined]
        await user.sees("nightly is tag:daily in selectors.yml", "by +stg_orders")
        await user.presses("escape")
        assert path.read_text() == before
        await screen.action_save("nightly")  # type: ignore[attr-defined]
        await user.presses("r")
        await user.sees("selector nightly replaced in selectors.yml: +stg_orders (was tag:daily)")
        assert path.read_text() == before.replace("tag:daily", '"+stg_orders"')
        await screen.action_save("nightly")  # type: ignore[attr-defined]
        await user.sees("selector nightly replaced in selectors.yml: +stg_orders")


async def test_a_value_that_nothing_has_is_named_beside_the_count(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("status:stal")
        await user.sees("0 assets · no status stal")


@pytest.mark.parametrize(("key", "sign"), [("s", "s"), ("slash", "/")])
async def test_esc_closes_a_line_that_a_click_left_open(
    tmp_path: Path, key: str, sign: str
) -> None:
    async with opened(tmp_path) as user:
        await user.presses(key)
        await user.types("orders")
        await user.pilot.click("#tree", offset=(10, 3))
        await user.waits_for(lambda: user.tree.has_focus)
        await user.presses("escape")
        await user.misses(f"│  {sign} ")


async def test_letters_typed_right_after_s_are_for_the_line(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.pilot.press(*"stag:nightly")
        await user.pilot.pause()
        await user.sees("tag:nightly", "2 assets")


async def test_what_dbt_says_of_an_older_graph_is_asked_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        asked, answers = asyncio.Event(), asyncio.Event()

        async def select(*_texts: object, **_options: object) -> frozenset[str]:
            asked.set()
            await answers.wait()
            return frozenset({"model.shop.orders"})

        user.workspace.select = select  # type: ignore[method-assign]
        await user.presses("s")
        await user.types("state:modified")
        await user.presses("enter")
        await user.waits_for(asked.is_set)
        graph = user.workspace.state.graph
        await user.learns(graph=type(graph)(dict(graph.assets), dict(graph.checks)))
        answers.set()
        await user.waits_for(lambda: user.tree.marks == {"model.shop.orders"})


async def test_a_double_click_opens_the_page_and_a_click_on_the_sign_folds(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        row = user.tree.asset_tree.row(user.tree.cursor)
        sign, line = GUTTER + 2 * row.depth, user.tree.cursor - user.tree.scroll_offset.y
        before = len(user.tree.asset_tree)
        await user.pilot.click("#tree", offset=(sign + 4, line))
        assert len(user.tree.asset_tree) == before
        await user.pilot.click("#tree", offset=(sign, line))
        await user.waits_for(lambda: len(user.tree.asset_tree) != before)
        await user.pilot.click("#tree", offset=(sign, line))
        await user.waits_for(lambda: len(user.tree.asset_tree) == before)
        await user.pilot.click("#tree", offset=(sign + 4, line), times=2)
        await user.waits_for(lambda: isinstance(user.app.screen, AssetScreen))
        await user.sees("assets ▸ orders")


async def test_a_line_shows_its_hint_and_the_end_of_what_is_longer_than_itself(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, size=(80, 24)) as user:
        await user.presses("s")
        await user.sees("+orders  tag:nightly")
        await user.types("+" + " +".join(["stg_orders"] * 8))
        await user.sees("stg_orders +stg_orders")
