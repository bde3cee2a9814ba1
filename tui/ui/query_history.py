"""The queries that were run in a project, over sessions: never a reason not to run one."""

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


class QueryHistory:
    """The queries of a project, and the walk through them, away from what is typed and back."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._past = load_queries(state_dir)
        self._place = 0
        """Which query is in the editor, from the newest; 0 is what was typed."""
        self._typed = ""

    def latest_on(self, asset: str) -> str:
        """The query that was run last on an asset; empty where none was."""
        return next((one.text for one in reversed(self._past) if one.asset == asset), "")

    def add(self, query: PastQuery) -> None:
        """Keep one that is run; a walk begins there again."""
        self._place = 0
        past = with_query(self._past, query)
        if past != self._past:
            self._past = past
            save_queries(past, self._state_dir)

    def step(self, by: int, text: str) -> tuple[str | None, str]:
        """Walk to an older query (or a newer one, by less than 0).

        Args:
            by: how far.
            text: what is in the editor now.

        Returns:
            What comes into its place, None for nothing, and in words what that is.
        """
        place = self._place + by
        if not 0 <= place <= len(self._past):
            return None, "There is no older query." if by > 0 else "This is the newest one."
        if self._place == 0:
            self._typed = text
        self._place = place
        if place == 0:
            return self._typed, "what you typed"
        return self._past[-place].text, f"query {place} of {len(self._past)} of the past"
