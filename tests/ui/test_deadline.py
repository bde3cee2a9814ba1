"""The process ends at its deadline, and only what hung is noted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tui.ui.crash_report import FILE

ENDS = """
import sys, threading
from pathlib import Path
from tui.ui.terminal.deadline import Deadline

Deadline(Path(sys.argv[1]), lambda: None).set(3, float(sys.argv[2]))
if sys.argv[3] == "hangs":
    threading.Event().wait()
"""


def ends(state_dir: Path, seconds: float, how: str) -> int:
    """Run a process with a deadline; returns its exit code."""
    command = [sys.executable, "-c", ENDS, str(state_dir), str(seconds), how]
    return subprocess.run(command, check=False).returncode


def test_what_hangs_is_ended_and_noted(tmp_path: Path) -> None:
    assert ends(tmp_path, 0.1, "hangs") == 3
    kept = tmp_path / FILE
    assert "did not close in time" in kept.read_text("utf-8")
    assert "wait" in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_nothing_is_noted_of_a_window_that_closes_in_time(tmp_path: Path) -> None:
    assert ends(tmp_path, 60, "ends") == 0
    assert not list(tmp_path.iterdir())


def test_it_is_ended_where_nothing_can_be_noted(tmp_path: Path) -> None:
    assert ends(tmp_path / "nowhere", 0.1, "hangs") == 3
