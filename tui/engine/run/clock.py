"""The time of a run's events, which never goes back even if the system clock does.

What was built last is told by time. Where the clock was set back since the last run, a new build
would count as older than what it replaces; its times are moved to come after what is recorded.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tui.protocol.private_files import make_private_directory, write_private

FILE = "latest"
FARTHEST = 7 * 24 * 3600.0
"""Seconds: a clock that is farther back than this was wrong before, and is right now."""


def seconds_behind(state_dir: Path, now: float) -> float:
    """By how much the clock (`now`, in seconds since the epoch) is behind the latest run's end."""
    try:
        latest = float((state_dir / "locks" / FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0
    behind = latest - now
    return behind if 0.0 < behind < FARTHEST else 0.0


def note_end(state_dir: Path, at: float) -> None:
    """Remember when a run ended. Where that cannot be written, nothing is remembered."""
    path = state_dir / "locks" / FILE
    with suppress(OSError):
        make_private_directory(path.parent)
        write_private(path, repr(at))
