"""Lines of the schedules screen: a schedule, a tick. Pure."""

from __future__ import annotations

from datetime import datetime

from tui.schedules.values import Tick
from tui.schedules.views import ScheduleView
from tui.text.formats import human_age
from tui.ui.rows.segments import TextSegment, fit, size_of
from tui.ui.theme.glyphs import Glyphs

TextSegments = tuple[TextSegment, ...]

TICK_STYLES = {
    "claimed": "running", "run": "success", "asked": "success", "missed": "warn",
    "failed": "error",
}  # fmt: skip
TICK_WORDS = {
    "claimed": "starting", "run": "run", "asked": "by hand", "missed": "missed",
    "failed": "failed",
}  # fmt: skip


def cell(text: str, style: str, width: int) -> list[TextSegment]:
    """A text in a column."""
    return fit([(text, style)], width)


def until(at: datetime, now: float) -> str:
    """`in 3h`: how far away a tick is."""
    return f"in {human_age(max(at.timestamp() - now, 0.0))}"


def schedule_line(view: ScheduleView, glyphs: Glyphs, *, width: int, now: float) -> TextSegments:
    """One schedule: on or off, name, cron in words, next tick, what became of the latest."""
    schedule = view.schedule
    style = "success" if view.is_on else "dim"
    glyph = glyphs.mark if view.is_on else glyphs.dot
    segments: list[TextSegment] = [
        (f" {glyph} ", style),
        *cell("on" if view.is_on else "off", style, 5),
    ]
    tail: list[TextSegment] = []
    if width >= 60:
        next_words = until(view.next_at, now) if view.next_at else ""
        tail += cell(next_words, "name" if view.is_on else "dim", 10)
    if width >= 84:
        tail += [("  ", ""), *_latest(view, glyphs, now, 20)]
    tail.append((" ", ""))
    rest = max(width - size_of(segments) - size_of(tail) - 2, 2)
    name = max(min(rest // 2, 36), 1)
    words = [*cell(schedule.name, "name", name), ("  ", "")]
    words += cell(schedule.in_words, "dim", max(rest - name - 2, 1))
    return (*segments, *fit(words, rest), ("  ", ""), *tail)


def _latest(view: ScheduleView, glyphs: Glyphs, now: float, width: int) -> list[TextSegment]:
    if not view.ticks:
        return cell("never ticked", "dim", width)
    tick = view.ticks[0]
    style = TICK_STYLES.get(tick.status, "dim")
    words = f"{TICK_WORDS.get(tick.status, tick.status)} {human_age(max(now - tick.at, 0.0))}"
    return fit([(f"{glyphs.node.get(style, glyphs.dot)} ", style), (words, "dim")], width)


def tick_line(tick: Tick, view: ScheduleView, glyphs: Glyphs, *, width: int) -> TextSegments:
    """One tick: when, what became of it, its run or why there is none."""
    style = TICK_STYLES.get(tick.status, "dim")
    at = datetime.fromtimestamp(tick.at, view.schedule.zone)
    segments: list[TextSegment] = [(f" {glyphs.node.get(style, glyphs.dot)} ", style)]
    segments += cell(at.strftime("%a %d %b %Y %H:%M"), "name", 22)
    segments += cell(TICK_WORDS.get(tick.status, tick.status), style, 10)
    words = [(tick.run_id, "command"), ("  " if tick.run_id else "", ""), (tick.message, "dim")]
    return (*segments, *fit([w for w in words if w[0]], max(width - size_of(segments) - 1, 1)))
