"""Records the runs of dbt that others start on the same checkout: another shell, an orchestrator.

They are noticed when they end. The engine writes their event log, with what the assets were built
from; from then on such a run is followed like one that another window has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.errors import DbtreeError
from tui.protocol.messages import RecordExternalRun, Refused
from tui.runs.directories import release_run_id, run_dir
from tui.runs.service import RunService
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.runs.external_runs import ExternalRun, ExternalRuns

INTERVAL = 1.0
"""Seconds between two looks at what dbt has left."""
TRIES = 3
"""So often a run is tried to be recorded."""
PATIENCE = 60
"""So many intervals an engine that is being replaced is waited for."""


class ExternalRunWatch:
    """The look-out of one open project."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        ask: Callable[..., asyncio.Future[Any]],
        runs: RunService,
        notify: Callable[[str], None],
    ) -> None:
        """`ask` sends a request to the engine; `notify` says something to the user."""
        self._state = state
        self._ask = ask
        self._runs = runs
        self._notify = notify
        self._external: ExternalRuns | None = None
        self.going_on = ""
        """The command of a dbt that runs elsewhere now; empty where there is none."""

    async def follow(self) -> None:
        """Record what ends elsewhere, until this is cancelled."""
        while True:
            if self._state().can_start:
                with contextlib.suppress(OSError):  # a directory that went away meanwhile
                    await self.look()
            await asyncio.sleep(INTERVAL)

    async def look(self) -> bool:
        """Record what has ended since the last look; whether there was something."""
        state = self._state()
        project, engine = state.project, state.engine
        if engine is None:
            return False
        if self._external is None:
            # Not needed by the first frame, which waits for what is imported before it.
            from tui.runs.external_runs import ExternalRuns

            self._external = ExternalRuns(project.state_dir)
        external, root = self._external, project.root
        logs = Path(os.environ.get("DBT_LOG_PATH") or root / "logs")

        def find() -> tuple[list[ExternalRun], str]:
            found = external.find(
                root / engine.target_path, root / logs / "dbt.log", state.target, state.runs, root
            )
            return found, external.going_on

        found, going_on = await asyncio.to_thread(find)
        if going_on and going_on != self.going_on:
            self._notify(f"{going_on} is running elsewhere")
        self.going_on = going_on
        for one in found:
            await self._record(external, one)
        return bool(found)

    async def _record(self, external: ExternalRuns, found: ExternalRun) -> None:
        try:
            run_id = await asyncio.to_thread(external.claim, found)
        except (OSError, DbtreeError):
            external.pass_over(found.invocation_id)
            return
        if not run_id:
            return
        try:
            words, is_unable = await self._written(found, run_id)
        except asyncio.CancelledError:  # the window is closed: the next one records it
            external.give_back(found, run_id)
            raise
        external.pass_over(found.invocation_id)
        if words:
            release_run_id(self._state().project.state_dir, run_id)
            if not is_unable:
                self._notify(words)
        else:
            self._notify(f"{found.fields['command']} has ended elsewhere: recorded as {run_id}")

    async def _written(self, found: ExternalRun, run_id: str) -> tuple[str, bool]:
        """Have the engine write the log of a run: why it did not, and whether it never will."""
        directory = run_dir(self._state().project.state_dir, run_id)
        words, is_unable = "", False
        for _ in range(TRIES):
            try:
                reply = await self._ask(
                    RecordExternalRun, run_id=run_id, run_dir=str(directory),
                    invocation_id=found.invocation_id, **found.fields,
                )  # fmt: skip
            except DbtreeError as error:  # the engine is being replaced
                words = error.message
                await self._engine_is_back()
                continue
            words = reply.message if isinstance(reply, Refused) else ""
            is_unable = isinstance(reply, Refused) and reply.kind == "unable"
            if not words or is_unable:
                break
            await asyncio.sleep(INTERVAL)  # its child may have died: a run is not lost for that
        return words, is_unable

    async def _engine_is_back(self) -> None:
        """Wait until an engine can be asked again, for a minute at most."""
        for _ in range(PATIENCE):
            await asyncio.sleep(INTERVAL)
            if self._state().can_start:
                return
