"""The command that writes what is missing in the YAML."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.errors import DbtreeError
from tui.ui.screens.action_host import ChoosingScreen

if TYPE_CHECKING:
    from tui.workspace.properties_proposal import Proposal


class YamlActions:
    """Describes the asset that is looked at on a screen."""

    def __init__(self, screen: ChoosingScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree

    def action_yaml(self) -> None:
        """Show what is missing about the asset, to be written."""
        state, unique_id = self._screen.current, self._screen.shown
        if unique_id not in state.graph.assets:
            self._host.tell("only an asset has columns to describe")
        elif state.project.readonly:
            self._host.tell("the project is open read-only: nothing is written")
        else:
            self._host.tell("reading the columns of the database …")
            self._screen.run_worker(self._propose(unique_id), group="yaml", exclusive=True)

    async def _propose(self, unique_id: str) -> None:
        from tui.ui.screens.yaml import YamlScreen

        try:
            proposal = await self._host.workspace.properties.propose(unique_id)
            await asyncio.to_thread(proposal.diff)  # says now where the file cannot be added to
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        self._host.tell("")

        def answered(chosen: frozenset[int] | None) -> None:
            if chosen is not None:
                self._screen.run_worker(self._write(proposal, chosen), group="yaml")

        self._host.push_screen(YamlScreen(proposal, self._host.glyphs), answered)

    async def _write(self, proposal: Proposal, chosen: frozenset[int]) -> None:
        try:
            change = await asyncio.to_thread(proposal.change, chosen)
            await asyncio.to_thread(self._host.workspace.edits.write, change)
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        self._host.tell(f"{proposal.path} is written · U takes it back")
