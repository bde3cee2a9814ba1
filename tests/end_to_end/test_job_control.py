"""ctrl-z and `fg`: the shell gets its terminal, the window stops, and what dbt does goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.closings import Marked, marked
from tests.end_to_end.headless import dbtree_json
from tests.end_to_end.test_closing import SLOW
from tests.end_to_end.user import User, opens
from tests.terminal import PROGRAM, Terminal, user_environment

SHELL = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
PROMPT = "shell> "
ON_ALT_SCREEN, OFF_ALT_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"

Stopping = Callable[[User, psutil.Process], object]
STOPPINGS: dict[str, Stopping] = {
    "ctrl-z": lambda user, _: user.presses("ctrl+z"),
    "SIGTSTP": lambda _, window: os.kill(window.pid, signal.SIGTSTP),
}


@contextmanager
def opened_from_a_shell(project: Path, processes: Marked) -> Iterator[User]:
    """dbtree, started from a shell with job control by its name."""
    environment = user_environment(project, PS1=PROMPT, **processes.environment)
    with Terminal(SHELL, cwd=project, environment=environment) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type(f"{PROGRAM}\r")
        terminal.wait_for("Assets")
        yield User(terminal)


def window_of(user: User) -> psutil.Process:
    """The window, which is the shell's only child."""
    (window,) = psutil.Process(user.terminal.process.pid).children()
    return window


def is_stopped(process: psutil.Process) -> bool:
    """Whether job control has stopped it."""
    return process.status() == psutil.STATUS_STOPPED


@pytest.mark.parametrize("how", STOPPINGS)
def test_a_run_goes_on_while_the_window_is_stopped(shop: Path, how: str) -> None:
    (shop / "models" / "staging" / "slow.sql").write_text(SLOW, "utf-8")
    with marked() as processes, opened_from_a_shell(shop, processes) as user:
        user.sees_ready()
        user.goes_to("slow")
        user.presses("m")
        user.sees_asset("slow", "running")
        window = window_of(user)
        STOPPINGS[how](user, window)
        user.sees(lambda: is_stopped(window))
        user.sees("Stopped")
        user.sees(PROMPT)
        assert user.terminal.output.rindex(OFF_ALT_SCREEN) > user.terminal.output.rindex(
            ON_ALT_SCREEN
        )
        assert processes.engines()
        assert not any(is_stopped(one) for one in processes.engines())
        user.sees(lambda: dbtree_json(shop, "runs", "--json")[0]["status"] == "success")
        assert is_stopped(window)
        user.presses("fg\r")
        user.sees_asset("slow", "fresh")
        user.goes_to("raw_customers")
        user.presses("m")
        user.sees_asset("raw_customers", "fresh")
        user.sees("raw_customers  success")
        user.presses("q")
        user.sees(PROMPT)
        user.presses("echo left with $?\r")
        user.sees("left with 0")


def test_it_is_stopped_again_and_again_and_waits_in_the_background(shop: Path) -> None:
    with marked() as processes, opened_from_a_shell(shop, processes) as user:
        window = window_of(user)
        for _ in range(3):
            user.presses("ctrl+z")
            user.sees(lambda: is_stopped(window))
            user.sees(PROMPT)
            user.presses("fg\r")
            user.sees("Assets")
        user.presses("ctrl+z")
        user.sees(lambda: is_stopped(window))
        user.sees(PROMPT)
        user.presses("bg\r")
        user.presses("echo still $((20 + 22))\r")
        user.sees("still 42")
        user.sees(lambda: is_stopped(window), said="the window waits for the terminal")
        user.presses("fg\r")
        user.sees("Assets")
        user.presses("/")
        user.sees("filter by name")
        user.presses("escape")
        user.sees(lambda: "filter by name" not in user.terminal.screen())
        user.presses("q")
        user.sees(PROMPT)


def test_a_window_that_was_stopped_by_force_takes_the_terminal_back(shop: Path) -> None:
    with marked() as processes, opened_from_a_shell(shop, processes) as user:
        window = window_of(user)
        window.suspend()
        user.sees("Stopped")
        seen = len(user.terminal.output)
        user.presses("fg\r")
        user.sees(lambda: ON_ALT_SCREEN in user.terminal.output[seen:])
        user.sees("Assets")
        user.presses("/")
        user.sees("filter by name")
        user.presses("escape")
        user.sees(lambda: "filter by name" not in user.terminal.screen())
        user.presses("q")
        user.sees(PROMPT)


@pytest.mark.parametrize("how", STOPPINGS)
def test_where_no_shell_could_continue_it_goes_on(shop: Path, how: str) -> None:
    with opens(shop) as user:
        user.sees("Assets")
        STOPPINGS[how](user, psutil.Process(user.terminal.process.pid))
        user.sees("no shell is there to go back to")
        assert user.leaves() == 0
