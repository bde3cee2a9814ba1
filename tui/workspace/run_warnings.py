"""What dbt warned of in the latest runs, read from their logs when a run has ended."""

from __future__ import annotations

import asyncio

from tui.protocol.records import DbtWarning
from tui.runs.service import RunService
from tui.runs.warnings import RUNS, warnings_of_run
from tui.workspace.store import WorkspaceStore


class RunWarnings:
    """Keeps `WorkspaceState.run_warnings` up to date, from `open` on."""

    def __init__(self, store: WorkspaceStore, runs: RunService) -> None:
        self._store = store
        self._runs = runs
        self._is_open = False
        self._known: dict[str, tuple[DbtWarning, ...]] = {}
        """Of runs that have ended, by id: their logs do not change."""
        self._looking: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Look now, and after every run."""
        self._is_open = True
        self.look()

    def close(self) -> None:
        """Look no more."""
        self._is_open = False
        if self._looking is not None:
            self._looking.cancel()

    def look(self) -> None:
        """Read the logs of the latest runs, in a thread."""
        if self._is_open:
            self.close()
            self._is_open = True
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        state = self._store.state
        ended = [run for run in state.runs if run.target == state.target and not run.is_active]
        latest = [run.run_id for run in ended[:RUNS]]
        for run_id in latest:
            if run_id not in self._known:
                directory = self._runs.run_dir(run_id)
                self._known[run_id] = await asyncio.to_thread(warnings_of_run, directory)
        self._known = {run_id: self._known[run_id] for run_id in latest}
        # By their words: the latest run that says so tells it.
        found = {one[:2]: one for run_id in reversed(latest) for one in self._known[run_id]}
        warnings = tuple(found.values())
        if warnings != self._store.state.run_warnings:
            self._store.set(run_warnings=warnings)
