"""What is typed may be anything; what is written to may be gone."""

from __future__ import annotations

import os
import pty
import random
from pathlib import Path

import pytest
from textual.events import Key, Resize

from tui.ui.editor import editor_of
from tui.ui.terminal.output import TerminalOutput
from tui.ui.textual_patches.terminal_driver import Reading

PIECES = [
    b"\x1b[", b"\x1b", b"<", b";", b"M", b"m", b"u", b"~", b"t", b"R", b"$y", b"?", b"48;", b"0;",
    b"1114112u", b"99999999999999999999", b"\x1b[200~", b"\x1b[201~", b"\xff", b"\xc3", b"\x00",
    b"\x1b[48;0;0;0;0t", b"\x1b[48;9;9;0;0t", b"\x1b[<0;5;5M", b"\x1b[?2048;1$y", b"j", b"\xe2\x82",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(50))
def test_any_bytes_are_read(seed: int) -> None:
    chosen = random.Random(seed)
    reading = Reading()
    for _ in range(200):
        piece = chosen.choice(PIECES) if chosen.random() < 0.7 else chosen.randbytes(8)
        for message in reading.messages(piece):
            if isinstance(message, Resize):
                assert min(message.size) > 0
    reading.messages(b"\x1b[201~")
    reading.messages(b"jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj")
    assert [key_of(message) for message in reading.messages(b"j")] == ["j"]


def key_of(message: object) -> str:
    return message.key if isinstance(message, Key) else ""


def test_bytes_that_are_no_utf8_are_a_sign_for_it() -> None:
    found = Reading().messages(b"a\xffb")
    assert [key_of(message) for message in found][::2] == ["a", "b"]


def test_a_write_to_a_closed_terminal_is_the_last_one() -> None:
    ours, theirs = pty.openpty()
    lost: list[bool] = []
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = TerminalOutput(file, lambda: lost.append(True))
        output.write("seen")
        output.flush()
        assert os.read(ours, 100) == b"seen"
        os.close(ours)
        for _ in range(100):
            output.write("x" * 100_000)
            output.flush()
        assert output.is_lost
        assert lost == [True]
        output.close()


def test_a_write_to_a_terminal_that_nobody_reads_ends_when_it_is_not_wanted() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = TerminalOutput(file, lambda: None)
        output.is_lost = True
        output.write("x" * 1_000_000)
        output.flush()
        output.close()
    os.close(ours)


def test_an_unbalanced_quote_in_the_editor_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"\$EDITOR is not a valid command \(no closing quotation\): vim '"
    ):
        editor_of({"EDITOR": "vim '"})
