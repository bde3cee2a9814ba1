"""Terminals that are tiny, dumb or none, and signals: the terminal is as before afterwards."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.user import opens
from tests.terminal import PROGRAM, Terminal, user_environment

HIDES_CURSOR, SHOWS_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
LEAVES_SCREEN, FORGETS_MOUSE, FORGETS_PASTE = b"\x1b[?1049l", b"\x1b[?1003l", b"\x1b[?2004l"


def assert_restored(terminal: Terminal, before: list) -> None:
    """The modes are those that were found, and what was asked of the terminal is taken back."""
    assert terminal.modes() == before
    output = bytes(terminal.output)
    assert output.rindex(SHOWS_CURSOR) > output.rindex(HIDES_CURSOR)
    for sequence in (LEAVES_SCREEN, FORGETS_MOUSE, FORGETS_PASTE):
        assert sequence in output


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)], ids=["SIGTERM", "SIGINT"]
)
def test_a_signal_ends_it_and_the_terminal_is_as_before(shop: Path, number: int, code: int) -> None:
    with opens(shop) as user:
        before = user.terminal.modes()
        user.sees("Assets")
        user.terminal.kill(number)
        assert user.terminal.wait_for_exit() == code
        assert_restored(user.terminal, before)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (200, 1), (1, 50)])
def test_a_tiny_terminal(shop: Path, size: tuple[int, int]) -> None:
    with opens(shop, columns=size[0], rows=size[1]) as user:
        user.sees(lambda: HIDES_CURSOR in user.terminal.output)
        user.presses("j", "?", "escape", "m", "escape")
        user.terminal.resize(130, 36)
        user.sees("Assets")
        user.sees_ready()
        user.terminal.resize(*size)
        user.presses("k", "enter")
        user.terminal.resize(130, 36)
        user.sees("seeds/")
        assert user.leaves() == 0


def test_a_resize_that_is_taken_back_at_once(shop: Path) -> None:
    """The terminal lost what it showed, though its size is the one that the program knows."""
    with opens(shop, columns=130, rows=36) as user:
        user.sees("seeds/")
        user.sees_ready()
        for _ in range(20):
            user.terminal.resize(1, 1)
            user.terminal.resize(130, 36)
            user.sees("seeds/")
        assert user.leaves() == 0


@pytest.mark.parametrize("term", ["dumb", "", "nonsense", "linux", "vt100"])
def test_any_kind_of_terminal(shop: Path, term: str) -> None:
    with opens(shop, TERM=term) as user:
        before = user.terminal.modes()
        user.sees("Assets")
        assert user.leaves() == 0
        assert_restored(user.terminal, before)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (">&-", "needs a terminal, and this is not one"),
        ("<&-", "needs a terminal, and this is not one"),
        ("</dev/null", "needs a terminal, and this is not one"),
        ("runs --json >&-", "cannot write to stdout: Bad file descriptor"),
        ("runs --json >/dev/full", "cannot write to stdout: No space left on device"),
    ],
)
def test_no_terminal_is_one_sentence(shop: Path, how: str, said: str) -> None:
    told = subprocess.run(
        ["sh", "-c", f"{PROGRAM} {how}"],
        cwd=shop,
        env=user_environment(shop),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr
