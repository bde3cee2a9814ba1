"""Which file dbt is parsing: its loops wrap each file for its parser, and there one can look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dbt.parser.manifest as dbt_manifest
from dbt.parser.search import FileBlock


@contextmanager
def seen(see: Callable[[Any], None]) -> Iterator[None]:
    """Call `see` with each file before it is parsed."""

    def noted(file: Any) -> FileBlock:
        see(file)
        return FileBlock(file)

    dbt_manifest.FileBlock = noted
    try:
        yield
    finally:
        dbt_manifest.FileBlock = FileBlock
