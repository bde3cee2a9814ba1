"""How the commands that were issued are drawn as lines. Pure."""

from __future__ import annotations

from tui.runs.values import ACTIVE
from tui.text.formats import human_duration, moment
from tui.ui.rows import spin, ticking
from tui.ui.rows.run_rows import TextSegments, style_of
from tui.ui.rows.segments import TextSegment, fit, size_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.command_log import IssuedCommand

WIDE = 90
"""Cells from which on there is room for the outcome in words."""


def is_going_on(command: IssuedCommand) -> bool:
    """Whether it is not done."""
    return command.outcome in ACTIVE


def outcome_style(command: IssuedCommand) -> str:
    """The style of what came of it: that of a run's status, else that it went wrong."""
    known = command.run_id or command.is_good or is_going_on(command)
    return style_of(command.outcome) if known else "error"


def command_line(command: IssuedCommand, glyphs: Glyphs, *, width: int, now: float) -> TextSegments:
    """One command: when, what came of it, how long it took, and its words."""
    style = outcome_style(command)
    turning = is_going_on(command) and command.outcome != "queued"
    glyph = spin(glyphs, now) if turning else glyphs.node.get(style.replace("-", " "), glyphs.dot)
    took = ticking(now - command.at) if turning else human_duration(command.duration)
    segments: list[TextSegment] = [
        (f" {glyph} ", style),
        *fit([(moment(command.at, now), "dim")], 17 if width >= WIDE else 9),
        *fit([((took if command.outcome != "queued" else "").rjust(7), "dim")], 9),
    ]
    if width >= WIDE:
        known = command.run_id or is_going_on(command) or command.is_good
        segments += fit([(command.outcome if known else "failed", style)], 12)
        segments += fit([(command.run_id or "engine", "name" if command.run_id else "dim")], 8)
    rest = width - size_of(segments) - 1
    return (*segments, *fit([(command.line, "command")], max(rest, 1)), (" ", ""))
