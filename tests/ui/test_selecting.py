"""Selecting by what is typed, and back from marks to words."""

from pathlib import Path

import pytest
import yaml

from tests.ui.user import User, opened


def lit(user: User) -> set[str]:
    """The names that the tree lights."""
    view = user.tree
    faces = (view.face(index) for index in range(view.count))
    return {face.row.label for face in faces if face.selected and face.row.kind.value == "asset"}


async def test_what_is_typed_is_lit_counted_and_marked(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("+stg_orders")
        assert lit(user) == {"raw_orders", "stg_orders"}
        user.sees("2 assets · 2 checks")
        await user.types("+1")
        assert lit(user) == {"raw_orders", "stg_orders", "orders"}
        await user.presses("enter")
        await user.waits_for(lambda: len(user.tree.marks) == 3)
        assert not lit(user)
        user.sees("3 marked")
        await user.presses("m")
        assert len(user.workspace.plans[0].nodes) == 3 + 5


async def test_completions_are_offered_for_methods_and_values(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("ta")
        user.sees("tag:  method")
        await user.presses("tab")
        user.sees("tag:nightly")
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
        user.sees("`xyzzy` is no method")
        await user.presses("escape")
        user.misses("xyzzy")
        assert user.tree.has_focus


async def test_statuses_and_dagsters_forms_select_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("s")
        await user.types("status:failed")
        assert lit(user) == {"orders"}
        await user.presses("escape", "s")
        await user.types('sinks(key:"stg_orders"+)')
        user.sees("asset")
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
        user.sees("selector:mine")
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
        await user.waits_for(lambda: "selects nothing" in user.screen)


async def test_y_copies_the_shortest_selector_of_the_marks(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("y")
        user.misses("Marks")
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
        user.sees("selector two added in selectors.yml: +stg_orders")
    text = (tmp_path / "selectors.yml").read_text()
    assert text.startswith("# mine\n")
    assert yaml.safe_load(text)["selectors"][1] == {"name": "two", "definition": "+stg_orders"}


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
        user.misses(f"│  {sign} ")
