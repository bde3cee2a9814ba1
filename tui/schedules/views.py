"""The schedules of a project as a screen or a list shows them."""

from __future__ import annotations

from datetime import datetime

from tui.graph import Problem
from tui.protocol.plain import plain
from tui.schedules.values import Schedule, Tick


@plain(frozen=True)
class ScheduleView:
    """One schedule on the target in use."""

    schedule: Schedule
    is_on: bool
    next_at: datetime | None
    """In its own zone; None while it is off."""
    ticks: tuple[Tick, ...] = ()
    """The latest, newest first."""


@plain(frozen=True)
class Schedules:
    """All schedules of a project, and what is wrong with others."""

    views: tuple[ScheduleView, ...] = ()
    problems: tuple[Problem, ...] = ()

    def named(self, name: str) -> ScheduleView | None:
        """The schedule of this name."""
        return next((view for view in self.views if view.schedule.name == name), None)
