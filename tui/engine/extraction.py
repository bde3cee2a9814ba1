"""dbt's static reader of models, kept out of this process.

`dbt_extractor` starts a pool of threads when it is first called. A child forked after that would
wait for ever for threads that it does not have, so the engine never calls it: many models are read
by a child, all at once, while dbt parses the macros; a few are left to Jinja, as dbt leaves every
model that the static reader does not understand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dbt.parser.models as dbt_models
from dbt_extractor import ExtractionError

from tui.engine.trial import ChildDied, in_child

WORTH_A_CHILD = 20
"""Models; below, Jinja is done before a child has begun."""


def _extract(codes: Sequence[str]) -> list[Any]:
    """What the static reader finds in each code; None where it does not understand it."""
    from dbt_extractor import py_extract_from_source

    found: list[Any] = []
    for code in codes:
        try:
            found.append(py_extract_from_source(code))
        except ExtractionError:
            found.append(None)
    return found


@contextmanager
def extraction_aside(codes: Sequence[str]) -> Iterator[None]:
    """While models with these codes are parsed, dbt gets what a child has read in them."""
    known: dict[str, Any] = {}
    if len(codes) >= WORTH_A_CHILD:
        try:
            known = dict(zip(codes, in_child(lambda: _extract(codes)), strict=True))
        except ChildDied:
            # Jinja finds the same, only later.
            known = {}

    def looked_up(code: str) -> Any:
        found = known.get(code)
        if found is None:
            raise ExtractionError("left to Jinja")
        return found

    real = dbt_models.py_extract_from_source
    dbt_models.py_extract_from_source = looked_up
    try:
        yield
    finally:
        dbt_models.py_extract_from_source = real
