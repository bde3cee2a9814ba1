"""What checks of the database found about the relations of one target, kept across sessions.

A start can then show what is gone before it has checked again.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from tui.graph.history import History, Materialization
from tui.protocol.plain import plain
from tui.protocol.private_files import make_private_directory, write_private


@plain(frozen=True)
class KnownRelations:
    """What is known of the relations of a target."""

    missing: Mapping[str, str] = field(default_factory=dict)
    """Assets whose relation was not there: unique_id → the run that had built it."""
    listed: frozenset[str] = frozenset()
    """Assets that only count as gone because their relation was there once."""

    def missing_of(self, built: Mapping[str, Materialization]) -> frozenset[str]:
        """Those that no run has built since."""
        return frozenset(
            key for key, run in self.missing.items() if key in built and built[key].run_id == run
        )


def known_of(history: History, listed: frozenset[str]) -> KnownRelations:
    """What to keep of a history."""
    missing = {key: history.built[key].run_id for key in sorted(history.missing)}
    return KnownRelations(missing, listed)


def relations_path(state_dir: Path, target: str) -> Path:
    """Where it is kept."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", target) or "target"
    return state_dir / "relations" / f"{name}.json"


def load(path: Path) -> KnownRelations:
    """What was kept; nothing where the file is missing or broken."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        missing = {str(key): str(run) for key, run in found["missing"].items()}
        return KnownRelations(missing, frozenset(map(str, found["listed"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return KnownRelations()


def save(path: Path, known: KnownRelations) -> None:
    """Keep it, whole or not at all; not at all where the directory cannot be written."""
    text = json.dumps({"missing": dict(known.missing), "listed": sorted(known.listed)})
    with contextlib.suppress(OSError):
        make_private_directory(path.parent)
        write_private(path, text)
