"""A profile counted in plain Python: what the one in a database must agree with."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from typing import Any

import pytest

from tui.protocol.profiles import BARS, DATE, NUMBER, TOP, ColumnProfile

EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001  no zone


def as_number(value: Any) -> float:
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) / datetime.timedelta(seconds=1)
    if isinstance(value, datetime.date):
        return float((value - datetime.date(1970, 1, 1)).days * 86_400)
    return float(value)


def same(value: Any) -> str:
    """What equal values have in common; a zero is one with either sign."""
    return repr(value + 0) if isinstance(value, float) else repr(value)


def in_python(values: list[Any], kind: str) -> dict[str, Any]:
    """The same by brute force."""
    filled = [value for value in values if value is not None]
    counts = Counter(map(same, filled))
    found: dict[str, Any] = {"nulls": len(values) - len(filled), "distinct": len(counts)}
    found["top"] = sorted(counts.values(), reverse=True)[:TOP]
    if kind in (NUMBER, DATE):
        finite = [as_number(one) for one in filled if math.isfinite(as_number(one))]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        bars = [0] * BARS
        for one in finite:
            part = (one * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5) * BARS if high > low else 0
            bars[int(min(math.floor(part), BARS - 1))] += 1
        found["bars"] = tuple(bars) if finite else ()
        found["not_finite"] = len(filled) - len(finite)
        if kind == NUMBER and finite:
            found["mean"] = math.fsum(one / len(finite) for one in finite)
        found["ends"] = (low, high) if finite else None
    return found


def check_profile(one: ColumnProfile, values: list[Any]) -> None:
    """Assert that a profile is that of the values of its column."""
    expected = in_python(values, one.kind)
    assert (one.nulls, one.distinct) == (expected["nulls"], expected["distinct"]), one
    assert [count for _, count in one.top] == expected["top"], one
    if one.kind not in (NUMBER, DATE):
        assert one.bars == ()
        return
    assert one.bars == expected["bars"], one
    assert one.not_finite == expected["not_finite"], one
    if one.kind == NUMBER and expected["ends"]:
        assert one.least is not None
        assert one.greatest is not None
        assert (float(one.least), float(one.greatest)) == pytest.approx(expected["ends"])
        scale = max(map(abs, expected["ends"]))
        assert one.mean == pytest.approx(expected["mean"], rel=1e-9, abs=scale * 1e-9)
