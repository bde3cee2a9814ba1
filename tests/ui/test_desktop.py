"""Where there is no desktop, nothing is opened, and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.user import opened
from tui.ui.terminal.desktop import has_desktop, place_in_words


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False), ({"DISPLAY": ":0"}, "linux", True), ({"DISPLAY": ""}, "linux", False),
        ({"BROWSER": "firefox"}, "linux", True), ({}, "darwin", True), ({}, "win32", True),
    ],
)  # fmt: skip
def test_a_desktop_is_known_by_the_environment(
    environment: dict[str, str], platform: str, there: bool
) -> None:
    assert has_desktop(environment, platform) is there


def test_a_file_is_named_by_its_path() -> None:
    assert place_in_words("file:///tmp/a%20plot.svg") == "/tmp/a plot.svg"
    assert place_in_words("https://docs.example.com/x") == "https://docs.example.com/x"


async def test_what_cannot_be_opened_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ui.app.has_desktop", lambda: False)
    async with opened(tmp_path) as user:
        user.app.open_url("file:///tmp/plot.svg")
        await user.sees("there is no desktop here to open it: /tmp/plot.svg")
