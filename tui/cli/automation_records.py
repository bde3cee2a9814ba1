"""Schedules, sensors and their ticks as JSON, and their times in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tui.schedules.sensor_values import SensorTick, SensorView
from tui.schedules.values import Tick
from tui.schedules.views import AutomationView, ScheduleView


def record(view: AutomationView, target: str) -> dict[str, Any]:
    """A schedule or a sensor as JSON."""
    return _of_sensor(view, target) if isinstance(view, SensorView) else _of_schedule(view, target)


def _of_schedule(view: ScheduleView, target: str) -> dict[str, Any]:
    schedule = view.schedule
    return {
        "kind": "schedule",
        "name": schedule.name,
        "cron": schedule.row.cron,
        "cron_in_words": schedule.in_words,
        "timezone": schedule.row.timezone,
        "selection": schedule.selection,
        "target": target,
        "is_on": view.is_on,
        "catch_up": schedule.row.catch_up,
        "next_tick": view.next_at.isoformat() if view.next_at else None,
        "description": schedule.row.description,
        "path": schedule.row.path or None,
        "line": schedule.row.line or None,
        "ticks": [tick_record(tick) for tick in view.ticks],
    }


def _of_sensor(view: SensorView, target: str) -> dict[str, Any]:
    row = view.sensor.row
    return {
        "kind": "sensor",
        "name": row.name,
        "sensor_kind": row.kind,
        "interval": row.interval,
        "watches": row.monitored or list(row.statuses) or None,
        "selection": view.sensor.selection,
        "target": target,
        "is_on": view.is_on,
        "next_tick": view.next_at.isoformat() if view.next_at else None,
        "cursor": view.cursor or None,
        "description": row.description,
        "path": row.path or None,
        "line": row.line or None,
        "ticks": [tick_record(tick) for tick in view.ticks],
    }


def tick_record(tick: Tick | SensorTick) -> dict[str, Any]:
    """A tick as JSON."""
    if isinstance(tick, SensorTick):
        return {
            "sensor": tick.sensor,
            "target": tick.target,
            "at": _iso(tick.at),
            "until": _iso(tick.latest),
            "count": tick.count,
            "status": tick.status,
            "run_ids": list(tick.run_ids),
            "message": tick.message or None,
            "log": list(tick.log),
            "path": tick.path or None,
            "line": tick.line or None,
        }
    return {
        "schedule": tick.schedule,
        "target": tick.target,
        "at": _iso(tick.at),
        "status": tick.status,
        "run_id": tick.run_id or None,
        "message": tick.message or None,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def time_words(at: datetime) -> str:
    """A time with its zone."""
    return at.strftime("%Y-%m-%d %H:%M %Z")
