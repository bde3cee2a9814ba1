"""The screens are tested as on a terminal with all colours, whatever runs the tests."""

import pytest


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of the terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "COLORFGBG", "TEXTUAL_COLOR_SYSTEM", "TMUX"):
        monkeypatch.delenv(name, raising=False)
