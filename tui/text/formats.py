"""Numbers and times in words: the same on the screen and in what the headless commands print.

Pure and short. Every function gives text without padding; whoever lays out columns aligns it to
the right, for which the widest results are stated.
"""

from __future__ import annotations

import time

_AGES = (("y", 365 * 86400), ("mo", 30 * 86400), ("d", 86400), ("h", 3600), ("m", 60))
_BIG = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3))


def human_age(seconds: float) -> str:
    """How long ago, in one unit and at most 4 cells: `now`, `12s`, `2m`, `3h`, `5d`, `11mo`, `2y`.

    A time that is ahead (the clocks of two machines) is `now`.
    """
    if seconds < 1:
        return "now"
    for unit, size in _AGES:
        if seconds >= size:
            return f"{min(int(seconds // size), 99 if unit == 'y' else 999)}{unit}"
    return f"{int(seconds)}s"


def human_ago(seconds: float) -> str:
    """How long ago, in words: `just now`, `12s ago`, `2m ago`."""
    age = human_age(seconds)
    return "just now" if age == "now" else f"{age} ago"


def human_duration(seconds: float) -> str:
    """How long something took, in at most 6 cells: `0.21s`, `12.3s`, `1m12s`, `2h05m`, `3d04h`."""
    seconds = max(seconds, 0.0)
    if seconds < 9.995:
        return f"{seconds:.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 100 * 3600:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02}h"


def human_count(count: int) -> str:
    """A count in at most 5 cells: `0`, `999`, `1.2k`, `12k`, `340k`, `1.2M`; `-` before a loss."""
    sign, count = ("-", -count) if count < 0 else ("", count)
    for unit, size in _BIG:
        # What would round up to the next unit is written in the next unit: 999,950 is 1M.
        if count >= size or (size > 10**3 and count >= size - size // 2000):
            tenths = round(count / (size // 10))
            if tenths < 100 and tenths % 10:
                return f"{sign}{tenths // 10}.{tenths % 10}{unit}"
            return f"{sign}{round(count / size)}{unit}"
    return f"{sign}{count}"


def human_bytes(count: int) -> str:
    """A size in bytes: `512 B`, `1.2 kB`, `34 MB`."""
    short = human_count(count)
    return f"{short[:-1]} {short[-1]}B" if short[-1].isalpha() else f"{short} B"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 asset`, `3 assets`, `2 queries` (where `many` says so)."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def article(noun: str) -> str:
    """A noun with its indefinite article: `a seed`, `an exposure`."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def clock(at: float) -> str:
    """The local time of day of seconds since the epoch: `12:01:03`."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def moment(at: float, now: float) -> str:
    """Date and time as short as they are clear: `12:01:03` of today, else `2026-11-20 12:01`."""
    then, today = time.localtime(at), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M:%S", then)
    return time.strftime("%Y-%m-%d %H:%M", then)
