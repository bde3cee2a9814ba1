"""What a project of Dagster's leaves in a process is gone after the test that has loaded it."""

import pytest

from tui.definitions import unserved


@pytest.fixture(autouse=True)
def nothing_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unserved, "_stands_in", [])
    monkeypatch.setattr(unserved, "_noted", [])
