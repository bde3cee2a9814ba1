"""What dbt's static parser says of saved models, read before a fork and looked up after it.

`dbt_extractor` (the parser in Rust that finds `ref`, `source` and `config` without rendering)
works with a pool of threads, which a forked child does not have: a call there waits for ever. So
the engine itself reads the models that are about to be parsed, and its children look the answers
up; what was not read is rendered by Jinja, as dbt does with what the static parser cannot read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbt.parser import models
from dbt_extractor import ExtractionError, py_extract_from_source

Readings = dict[str, dict[str, Any]]
"""A model's code → what the static parser found in it."""


def read_ahead(codes: Iterable[str]) -> Readings:
    """Read these models now; those that the static parser cannot read are left out."""
    readings: Readings = {}
    for code in codes:
        try:
            readings[code] = py_extract_from_source(code)
        except ExtractionError:
            continue
    return readings


def look_up_only(readings: Readings) -> None:
    """Let dbt look up what was read ahead, in this process and for good. For forked children."""

    def look_up(code: str) -> dict[str, Any]:
        try:
            return readings[code]
        except KeyError:
            raise ExtractionError("not read ahead") from None

    models.py_extract_from_source = look_up
