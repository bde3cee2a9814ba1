"""An open window tidies by the project's settings, and no longer lists what went."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.logs import RunWriter
from tests.runs.test_service import Window
from tui.project.project import Project
from tui.project.settings import Setting, Settings
from tui.runs.housekeeping import DAY, Tidied
from tui.workspace.housekeeping import keep_tidy, tidy_once

ORDERS = "model.shop.orders"


@pytest.fixture
def window(tmp_path: Path) -> Window:
    now = time.time()
    for number, days in enumerate((90, 80, 1)):
        writer = RunWriter(tmp_path / ".dbtree", f"a00{number}", now - days * DAY)
        writer.starts(ORDERS).builds(ORDERS).ends()
    return Window(tmp_path)


def project_keeping(tmp_path: Path, runs: str) -> Project:
    project = Project(tmp_path, "shop", target="dev")
    kept = {"keep_runs": Setting("keep_runs", runs, "dbtree.toml")}
    return replace(project, settings=Settings({**project.settings.values, **kept}))


async def test_what_went_is_no_longer_listed(window: Window, tmp_path: Path) -> None:
    assert len(window.runs.runs) == 3
    window.listener.changed.clear()
    done = await tidy_once(project_keeping(tmp_path, "1"), window.runs)
    assert done.removed == ("a001", "a000")
    assert [run.run_id for run in window.runs.runs] == ["a002"]
    assert window.listener.changed.is_set()


async def test_what_ended_elsewhere_meanwhile_is_noticed_all_the_same(
    window: Window, tmp_path: Path
) -> None:
    writer = RunWriter(tmp_path / ".dbtree", "e123", time.time() - 60)
    writer.starts(ORDERS).builds(ORDERS).ends()
    await tidy_once(Project(tmp_path, "shop", target="dev"), window.runs)
    assert [run.run_id for run in window.runs.store.started_since({"a002"})] == ["e123"]


async def test_by_default_the_newest_200_stay(window: Window, tmp_path: Path) -> None:
    done = await tidy_once(Project(tmp_path, "shop", target="dev"), window.runs)
    assert done.removed == ()
    assert len(window.runs.runs) == 3


async def test_a_locked_history_waits_for_the_next_time(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> Tidied:
        raise OSError("busy")

    monkeypatch.setattr("tui.workspace.housekeeping.tidy", locked)
    assert await tidy_once(project_keeping(tmp_path, "1"), window.runs) == Tidied()
    assert len(window.runs.runs) == 3


async def test_a_project_open_read_only_is_left_as_it_is(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.workspace.housekeeping.QUIET", 0.0)
    await keep_tidy(replace(project_keeping(tmp_path, "1"), readonly=True), window.runs)
    assert len(window.runs.runs) == 3
