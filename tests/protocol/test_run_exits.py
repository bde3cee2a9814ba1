"""How the process of a run ended that wrote no last event."""

from pathlib import Path

import pytest

from tui.protocol.events import LogLine, RunFinished, to_line
from tui.protocol.run_exits import exit_words, is_noted, note_exit


def log_of(run_dir: Path, *events: object) -> None:
    (run_dir / "events.jsonl").write_text("".join(f"{to_line(one)}\n" for one in events))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (5, "Its process ended with exit code 5 before it was done."),
        (0, "Its process ended with exit code 0 before it was done."),
        (-15, "Its process was killed (signal 15, SIGTERM)."),
        (-9, "Its process was killed (signal 9, SIGKILL): somebody did so, or the system, "
             "which was out of memory."),
    ],
)  # fmt: skip
def test_the_exit_code_or_the_signal_is_said(tmp_path: Path, code: int, words: str) -> None:
    log_of(tmp_path, LogLine(1.0, "info", "working"))
    assert not is_noted(tmp_path)
    note_exit(tmp_path, code)
    assert is_noted(tmp_path)
    assert exit_words(tmp_path) == words


def test_a_run_that_said_how_it_ended_has_no_note(tmp_path: Path) -> None:
    log_of(tmp_path, LogLine(1.0, "info", "x" * 500_000), RunFinished(2.0, "failed", 1.0, "y" * 99))
    note_exit(tmp_path, 1)
    assert not is_noted(tmp_path)
    assert exit_words(tmp_path) == ""


def test_a_run_without_a_log_is_no_error(tmp_path: Path) -> None:
    note_exit(tmp_path / "gone", 1)
    assert exit_words(tmp_path / "gone") == ""
