"""Dbt's longest messages with the words first that say what is wrong: a screen cuts the end.

What dbt said follows whole.
"""

from __future__ import annotations

import re

_SCHEMA = re.compile(
    r"Invalid (?P<what>[\w ]+) config given in (?P<file>.+?) @ (?P<key>\w+): (?P<given>\{.*\})"
    r" - at path \[(?P<path>.*?)\]: (?P<why>[^\n]+)",
    re.DOTALL,
)
_NAME = re.compile(r"'name': '([^']+)'")
_STEP = re.compile(r"'([^']+)'|(\d+)")
_TWO = re.compile(r"dbt found two (?P<what>[\w ]+) with the name \"(?P<name>[^\"]+)\"")
_ITEM = re.compile(r"^\s*- \S+ \(([^()\n]+)\)", re.MULTILINE)


def reason_first(message: str) -> str:
    """A message of dbt's, led by its decisive words where dbt has them at its end."""
    words = _wrong_type(message) or _same_name(message)
    return f"{words}\n{message}" if words else message


def _wrong_type(message: str) -> str:
    """Of a property that is not what dbt's schema wants: `columns: 3 is not of type 'array'`."""
    found = _SCHEMA.match(message)
    if found is None:
        return ""
    where = ""
    for name, index in _STEP.findall(found["path"]):
        where += f"[{index}]" if index else f".{name}"
    named = _NAME.search(found["given"])
    whose = f"{named[1]} in {found['key']}" if named else found["key"]
    why = found["why"].rstrip(". ")
    return f"{where.lstrip('.')}: {why} ({whose})." if where else f"{why} ({whose})."


def _same_name(message: str) -> str:
    """Of two things with one name, where both are."""
    found = _TWO.search(message)
    places = _ITEM.findall(message)
    if found is None or len(places) < 2:
        return ""
    return f"two {found['what']} are named {found['name']}: {' and '.join(sorted(places))}."
