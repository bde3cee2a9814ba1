"""A terminal that is closed takes the window and its engine with it, and leaves the run."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.processes import engine_of
from tests.closings import TmuxServer, lose_the_line, marked, open_marked
from tests.end_to_end.headless import dbtree_json
from tests.end_to_end.user import User
from tests.terminal import Terminal
from tests.waits import wait_until
from tui.protocol.processes import process_start

Closing = Callable[[Terminal], None]
CLOSINGS: dict[str, Closing] = {
    "tab": Terminal.hang_up,
    "SIGHUP": lambda terminal: terminal.kill(signal.SIGHUP),
    "SIGTERM": lambda terminal: terminal.kill(signal.SIGTERM),
    "lost connection": lose_the_line,
}
ENDED_BY = {"SIGTERM": 143}
"""Exit codes; those of the others are that of SIGHUP."""
HUNG_UP = 129
KEYS = ("j", "k", "?", "\x1b", "2", "1", "/stg\r", "\x1b", "s+orders\r", "w", "\x1b", "\r", "\x1b")


def close_at_random(project: Path, seed: int) -> None:
    """One life of a window: some keys, a terminal that is read or not any more, its closing."""
    chosen = random.Random(seed)
    how = chosen.choice(list(CLOSINGS))
    with marked() as processes, open_marked(project, processes, cold=True) as terminal:
        terminal.wait_for("Assets")
        terminal.look_on(chosen.uniform(0, 1) ** 2 * 4)
        is_read = chosen.random() < 0.5
        for _ in range(chosen.randrange(60)):
            terminal.send(chosen.choice(KEYS).encode())
            if is_read:
                terminal.look_on(chosen.uniform(0, 0.05))
        CLOSINGS[how](terminal)
        if how == "SIGTERM":  # its last words are waited for, and then not any more
            terminal.wait_for_exit()
        processes.wait_until_gone()
        assert terminal.process.wait() == ENDED_BY.get(how, HUNG_UP), how


@pytest.mark.parametrize("how", CLOSINGS)
@pytest.mark.parametrize("is_read", [True, False], ids=["read", "not read"])
def test_nothing_is_left_of_a_closed_terminal(shop: Path, how: str, is_read: bool) -> None:
    # Those that are read have an engine of their own, with which nothing stands between.
    with marked() as processes, open_marked(shop, processes, cold=is_read) as terminal:
        terminal.wait_for("Assets")
        assert len(processes.windows()) == 1
        if not is_read:
            terminal.leave_unread(b"j?\x1bk")
        CLOSINGS[how](terminal)
        processes.wait_until_gone()
        assert terminal.process.wait() == ENDED_BY.get(how, HUNG_UP)


def test_nothing_is_left_of_a_tmux_server(shop: Path) -> None:
    with marked() as processes:
        server = TmuxServer(shop, processes)
        wait_until(lambda: "Assets" in server.screen())
        server.kill_server()
        processes.wait_until_gone()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(300))
def test_nothing_is_left_of_terminals_closed_at_random_moments(shop: Path, seed: int) -> None:
    close_at_random(shop, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(50))
def test_nothing_is_left_of_tmux_servers_killed_at_random_moments(shop: Path, seed: int) -> None:
    with marked() as processes:
        server = TmuxServer(shop, processes)
        wait_until(lambda: "Assets" in server.screen())
        time.sleep(random.Random(seed).uniform(0, 3))
        server.kill_server()
        processes.wait_until_gone()


SLOW = """\
{{ config(materialized='table', pre_hook='set threads = 1') }}
select count(*) as n from range(16000) as a, range(16000) as b
where a.range * b.range % 11 = 3
"""


@pytest.mark.parametrize("how", ["tab", "SIGTERM"])
def test_a_run_outlives_the_terminal_and_is_recorded(shop: Path, how: str) -> None:
    (shop / "models" / "staging" / "slow.sql").write_text(SLOW, "utf-8")
    with marked() as processes, open_marked(shop, processes) as terminal:
        user = User(terminal)
        user.sees_ready()
        user.goes_to("slow")
        user.presses("m")
        user.sees_asset("slow", "running")
        window = terminal.process.pid
        engine = engine_of(window)
        CLOSINGS[how](terminal)
        terminal.process.wait()
        wait_until(lambda: not process_start(engine))
        assert processes.engines(), "the run goes on"
        wait_until(lambda: dbtree_json(shop, "runs", "--json")[0]["status"] != "running")
        assert dbtree_json(shop, "runs", "--json")[0]["status"] == "success"
        processes.wait_until_gone()
