"""ctrl-c with a run going on: the same question as q."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.closings import marked, open_marked
from tests.end_to_end.headless import dbtree_json
from tests.end_to_end.test_closing import SLOW
from tests.end_to_end.user import User

QUESTION = "Quit dbtree"


def asked(user: User) -> list[str]:
    """The question, as it stands on the screen once all of it is painted."""

    def whole() -> bool:
        lines = user.pane(QUESTION)
        return any("do not quit" in line for line in lines) and not any("│" in one for one in lines)

    user.sees(whole, said="the whole question")
    return user.pane(QUESTION)


@pytest.mark.parametrize("from_where", ["the tree", "a page", "a sheet"])
def test_ctrl_c_asks_as_q_does(shop: Path, from_where: str) -> None:
    (shop / "models" / "staging" / "slow.sql").write_text(SLOW.replace("9000", "90000"), "utf-8")
    with marked() as processes, open_marked(shop, processes) as terminal:
        user = User(terminal)
        user.sees_ready()
        user.goes_to("slow")
        user.presses("m")
        user.sees_asset("slow", "running")
        user.presses("q")
        by_q = asked(user)
        assert any("is running" in line for line in by_q)
        user.presses("escape")
        user.sees(lambda: QUESTION not in terminal.screen())
        if from_where == "a page":
            user.presses("enter")
            user.sees("Overview")
        elif from_where == "a sheet":
            user.presses("?")
            user.sees("search for a key or a command")
        user.presses("ctrl+c")
        assert asked(user) == by_q
        user.presses("escape")
        user.sees(lambda: QUESTION not in terminal.screen())
        terminal.kill(signal.SIGINT)
        assert asked(user) == by_q
        user.presses("ctrl+c")
        assert terminal.wait_for_exit() == 0
        assert dbtree_json(shop, "runs", "--json")[0]["status"] in ("running", "success")
