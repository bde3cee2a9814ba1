"""An image is drawn by a process of its own, and what cannot be drawn is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui.ui.image_view import BACK, UNREADABLE, fitting, main


def drawn(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui.ui.image_view", str(path)]
    return subprocess.run(command, input="x", capture_output=True, text=True, check=False)


def test_an_image_is_as_large_as_there_is_room():
    assert fitting(400, 200, 120, 33) == (120, 30)
    assert fitting(100, 1000, 120, 30) == (6, 30)
    assert fitting(1, 100_000, 80, 24) == (1, 24)
    assert fitting(0, 0, 0, 0) == (1, 1)


def test_an_image_is_drawn_until_a_key_and_the_screen_comes_back(tmp_path: Path):
    pillow = pytest.importorskip("PIL.Image")
    pytest.importorskip("textual_image")
    pillow.new("RGB", (40, 20), "red").save(tmp_path / "plot\x1b[31m.png", "PNG")
    done = drawn(tmp_path / "plot\x1b[31m.png")
    assert done.returncode == 0, done.stderr
    assert "40 x 20" in done.stdout
    assert "\x1b[31m.png" not in done.stdout
    assert done.stdout.endswith(BACK)


def test_a_file_that_is_no_image_is_told(tmp_path: Path):
    pytest.importorskip("textual_image")
    broken = tmp_path / "plot.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    done = drawn(broken)
    assert done.returncode == UNREADABLE
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.endswith(BACK)


def test_nothing_is_imported_before_an_image_is_drawn():
    code = "import sys, tui.ui.file_editing; print({'PIL', 'textual_image'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert callable(main)
