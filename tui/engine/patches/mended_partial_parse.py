"""dbt's partial parsing with what it forgets mended, in the place of dbt's own for one parse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dbt.parser.manifest as dbt_manifest

from tui.engine.parse.partial_mends import MendedPartialParsing


@contextmanager
def in_place(mended: Callable[..., Any] = MendedPartialParsing) -> Iterator[None]:
    """While something is done inside, this finds out what a change makes dbt parse again."""
    partial_parsing = dbt_manifest.PartialParsing
    dbt_manifest.PartialParsing = mended
    try:
        yield
    finally:
        dbt_manifest.PartialParsing = partial_parsing
