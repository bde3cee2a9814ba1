"""What an evaluation of a sensor needs of the workspace, and what comes of it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from tui.protocol.messages import SensorEvaluated
from tui.runs.plan import RunPlan
from tui.schedules.planning import PlanningWorkspace


class Evaluating(Protocol):
    """The questions of a project, as far as sensors need them."""

    async def evaluate_sensor(self, name: str, **asked: Any) -> SensorEvaluated:
        """Have a function of the definitions called. Raises EngineError."""


class SensingWorkspace(PlanningWorkspace, Protocol):
    """The workspace, as far as sensors need it."""

    def materialize(self, plan: RunPlan) -> str:
        """Start the run, or queue it; returns its id."""

    def notify(self, words: str) -> None:
        """Say something to the user."""


class Outcome(NamedTuple):
    """What came of an evaluation, before it is a tick."""

    status: str
    message: str = ""
    run_ids: tuple[str, ...] = ()
    cursor: str | None = None
    run_key: str | None = None
    log: tuple[str, ...] = ()
    path: str = ""
    line: int = 0
