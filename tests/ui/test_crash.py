"""A defect of our own ends the program with a sentence; the rest is in a file."""

from pathlib import Path

import pytest

from tests.ui.user import opened
from tui.ui.crash_report import FILE, MOST, note_crash
from tui.ui.screens.assets import AssetsScreen


class Defect(Exception):
    """What nobody expected."""


async def test_a_defect_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(screen: AssetsScreen) -> None:
        raise Defect("[bold]odd")

    monkeypatch.setattr(AssetsScreen, "action_toggle_log", fail)
    with pytest.raises(Defect):
        await meet(tmp_path)
    told = " ".join(capsys.readouterr().err.split())
    assert "bug in dbtree (Defect: [bold]odd, test_crash.py:" in told
    assert "Traceback" not in told
    assert "Defect: [bold]odd" in kept_in(tmp_path)


def kept_in(root: Path) -> str:
    """What the file says."""
    return next(root.rglob(FILE)).read_text("utf-8")


async def meet(root: Path) -> None:
    """Press the key of what fails."""
    async with opened(root) as user:
        user.workspace.state.project.state_dir.mkdir(parents=True, exist_ok=True)
        await user.presses("ctrl+l")


def test_what_cannot_be_kept_is_told_all_the_same(tmp_path: Path) -> None:
    told = note_crash(Defect(), tmp_path / "nowhere")
    assert "(Defect)" in told
    assert FILE not in told


def test_the_file_begins_anew_when_it_is_long(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("x" * (MOST + 1))
    assert FILE in note_crash(Defect("new"), tmp_path)
    assert "xxx" not in (tmp_path / FILE).read_text("utf-8")
