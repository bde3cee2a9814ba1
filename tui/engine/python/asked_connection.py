"""How definitions want their project to be opened: asked while dbt is being imported.

Imports neither dbt nor what needs it.
"""

from __future__ import annotations

from pathlib import Path

from tui.definitions.connections import Connection, connection_at
from tui.definitions.loader import Place, forget
from tui.engine.process.forked import HAS_FORK, ChildDied, Errand

PATIENCE = 60
"""Seconds that the import of the definitions may take."""


class AskedConnection:
    """How definitions want their project to be opened, asked while dbt is being imported."""

    def __init__(self, place: Place, root: Path, *, fork: bool) -> None:
        self._place, self._root = place, root
        self._errand = Errand(self._ask, seconds=PATIENCE) if fork and HAS_FORK else None

    def _ask(self) -> Connection:
        return connection_at(self._place, self._root)

    def answer(self) -> Connection:
        """What they say, waited for; nothing where that cannot be known."""
        if self._errand is None:
            found = self._ask()
            forget(self._place)
            return found
        try:
            return self._errand.answer()
        except ChildDied:
            return Connection()
