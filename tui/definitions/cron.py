"""Checks cron expressions, so that a wrong one is reported with its line.

Five fields (minute, hour, day of the month, month, day of the week) of numbers, names, ranges,
steps and lists, `L` and `#` as cron has them, or `@daily` etc. When it ticks is computed
elsewhere, by a library that is not on every interpreter's path.
"""

from __future__ import annotations

import re

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("", *_MONTHS)),
    ("day of the week", 0, 7, _DAYS),
)
_PART = re.compile(r"^(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?$")
_NTH = re.compile(r"^(\w+)#([1-5])$|^(\w+)L$", re.IGNORECASE)
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def expanded(text: str) -> str:
    """An expression with `@daily` and its like written out."""
    return ALIASES.get(text.strip().lower(), text.strip())


def cron_problem(text: str) -> str:
    """What is wrong with an expression, in a sentence; empty when nothing is."""
    words = expanded(text).split()
    if len(words) != len(FIELDS):
        return f"{text!r} is not a cron expression: it has {len(words)} fields, and cron has five."
    for word, field in zip(words, FIELDS, strict=True):
        for part in word.split(","):
            if problem := _part_problem(part, *field):
                return f"{text!r} is not a cron expression: {problem}."
    if _never_comes(words):
        return f"{text!r} never occurs: no such month has that day."
    return ""


def _part_problem(part: str, name: str, least: int, most: int, names: tuple[str, ...]) -> str:
    wrong = f"{part!r} is not a valid {name}"
    if name == "day of the month" and part.upper() in ("L", "LW"):
        return ""
    if name == "day of the week" and (nth := _NTH.match(part)):
        day = nth[1] or nth[3]
        return "" if number_of(day, least, most, names) is not None else wrong
    found = _PART.match(part)
    if found is None:
        return wrong
    if found["step"] is not None and not 1 <= int(found["step"]) <= most:
        return wrong
    if found["first"] is None:
        return ""
    first = number_of(found["first"], least, most, names)
    last = first if found["last"] is None else number_of(found["last"], least, most, names)
    if first is None or last is None:
        return wrong
    return wrong if last < first else ""


def number_of(word: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    """The number that a word of a field means; None where it is none of the field's."""
    if word.isascii() and word.isdecimal():
        number = int(word)
        return number if least <= number <= most and len(word) <= 2 else None
    low = word.lower()
    return names.index(low) if low and low in names else None


def _never_comes(words: list[str]) -> bool:
    """Whether only days are named that none of the named months has, such as 30 February."""
    _, _, days, months, weekdays = words
    if weekdays != "*" or not all(part.isdecimal() for part in days.split(",")):
        return False
    names = ("", *_MONTHS)
    numbers = [number_of(part, 1, 12, names) for part in months.split(",")]
    if any(number is None for number in numbers):
        return False
    longest = max(LONGEST_MONTH.get(number or 0, 31) for number in numbers)
    return min(int(day) for day in days.split(",")) > longest
