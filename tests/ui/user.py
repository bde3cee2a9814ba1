"""Drives the screen as a user does: opens, presses, sees."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tui.ui.app import DbtreeApp
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.theme.glyphs import UNICODE, Glyphs
from tui.ui.theme.themes import DARK
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.workspace.state import WorkspaceState

PATIENCE = 60.0
"""Seconds in which anything that a test waits for has happened, on a busy machine too."""


class User:
    """Someone at a terminal with dbtree on it."""

    def __init__(self, pilot: Pilot[None], workspace: StillWorkspace) -> None:
        self.pilot = pilot
        self.workspace = workspace

    @property
    def app(self) -> DbtreeApp:
        return cast(DbtreeApp, self.pilot.app)

    @property
    def tree(self) -> AssetTreeView:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, AssetsScreen)
        return screen.tree_view

    async def presses(self, *keys: str) -> None:
        """Press keys, one after the other, each until its effect is on the screen."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def types(self, text: str) -> None:
        await self.presses(*text)

    async def highlights(self, name: str) -> None:
        """Put the cursor on an asset."""
        graph = self.workspace.state.graph
        names = [(key, asset.name) for key, asset in graph.assets.items()]
        names += [(key, check.name) for key, check in graph.checks.items()]
        key = next(key for key, found in names if found == name)
        assert self.tree.show(key)
        await self.pilot.pause()

    async def learns(self, state: WorkspaceState | None = None, **changes: Any) -> None:
        """The workspace publishes another state."""
        self.workspace.publish(state, **changes)
        screen = self.app.screen
        if isinstance(screen, WorkspaceScreen):
            await self.waits_for(lambda: screen.state is self.workspace.state)
        await self.pilot.pause()

    @property
    def lines(self) -> list[str]:
        """The screen as lines of text."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def screen(self) -> str:
        return "\n".join(self.lines)

    async def sees(self, *texts: str) -> None:
        """Wait until each of these is on the screen."""
        for text in texts:
            await self.waits_for(partial(self._has, text), f"{text!r} is not on the screen")

    async def misses(self, *texts: str) -> None:
        """Wait until none of these is on the screen."""
        for text in texts:
            await self.waits_for(partial(self._lacks, text), f"{text!r} is on the screen")

    def _has(self, text: str) -> bool:
        return text in self.screen

    def _lacks(self, text: str) -> bool:
        return text not in self.screen

    def row(self, name: str) -> str:
        """The line of the tree that an asset stands in."""
        for line in self.lines:
            # A pane's title, too, may be the name.
            pane = line.split("││")[0] if not line.startswith("╭") else ""
            if f" {name} " in pane and "↗" not in pane:
                return pane
        raise AssertionError(f"no row of {name} on the screen:\n{self.screen}")

    async def waits_for(
        self, is_so: Callable[[], bool], said: str = "it did not come to be"
    ) -> None:
        """Wait until something holds; `said` is what to say when it never does."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, f"{said}:\n{self.screen}"
            await self.pilot.pause(0.01)


def dark_app(root: Path, prepare: Callable[[StillWorkspace], None]) -> DbtreeApp:
    """dbtree with the shop, for a picture."""
    state = sample.shop(root)
    workspace = StillWorkspace(state, root / "runs")
    state.project.state_dir.mkdir(parents=True, exist_ok=True)
    prepare(workspace)
    app = DbtreeApp(workspace, clock=lambda: sample.NOW, glyphs=UNICODE)
    app.theme = DARK.name
    return app


@asynccontextmanager
async def opened(
    root: Path,
    state: WorkspaceState | None = None,
    *,
    size: tuple[int, int] = (130, 40),
    glyphs: Glyphs = UNICODE,
    prepare: Callable[[StillWorkspace], None] | None = None,
) -> AsyncIterator[User]:
    """dbtree on a terminal of so many columns and rows, with the shop unless told otherwise."""
    workspace = StillWorkspace(state or sample.shop(root), root / "runs")
    (workspace.state.project.state_dir).mkdir(parents=True, exist_ok=True)
    if prepare is not None:
        prepare(workspace)
    app = DbtreeApp(workspace, clock=lambda: sample.NOW, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        user = User(pilot, workspace)
        yield user
        if user.app.screen_stack:
            list(user.lines)  # the last frame, whether a test looked at it or not
