"""The schedules and sensors of a project as a screen or a list shows them."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from tui.graph import Problem
from tui.protocol.plain import plain
from tui.schedules.sensor_values import SensorView
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

    @property
    def name(self) -> str:
        return self.schedule.name

    @property
    def in_words(self) -> str:
        """When it ticks."""
        return self.schedule.in_words

    @property
    def selection(self) -> str:
        """What it materializes, as a user would type it."""
        return self.schedule.selection

    @property
    def place(self) -> tuple[str, int]:
        """The file and line of its definition; empty where it is in no file of Python's."""
        return self.schedule.row.path, self.schedule.row.line


AutomationView = ScheduleView | SensorView
"""What starts runs by itself."""


@plain(frozen=True)
class Schedules:
    """All schedules and sensors of a project, and what is wrong with others."""

    views: tuple[ScheduleView, ...] = ()
    problems: tuple[Problem, ...] = ()
    sensors: tuple[SensorView, ...] = ()

    @cached_property
    def all(self) -> tuple[AutomationView, ...]:
        """Schedules and sensors."""
        return (*self.views, *self.sensors)

    def sensor(self, name: str) -> SensorView | None:
        """The sensor of this name."""
        return next((view for view in self.sensors if view.name == name), None)

    def named(self, name: str) -> ScheduleView | None:
        """The schedule of this name."""
        return next((view for view in self.views if view.schedule.name == name), None)
