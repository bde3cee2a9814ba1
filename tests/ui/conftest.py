"""The screens are tested as on a terminal with all colours, whatever runs the tests."""

import pytest
import textual.app
import textual.pilot

import tui.ui.frame_pacing
from tests.ui.quiet import nothing_to_do


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of the terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "COLORFGBG", "TEXTUAL_COLOR_SYSTEM", "TMUX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pilot takes for idle."""
    monkeypatch.setattr(textual.app, "wait_for_idle", nothing_to_do)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", nothing_to_do)


@pytest.fixture(autouse=True)
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame is painted at once, as while somebody types, however slow the machine is."""
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 1e12)
