"""What is painted, and when: changed rows alone, fewer frames where only a run asks for them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.css.stylesheet import Stylesheet
from textual.strip import Strip

import tui.ui.frame_pacing
from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import opened
from tui.ui.app import DbtreeApp
from tui.ui.frame_pacing import CALM_FRAME, CALM_SHARE, CALMEST_FRAME, FramePacing
from tui.ui.terminal.opening_frame import OpeningFrame
from tui.ui.textual_patches import style_cache as parsed_styles
from tui.ui.textual_patches.compositor import runs_of
from tui.ui.textual_patches.stylesheet import SteadyStylesheet
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header


@pytest.mark.parametrize(
    ("rows", "ranges"),
    [
        ([], []),
        ([4], [(4, 5)]),
        ([0, 1, 2], [(0, 3)]),
        ([7, 0, 1, 9, 8], [(0, 2), (7, 10)]),
    ],
)
def test_neighbouring_rows_are_painted_together(
    rows: list[int], ranges: list[tuple[int, int]]
) -> None:
    assert list(runs_of(rows)) == ranges


async def test_rows_painted_by_themselves_look_as_in_a_whole_frame(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        compositor = user.app.screen._compositor
        whole = compositor.render_strips()
        header, footer = user.app.screen.query_one(Header), user.app.screen.query_one(Footer)
        dirty = {widget.region for widget in (header, footer)}
        compositor._dirty_regions.update(dirty)
        update = compositor.render_partial_update()
        assert update is not None
        assert {y for y, _, _ in update.spans} == {region.y for region in dirty}
        for y, _, _ in update.spans:
            painted = Strip.join(update.chops[y].values())
            assert painted.text == whole[y].text
            assert list(painted) == list(whole[y])


def test_only_a_run_waits_for_a_calm_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    given, painted = FramePacing(lambda: bool(runs)), time.monotonic() + 1000
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 0.0)
    assert given.until_frame(painted) == 0.0
    runs.append("build all")
    assert given.until_frame(painted) > 0.0
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 1e9)
    given.touch()
    assert given.until_frame(painted) == 0.0


def test_frames_that_take_long_come_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 0.0)
    spent = 0.0
    monkeypatch.setattr("time.thread_time", lambda: spent)
    given = FramePacing(lambda: True)

    def paints(seconds: float) -> float:
        nonlocal spent
        for _ in range(100):
            with given.showing():
                spent += seconds / 2
            with given.painting():
                spent += seconds / 2
        return given.calm_frame

    assert paints(0.0) == CALM_FRAME
    assert paints(0.25 * CALM_SHARE) == pytest.approx(0.25)
    assert paints(10 * CALMEST_FRAME) == CALMEST_FRAME
    assert paints(0.25 * CALM_SHARE) == pytest.approx(0.25)


def test_a_frame_comes_with_the_state_that_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 0.0)
    given = FramePacing(lambda: True)
    painted = time.monotonic()
    with given.showing():
        pass
    assert given.until_frame(painted) == 0.0
    assert given.until_state() > 0.0


def test_kept_css_is_what_parsing_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed_styles, "_file", lambda: tmp_path / "kept.css")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    variables = {"accent": "#112233"}
    css = "Header { color: $accent; height: 2; &:focus { text-style: bold; } }"

    def parsed(sheet: Stylesheet) -> str:
        sheet.add_source(css, ("test", ""))
        sheet.parse()
        return sheet.css

    first = SteadyStylesheet(variables=variables)
    expected = parsed(Stylesheet(variables=variables))
    assert parsed(first) == expected
    assert not parsed_styles.read_parsed(variables)
    first.keep()
    assert len(parsed_styles.read_parsed(variables)) == 1
    assert parsed(SteadyStylesheet(variables=variables)) == expected
    assert not parsed_styles.read_parsed({"accent": "#445566"})
    (tmp_path / "kept.css").write_bytes((tmp_path / "kept.css").read_bytes()[:-9])
    assert parsed(SteadyStylesheet(variables=variables)) == expected


class AnsweredWorkspace(StillWorkspace):
    """One whose engine may have answered while the screen was imported."""

    async def open_engine(self) -> None:
        await asyncio.sleep(0)
        self.publish(phase="ready")


class PaintedFrame(OpeningFrame):
    """One that the terminal shows."""

    is_painted = True


@pytest.mark.parametrize(("has_answered", "phase"), [(True, "ready"), (False, "starting")])
async def test_the_first_frame_knows_what_the_engine_has_answered_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_answered: bool, phase: str
) -> None:
    state = replace(sample.shop(tmp_path), phase="starting")
    workspace = AnsweredWorkspace(state, tmp_path / "runs")
    workspace.is_awaited = has_answered
    phases: list[str] = []

    app = DbtreeApp(workspace, opening=PaintedFrame(state.project))
    monkeypatch.setattr(app, "open_workspace", lambda: phases.append(workspace.state.phase))
    async with app.run_test() as pilot:
        await pilot.pause()
    assert phases == [phase]
