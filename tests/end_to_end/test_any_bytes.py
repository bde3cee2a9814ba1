"""Whatever is typed while a run goes on: the window stays, or leaves as it was asked to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.closings import marked, open_marked
from tests.end_to_end.headless import dbtree_json
from tests.end_to_end.test_closing import SLOW
from tests.end_to_end.user import User
from tests.terminal import Gone, Terminal
from tests.ui.test_terminal_driver import PIECES
from tui.ui.crash_report import FILE

KEYS = [
    b"j", b"k", b"h", b"l", b"\r", b"\t", b"/", b":", b"?", b"w", b"P", b"]", b"[", b"1", b"2",
    b"3", b"L", b"T", b"\x1b", b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[<64;9;9M", b"\x1a",
]  # fmt: skip
LEAVES = b"q\x11\x03"
"""What ends the program, or asks whether to."""


def bytes_of(chosen: random.Random) -> bytes:
    """Some bytes as nobody types them."""
    kind = chosen.random()
    if kind < 0.4:
        return chosen.choice(KEYS)
    typed = chosen.choice(PIECES) if kind < 0.7 else chosen.randbytes(chosen.randrange(1, 40))
    return bytes(byte for byte in typed if byte not in LEAVES)


def types_anything(project: Path, seed: int, pieces: int) -> None:
    """A run goes on, anything is typed, and ctrl-c leaves: with 0, and without a word of a defect.

    Raises AssertionError where that is not so.
    """
    (project / "models" / "staging" / "slow.sql").write_text(SLOW, "utf-8")
    chosen = random.Random(seed)
    with marked() as processes, open_marked(project, processes) as terminal:
        user = User(terminal)
        user.sees_ready()
        user.goes_to("slow")
        user.presses("m")
        user.sees_asset("slow", "running")
        try:
            for _ in range(pieces):
                terminal.send(bytes_of(chosen))
                terminal.look_on(chosen.uniform(0, 0.03))
            leaves_by_ctrl_c(terminal)
        except (Gone, OSError):  # a palette has an entry that leaves
            terminal.process.wait()
        assert terminal.process.returncode == 0
        assert b"Traceback" not in terminal.output
        assert not list(project.rglob(FILE))
        user_runs = dbtree_json(project, "runs", "--json")
        assert user_runs[-1]["status"] in ("running", "success", "cancelled")


def leaves_by_ctrl_c(terminal: Terminal) -> None:
    """Leave from wherever one is: the second ctrl-c does not wait for an answer."""
    terminal.send(b"\x1b[201~")
    while terminal.process.poll() is None:
        terminal.send(b"\x03")
        terminal.look_on(1)


@pytest.mark.parametrize("seed", range(2))
def test_any_bytes_while_a_run_goes_on(shop: Path, seed: int) -> None:
    types_anything(shop, seed, 60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_bytes_while_a_run_goes_on(shop: Path, seed: int) -> None:
    types_anything(shop, seed, 1500)
