"""Fuzzy matching of names: `stgord` finds `stg_orders`.

A query matches *tightly* when it stands in the name as it is, or when it is made of pieces that
each begin a word of the name (words are parted by anything but letters and digits). It matches
*loosely* when its letters merely come in their order. Loose matches of short queries are noise in
a tree, which has its own order and cannot put the best first; so they only count where nothing
matches tightly (see `Filter.select`). Case never counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """Where the letters of the query stand in the name, or None where it does not match."""
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
    start = where[0]
    if where[-1] - start + 1 == len(where):
        return _score_whole(len(query), name, start)
    begins_word = start == 0 or not name[start - 1].isalnum()
    rank = 2 if begins_word and positions(query, name, loose=False) else 1
    return rank * 1000 - min(len(name), 500) - min(start, 99)


def _score_whole(length: int, name: str, start: int) -> int:
    """The score of a query of this length that stands in the name as it is."""
    if start == 0:
        rank = 6 if length == len(name) else 5
    else:
        rank = 3 if name[start - 1].isalnum() else 4
    return rank * 1000 - min(len(name), 500) - min(start, 99)


def best(query: str, names: Iterable[tuple[int, str]]) -> int:
    """The number of the name that has the best score, of equals the one that comes first.

    As `score` has it, but ten thousand names that hold the query as it is are looked through in
    some milliseconds: where its first letter does not come before, it stands nowhere in pieces.
    """
    word, plain = query.lower(), query.isascii()
    found, highest = -1, -1
    for number, name in names:
        lowered = name.lower()
        start = lowered.find(word)
        if plain and start >= 0 and lowered.find(word[0]) == start and name.isascii():
            rated = _score_whole(len(word), name, start)
        else:
            rated = score(query, name)
        if rated > highest:
            found, highest = number, rated
    return found
