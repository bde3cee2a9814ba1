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
        self.hung: ChildDied | None = None
        """The end of an import that took too long: another one would, too."""
        self._errand = Errand(self._ask, seconds=PATIENCE) if fork and HAS_FORK else None

    @property
    def phase(self) -> str:
        """What is waited for."""
        return loading_words(self._place)

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
        except ChildDied as died:
            self.hung = died if died.took_too_long else None
            return Connection()


def loading_words(place: Place) -> str:
    """That the definitions are imported, and how long that may take."""
    return f"loading {place.module} (at most {PATIENCE} s)"
