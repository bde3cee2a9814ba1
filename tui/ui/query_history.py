"""The queries that were run in a project, over sessions: never a reason not to run one. Pure but
for one file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tui.protocol.private_files import write_private

FILE = "queries.json"
MOST = 200
"""Queries that are kept."""
LONGEST = 50_000
"""Characters of one that is kept."""


class PastQuery(NamedTuple):
    """A query that was run."""

    asset: str
    """The unique_id of the asset on which it was typed."""
    text: str
    at: float
    """Seconds since the epoch."""


def load_queries(state_dir: Path) -> tuple[PastQuery, ...]:
    """The queries of the past, the oldest first; none where the file is missing or broken."""
    try:
        found = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    rows = found if isinstance(found, list) else []
    return tuple(PastQuery(*row) for row in rows if _is_query(row))


def _is_query(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and all(isinstance(part, str) for part in row[:2])
        and isinstance(row[2], float | int)
    )


def with_query(past: Iterable[PastQuery], query: PastQuery) -> tuple[PastQuery, ...]:
    """The queries with one more, which is there only once."""
    if not query.text.strip() or len(query.text) > LONGEST:
        return tuple(past)
    kept = [one for one in past if (one.asset, one.text) != (query.asset, query.text)]
    return (*kept, query)[-MOST:]


def save_queries(past: Iterable[PastQuery], state_dir: Path) -> None:
    """Write them in one move, where that is possible."""
    try:
        write_private(state_dir / FILE, json.dumps([list(one) for one in past]))
    except OSError:
        return
