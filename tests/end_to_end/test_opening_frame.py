"""A window opens with the frame that it was left with, while Python still imports the screen.

Here the screen is not imported before the test lets it: Textual stands behind a gate.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree
from tests.end_to_end.user import User, opens

GATE = """
import sys, pathlib, time
here = pathlib.Path(__file__).parents[1]
(here / "asked").touch()
while not (here / "open").exists():
    time.sleep(0.01)
sys.path.remove(str(here))
del sys.modules["textual"]
import textual
"""
FIRST, LAST = "seed · seeds/raw_customers.csv", "models/staging/stg_supplies.sql"
"""What the details say of the first and the last asset."""
FRAME = Path(".dbtree") / "opening-frame"
ALTERNATE_SCREEN, SHELL_SCREEN, SHOWS_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A directory with a Textual that is imported when a file `open` is in there."""
    path = tmp_path / "gate"
    (path / "textual").mkdir(parents=True)
    (path / "textual" / "__init__.py").write_text(GATE)
    return path


@contextmanager
def opens_at_gate(shop: Path, gate: Path, **more: int) -> Iterator[User]:
    (gate / "asked").unlink(missing_ok=True)
    with opens(shop, PYTHONPATH=str(gate), **more) as user:
        yield user


def waits_at_gate(user: User, gate: Path) -> None:
    """Wait until Textual is asked for."""
    user.sees((gate / "asked").exists, said="Textual is asked for")


def test_what_was_left_is_there_at_once_unless_it_is_old(shop: Path, gate: Path) -> None:
    with opens(shop) as user:
        user.sees_ready()
        user.presses("G")
        user.sees(LAST)
        assert user.leaves() == 0

    # It is there before Textual is, and whoever leaves now finds the terminal as it was.
    for leave, code in ((signal.SIGTERM, 143), (None, 130)):
        with opens_at_gate(shop, gate) as user:
            before = user.terminal.modes()
            user.sees(LAST)
            user.sees("starting dbt")
            waits_at_gate(user, gate)
            user.presses("ctrl+z", "\x1c")
            if leave is None:
                user.presses("ctrl+c")
            else:
                user.terminal.kill(leave)
            assert user.terminal.wait_for_exit() == code
            output = bytes(user.terminal.output)
            assert user.terminal.modes() == before
            assert output.rindex(SHELL_SCREEN) > output.rindex(ALTERNATE_SCREEN)
            assert output.rindex(SHOWS_CURSOR) > output.rindex(b"\x1b[?25l")

    # Another size, or other bytes in the file: nothing is painted.
    for change in ("size", "bytes"):
        kept = (shop / FRAME).read_text()
        if change == "bytes":
            (shop / FRAME).write_text(f"{kept}\x1b]0;hostile\x07")
        with opens_at_gate(shop, gate, **({"rows": 30} if change == "size" else {})) as user:
            waits_at_gate(user, gate)
            assert user.terminal.screen().strip() == ""
            assert ALTERNATE_SCREEN not in user.terminal.output
        (shop / FRAME).write_text(kept)

    # A key that is typed onto it is answered by the screen, which has the terminal from then on.
    with opens_at_gate(shop, gate) as user:
        before = user.terminal.modes()
        user.sees(LAST)
        user.presses("g")
        (gate / "open").touch()
        user.sees(FIRST)
        user.sees_ready()
        assert user.terminal.output.count(ALTERNATE_SCREEN) == 1
        assert user.leaves() == 0
        assert user.terminal.modes() == before
    (gate / "open").unlink()

    # After a run that was started elsewhere the frame would be a lie.
    assert dbtree(shop, "materialize", "raw_orders").returncode == 0
    with opens_at_gate(shop, gate) as user:
        waits_at_gate(user, gate)
        assert user.terminal.screen().strip() == ""
