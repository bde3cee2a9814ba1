"""Where dbt reads the partial parse file from: its flags, which are frozen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dbt.parser.manifest as dbt_manifest


@contextmanager
def read_from(path: Path) -> Iterator[None]:
    """Dbt's reader takes the path from nowhere else."""
    flags = dbt_manifest.get_flags()
    before = flags.PARTIAL_PARSE_FILE_PATH
    object.__setattr__(flags, "PARTIAL_PARSE_FILE_PATH", str(path))
    try:
        yield
    finally:
        object.__setattr__(flags, "PARTIAL_PARSE_FILE_PATH", before)
