"""Why a source is not fresh, in words. Pure."""

from __future__ import annotations

from typing import Any

GOOD = "pass"
"""dbt's status of a source that is fresh."""


def age_words(status: str, age: Any) -> str:
    """Why a source is not fresh, by the age of its newest row in seconds; empty where it is."""
    if status == GOOD or not isinstance(age, int | float):
        return ""
    return f"Its newest row was loaded {_hours(float(age))} ago."


def _hours(seconds: float) -> str:
    """An age in words: `3 hours`, `12 days`."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or unit == "minute":
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""
