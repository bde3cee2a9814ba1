"""Another state of the project, from which a session reads what it has not built itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tui.protocol.plain import plain


@plain(frozen=True, eq=False)
class Deferral:
    """What a session defers to. Compares by identity; false where it defers to nothing."""

    where: str = ""
    """As the user named it: a target, a directory, `git:main`."""
    directory: str = ""
    """Of its manifest.json; absolute."""
    relations: Mapping[str, str] = field(default_factory=dict)
    """What is built there: unique_id → `database.schema.name`."""
    here: frozenset[str] = frozenset()
    """What no run of dbtree has built on this target, and the database has nevertheless."""
    note: str = ""
    """What of it a run on this target could not read, in a sentence."""

    def __bool__(self) -> bool:
        return bool(self.where)
