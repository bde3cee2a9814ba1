r"""Values of JSON as every reader of a log or a database can have them.

Python's JSON writes NaN, which no other reader takes, and its strings may hold half of a surrogate
pair (from `"\ud800"` in a YAML file or a program, from a file name that is no text), which cannot
be encoded. Neither may cost a run its record.
"""

from __future__ import annotations

import math
import re
from typing import Any

UNPAIRED = "\ufffd"
"""Stands for half of a surrogate pair."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def paired(value: Any) -> Any:
    """The same value of JSON without halves of surrogate pairs in its texts and keys."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATES.sub(UNPAIRED, value)
    if isinstance(value, dict):
        return {paired(key): paired(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [paired(item) for item in value]
    return value


def finite(value: Any) -> Any:
    """The same value of JSON with words in the place of NaN and infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
