"""The line of tabs, on terminals of any width."""

from pathlib import Path

import pytest

from tests.ui.user import opened
from tui.ui.widgets.tab_bar import GAP, Tab, TabBar, laid_out

NAMES = ("Overview", "SQL", "Columns", "Checks", "Data", "History", "Lineage")
TABS = tuple(Tab(name.lower(), name, "3" if name == "Checks" else "") for name in NAMES)


def words(here: int, width: int) -> str:
    return "".join(text for text, _, _ in laid_out(TABS, here, width))


@pytest.mark.parametrize("width", [200, 58, 38, 20])
@pytest.mark.parametrize("here", range(len(TABS)))
def test_the_current_tab_is_always_in_sight_and_a_sign_tells_of_more(here: int, width: int) -> None:
    line = words(here, width)
    shown = [name for name in NAMES if name in line]
    assert len(line) <= width
    assert NAMES[here] in shown
    assert line.startswith("‹") == (NAMES[0] not in shown)
    assert line.endswith("›") == (NAMES[-1] not in shown)


def test_with_enough_room_all_stand_as_they_are() -> None:
    assert words(2, 200) == GAP.join((*NAMES[:3], "Checks 3", *NAMES[4:]))


def test_a_line_that_is_too_narrow_for_any_shows_the_current_one() -> None:
    assert "Lineage" in words(6, 3)


async def test_a_click_goes_to_the_tab_that_is_seen_there(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(40, 12)) as user:
        await user.highlights("orders")
        await user.presses("enter", *["right_square_bracket"] * 7)
        bar = user.app.screen.query_one(TabBar)
        assert bar.current == "lineage"
        await user.sees("Lineage")
        line = str(bar.render())
        assert line.startswith("‹")
        assert line.endswith("Lineage")
        await user.pilot.click(bar, offset=(bar.gutter.left + line.index("History"), 0))
        assert bar.current == "history"
        await user.sees("History")
        await user.pilot.click(bar, offset=(bar.gutter.left, 0))
        assert bar.current not in ("history", "lineage")
