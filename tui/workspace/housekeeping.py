"""While a project is open, in the background: old runs go, large old logs are compressed."""

from __future__ import annotations

import asyncio
import time

from tui.errors import DbtreeError
from tui.project.project import Project
from tui.runs.housekeeping import DAY, Tidied, tidy
from tui.runs.service import RunService

QUIET = 20.0
"""Seconds after the start before anything is removed: a start has other things to do; and between
two looks whether a run goes on, which has as well."""


async def keep_tidy(project: Project, runs: RunService) -> None:
    """Tidy once a day, the first time soon after the start. Ends only when it is cancelled."""
    await asyncio.sleep(QUIET)
    while not project.readonly:
        while any(run.is_active for run in runs.runs):  # noqa: ASYNC110  it has the machine
            await asyncio.sleep(QUIET)
        await tidy_once(project, runs)
        await asyncio.sleep(DAY)


async def tidy_once(project: Project, runs: RunService) -> Tidied:
    """Tidy by the project's settings; what went is no longer listed. What is in the way (a lock,
    a disk that cannot be written) waits for the next time.
    """
    settings = project.settings
    try:
        done = await asyncio.to_thread(
            tidy, runs.store, keep_days=settings.count("keep_days"),
            keep_runs=settings.count("keep_runs"), now=time.time(),
        )  # fmt: skip
    except (DbtreeError, OSError):
        return Tidied()
    runs.forget(done.removed)
    return done
