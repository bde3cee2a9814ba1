"""Lines of the automation screen: a schedule or sensor, a tick. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tui.schedules.sensor_values import SensorTick
from tui.schedules.values import Tick
from tui.schedules.views import AutomationView, ScheduleView
from tui.text.formats import human_age
from tui.ui.rows.segments import TextSegment, fit, size_of
from tui.ui.theme.glyphs import Glyphs

TextSegments = tuple[TextSegment, ...]

TICK_STYLES = {
    "claimed": "running", "run": "success", "asked": "success", "missed": "warn",
    "failed": "error", "done": "success", "skipped": "dim",
}  # fmt: skip
TICK_WORDS = {
    "claimed": "starting", "run": "run", "asked": "by hand", "missed": "missed",
    "failed": "failed", "done": "called", "skipped": "skipped",
}  # fmt: skip
WORDS = max(len(word) for word in TICK_WORDS.values()) + 2
"""Cells of a tick's word."""


def cell(text: str, style: str, width: int) -> list[TextSegment]:
    """A text in a column."""
    return fit([(text, style)], width)


def until(at: datetime, now: float) -> str:
    """`in 3h`: how far away a tick is."""
    left = at.timestamp() - now
    return f"in {human_age(left)}" if left >= 1 else "now"


def schedule_line(view: AutomationView, glyphs: Glyphs, *, width: int, now: float) -> TextSegments:
    """One schedule or sensor: on or off, name, when, next tick, what became of the latest."""
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
    words = [*cell(view.name, "name", name), ("  ", "")]
    words += cell(view.in_words, "dim", max(rest - name - 2, 1))
    return (*segments, *fit(words, rest), ("  ", ""), *tail)


def _latest(view: AutomationView, glyphs: Glyphs, now: float, width: int) -> list[TextSegment]:
    if not view.ticks:
        return cell("never ticked", "dim", width)
    tick = view.ticks[0]
    style = TICK_STYLES.get(tick.status, "dim")
    words = f"{TICK_WORDS.get(tick.status, tick.status)} {human_age(max(now - tick.latest, 0.0))}"
    return fit([(f"{glyphs.node.get(style, glyphs.dot)} ", style), (words, "dim")], width)


def zone_of(view: AutomationView) -> tzinfo | None:
    """The zone in which the ticks are told: the schedule's; of a sensor the reader's own."""
    return view.schedule.zone if isinstance(view, ScheduleView) else None


def tick_line(
    tick: Tick | SensorTick, view: AutomationView, glyphs: Glyphs, *, width: int
) -> TextSegments:
    """One tick: when, what became of it, its run or why there is none."""
    style = TICK_STYLES.get(tick.status, "dim")
    zone = zone_of(view)
    segments: list[TextSegment] = [(f" {glyphs.node.get(style, glyphs.dot)} ", style)]
    at = datetime.fromtimestamp(tick.at, zone)
    seconds = ":%S" if isinstance(tick, SensorTick) else ""
    segments += cell(at.strftime(f"%a %d %b %Y %H:%M{seconds}"), "name", 22 + len(seconds))
    segments += cell(TICK_WORDS.get(tick.status, tick.status), style, WORDS)
    words: list[TextSegment] = []
    for run_id in _shown_runs(tick):
        words += [(run_id, "command"), ("  ", "")]
    if isinstance(tick, SensorTick) and tick.count > 1:
        last = datetime.fromtimestamp(tick.latest, zone).strftime("%H:%M:%S")
        words.append((f"{tick.count} times until {last}  ", "dim"))
    words.append((tick.message, "dim"))
    return (*segments, *fit(words, max(width - size_of(segments) - 1, 1)))


def _shown_runs(tick: Tick | SensorTick) -> tuple[str, ...]:
    """The runs of a tick, as far as a line names them."""
    if isinstance(tick, Tick):
        return (tick.run_id,) if tick.run_id else ()
    shown = tick.run_ids[:3]
    more = len(tick.run_ids) - len(shown)
    return (*shown, f"and {more} more") if more else shown
