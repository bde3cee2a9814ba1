"""A data diff in plain Python, row by row: what the one in the database must agree with."""

from collections import Counter
from collections.abc import Sequence
from math import isnan
from typing import Any

NAN = object()
Table = Sequence[tuple[Any, ...]]


def like(value: Any) -> Any:
    """A value as the database compares it, that can be a key: a NaN is like every other NaN."""
    if isinstance(value, float) and isnan(value):
        return NAN
    if isinstance(value, dict):
        return tuple((key, like(each)) for key, each in sorted(value.items()))
    return tuple(map(like, value)) if isinstance(value, list) else value


def differing(before: Table, after: Table, key: Sequence[int], width: int) -> dict[str, Any]:
    """The counts of a diff of two tables with the same columns."""
    sides = [[tuple(map(like, row)) for row in table] for table in (before, after)]
    keys = [[tuple(row[place] for place in key) for row in side] for side in sides]
    if not key:
        whole = [Counter(side) for side in sides]
        single: list[dict[Any, Any]] = [{}, {}]
    else:
        often = [Counter(found) for found in keys]
        odd = {one for counts in often for one, count in counts.items() if count > 1 or None in one}
        whole = [
            Counter(row for one, row in zip(found, side, strict=True) if one in odd)
            for found, side in zip(keys, sides, strict=True)
        ]
        single = [
            {one: row for one, row in zip(found, side, strict=True) if one not in odd}
            for found, side in zip(keys, sides, strict=True)
        ]
    shared = single[0].keys() & single[1].keys()
    columns = {
        place: sum(single[0][one][place] != single[1][one][place] for one in shared)
        for place in range(width)
        if place not in key
    }
    changed = sum(single[0][one] != single[1][one] for one in shared)
    added = len(single[1]) - len(shared) + (whole[1] - whole[0]).total()
    removed = len(single[0]) - len(shared) + (whole[0] - whole[1]).total()
    return {
        "rows": {
            "before": len(before), "after": len(after), "added": added, "removed": removed,
            "changed": changed, "same": len(before) - removed - changed,
        },
        "columns": columns,
    }  # fmt: skip
