"""Time zones by name; their library is imported when one is asked for: few definitions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name that `is_zone` knows."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether the system knows a time zone by this name."""
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
