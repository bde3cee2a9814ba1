"""What the automation screen tells of a schedule, a sensor, a tick, and a trial."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from tui.protocol.messages import SensorEvaluated
from tui.protocol.sensors import RunRequestRow
from tui.schedules.sensor_values import SensorTick, SensorView
from tui.schedules.views import ScheduleView
from tui.text.formats import plural

SHOWN_TICKS = 3
"""Ticks to come that are told."""
SHOWN_REQUESTS = 20
"""Runs that a trial names."""
SHOWN_LOG = 7
"""Lines of a log that are shown: the last."""
SHOWN_CURSOR = 200
"""Characters of a cursor that are shown."""


def _line(name: str, *words: str | tuple[str, str]) -> Content:
    return Content.assemble((f"{name:<9}", "$dim"), *words)


def about_schedule(view: ScheduleView, now: datetime) -> Content:
    """What it is for, what it selects, and the ticks to come."""
    schedule = view.schedule
    coming = schedule.next_ticks(now, SHOWN_TICKS)
    ticks = ", ".join(tick.strftime("%a %d %b %H:%M") for tick in coming)
    lines = [
        _line("selects", schedule.selection),
        _line("cron", f"{schedule.row.cron} · {schedule.in_words}"),
        _line("ticks", ticks, ("" if view.is_on else "  (off)", "$dim")),
    ]
    if schedule.row.is_evaluated:
        lines.insert(1, _line("asks", "its function says at each tick what is run"))
    if schedule.row.description:
        lines.insert(0, Content(schedule.row.description))
    return Content("\n").join(lines)


def about_sensor(view: SensorView) -> Content:
    """What it is for, what it watches, what it may run, and what it remembers."""
    row = view.sensor.row
    lines = [Content(row.description)] if row.description else []
    if row.monitored:
        lines.append(_line("watches", row.monitored))
    if row.statuses:
        whose = f" of {', '.join(row.jobs)}" if row.jobs else ""
        lines.append(_line("watches", f"runs{whose} that end: {', '.join(row.statuses)}"))
    if view.sensor.targets:
        lines.append(_line("runs", view.sensor.selection))
    lines.append(_line("looks", view.sensor.every, ("" if view.is_on else "  (off)", "$dim")))
    if view.cursor and not view.sensor.is_automation:
        lines.append(_line("cursor", view.cursor[:SHOWN_CURSOR]))
    if view.ticks and view.ticks[0].status == "failed":
        lines.append(_failure(view.ticks[0]))
    return Content("\n").join(lines)


def _failure(tick: SensorTick) -> Content:
    where = f"{tick.path}:{tick.line}: " if tick.path else ""
    return Content.styled(f"{where}{tick.message}", "$status-failed")


def about_tick(tick: SensorTick) -> Content:
    """What came of a tick, and what the function said."""
    if tick.status == "failed":
        lines = [_failure(tick)]
    else:
        runs = f"started {', '.join(tick.run_ids)}" if tick.run_ids else tick.message
        lines = [Content(runs)]
    lines += [Content.styled(line, "$dim") for line in tick.log[-SHOWN_LOG:]]
    return Content("\n").join(lines)


def about_reply(reply: SensorEvaluated) -> Content:
    """What an evaluation would ask for."""
    if reply.problem:
        where = f"{reply.path}:{reply.line}: " if reply.path else ""
        lines = [Content.styled(f"{where}{reply.problem}", "$status-failed")]
    elif not reply.requests:
        lines = [Content(f"It would ask for no run: {reply.skipped or 'it gives no reason'}")]
    else:
        rows = [RunRequestRow(*row) for row in reply.requests]
        lines = [Content(f"It would ask for {plural(len(rows), 'run')}:")]
        lines += [Content(f"  {_request(row)}") for row in rows[:SHOWN_REQUESTS]]
        if len(rows) > SHOWN_REQUESTS:
            lines.append(Content(f"  and {len(rows) - SHOWN_REQUESTS} more"))
    lines += [Content.styled(line, "$dim") for line in reply.log[-SHOWN_LOG:]]
    return Content("\n").join(lines)


def _request(row: RunRequestRow) -> str:
    said = [
        row.job, ", ".join(row.keys), row.partition,
        f"run key {row.run_key}" if row.run_key else "",
    ]  # fmt: skip
    return " · ".join(filter(None, said)) or "its target"
