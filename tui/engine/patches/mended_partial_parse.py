"""Replaces dbt's partial parsing for one parse with one that fixes the cases it misses."""

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
