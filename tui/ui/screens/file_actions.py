"""The commands that change the project's files: a new asset, a new name, and taking it back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.errors import DbtreeError
from tui.ui.screens.action_host import ChoosingScreen

if TYPE_CHECKING:
    from tui.refactoring.edits import Change

SHOWN_WITHIN = 20.0
"""Seconds in which dbt has read what was written, or it is not waited for."""


class FileActions:
    """Changes files about the asset that is looked at on a screen."""

    def __init__(self, screen: ChoosingScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree

    def _may(self, words: str) -> str:
        """The asset that is looked at, where files may be written; empty, and told, where not."""
        state, unique_id = self._screen.current, self._screen.shown
        if unique_id not in state.graph.assets:
            self._host.tell(words)
        elif state.project.readonly:
            self._host.tell("the project is open read-only: nothing is written")
        else:
            return unique_id
        return ""

    # ------------------------------------------------------------------- rename

    def action_rename(self, new: str = "") -> None:
        """Show what another name changes, to be written."""
        unique_id = self._may("only an asset has a name to change")
        if unique_id and not new:
            self._host.tell("say its new name: `:rename NAME`")
        elif unique_id:
            self._host.tell("reading the project's files …")
            self._screen.run_worker(self._rename(unique_id, new), group="files", exclusive=True)

    async def _rename(self, unique_id: str, new: str) -> None:
        from tui.ui.panels.change_lines import diff_lines
        from tui.ui.screens.change import ChangeScreen

        try:
            change = await self._host.workspace.refactorings.rename(unique_id, new)
            diff = await asyncio.to_thread(diff_lines, change)
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        self._host.tell("")

        def answered(is_wanted: bool | None) -> None:
            if is_wanted:
                self._screen.run_worker(self._write(change), group="files")

        self._host.push_screen(ChangeScreen(change, diff, self._host.glyphs), answered)

    # ------------------------------------------------------------------- new

    def action_new(self, kind: str = "") -> None:
        """Ask for a new asset that reads the one that is looked at."""
        from tui.refactoring.new_asset import KINDS

        unique_id = self._may("put the cursor on what the new asset is to read")
        if unique_id and kind not in ("", *KINDS):
            self._host.tell(f"unknown kind {kind}: there are {', '.join(KINDS)}")
        elif unique_id:
            self._host.tell("reading the columns …")
            self._screen.run_worker(self._ask(unique_id, kind), group="files", exclusive=True)

    async def _ask(self, unique_id: str, kind: str) -> None:
        from tui.ui.screens.new_asset import NewAssetScreen

        try:
            around, drafts = await self._host.workspace.refactorings.surroundings(unique_id)
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        self._host.tell("")

        def answered(change: Change | None) -> None:
            if change is not None:
                self._screen.run_worker(self._write(change), group="files")

        self._host.push_screen(NewAssetScreen(around, drafts, self._host.glyphs, kind), answered)

    # ------------------------------------------------------------------- write, take back

    async def _write(self, change: Change) -> None:
        try:
            await asyncio.to_thread(self._host.workspace.edits.write, change)
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        done = f"{change.edits[0].result} is written"
        if len(change.edits) > 1:
            done = f"{change.title}: {len(change.edits)} files are written"
        self._host.tell(f"{done} · U takes it back")
        await self._show(change.unique_id)

    async def _show(self, unique_id: str) -> None:
        """Go to what was written, as soon as dbt has read it."""
        workspace = self._host.workspace
        with suppress(TimeoutError):
            state = await asyncio.wait_for(
                workspace.until(
                    lambda state: unique_id in state.graph.assets or unique_id in state.graph.checks
                ),
                SHOWN_WITHIN,
            )
            if self._screen.is_current and unique_id in {*state.graph.assets, *state.graph.checks}:
                self._host.show_state()  # which the screen may not have yet
                self._screen.action_jump(unique_id)

    def action_undo_edit(self) -> None:
        """Take back what was written last."""
        self._screen.run_worker(self._undo(), group="files")

    async def _undo(self) -> None:
        try:
            change = await asyncio.to_thread(self._host.workspace.edits.undo)
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        if change is None:
            self._host.tell(
                "nothing to take back: this window has written nothing, or took it all back"
            )
        elif len(change.edits) == 1 and not change.edits[0].is_new:
            self._host.tell(f"{change.edits[0].path} is as before")
        else:
            self._host.tell(f"taken back: {change.title}")
            if change.was:
                await self._show(change.was)
