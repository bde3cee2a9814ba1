"""Fuzzy matching of names: `stgord` finds `stg_orders`.

A query matches *tightly* when it is in the name as it is, or when it is made of pieces that each
begin a word of the name (words are separated by anything but letters and digits). It matches
*loosely* when its letters merely come in their order. Loose matches of short queries are noise in a
tree, which has its own order and cannot put the best first; so they only count where nothing
matches tightly (see `Filter.select`). Case never counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

Positions = tuple[int, ...]


@lru_cache(maxsize=64)
def tight_pattern(query: str) -> re.Pattern[str]:
    """The pattern that finds a query as it is, or as pieces that begin words."""
    whole = re.escape(query)
    if len(query) == 1:
        return re.compile(whole, re.IGNORECASE)
    pieces = r"(?:|[^\r\n]*?[^a-zA-Z0-9])".join(f"({re.escape(letter)})" for letter in query)
    return re.compile(rf"{whole}|(?<![a-zA-Z0-9]){pieces}", re.IGNORECASE)


@lru_cache(maxsize=64)
def loose_pattern(query: str) -> re.Pattern[str]:
    """The pattern that finds the letters of a query in their order."""
    letters = (re.escape(letter) for letter in query)
    return re.compile(r"[^\r\n]*?".join(letters), re.IGNORECASE)


def positions(query: str, name: str, *, loose: bool = True) -> Positions | None:
    """Where the letters of the query are in the name, or None where it does not match."""
    if not query:
        return ()
    found = tight_pattern(query).search(name)
    if found:
        if found.lastindex:
            return tuple(found.start(group) for group in range(1, len(query) + 1))
        return tuple(range(found.start(), found.end()))
    return _loose_positions(query.lower(), name.lower()) if loose else None


def _loose_positions(query: str, name: str) -> Positions | None:
    """The letters in their order, as close together as the first occurrence allows."""
    at = -1
    for letter in query:
        at = name.find(letter, at + 1)
        if at < 0:
            return None
    found = []
    for letter in reversed(query):
        at = name.rfind(letter, 0, at + 1)
        found.append(at)
        at -= 1
    return tuple(reversed(found))


def score(query: str, name: str) -> int:
    """How well a query matches a name: higher is better, 0 where it does not.

    The whole name is best, then its beginning, the beginning of a word, any part, pieces of words,
    and single letters; among equals the shorter name.
    """
    where = positions(query, name)
    if where is None:
        return 0
    if not where:
        return 1
    start, run = where[0], where[-1] - where[0] + 1 == len(where)
    begins_word = start == 0 or not name[start - 1].isalnum()
    if run and len(where) == len(name):
        rank = 6
    elif run:
        rank = 5 if start == 0 else 4 if begins_word else 3
    else:
        rank = 2 if begins_word and positions(query, name, loose=False) else 1
    return rank * 1000 - min(len(name), 500) - min(start, 99)


def best(query: str, names: Sequence[str]) -> int | None:
    """The place of the name that matches best, of equals the one that comes first.

    What begins with the query wins, the shortest; then what holds it as it is, by its score, then
    all else. Ten thousand names are looked through in some milliseconds: where the first letter of
    the query does not come before it, it stands nowhere in pieces, and its score is known.
    """
    word, plain = query.lower(), query.isascii()
    found, highest = None, -1
    for place, name in enumerate(names):
        lowered = name.lower()
        start = lowered.find(word)
        if start < 0:
            continue
        length = len(name)
        if start == 0:
            rated = 10_000 - (length if length < 500 else 500)
        elif plain and lowered.find(word[0]) == start and name.isascii():
            rated = 3000 if name[start - 1].isalnum() else 4000
            rated -= (length if length < 500 else 500) + (start if start < 99 else 99)
        else:
            rated = score(query, name)
        if rated > highest:
            found, highest = place, rated
    if found is not None:
        return found
    return max(range(len(names)), key=lambda place: score(query, names[place]), default=None)
