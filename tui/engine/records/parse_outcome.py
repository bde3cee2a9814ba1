"""How a parse ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.engine.records.rows import RecordChanges
from tui.protocol.records import DbtWarning, Problem


@dataclass(frozen=True)
class Parsed:
    """A parse that succeeded."""

    changes: RecordChanges
    elapsed: float
    """Seconds."""
    warnings: list[DbtWarning] = field(default_factory=list)


@dataclass(frozen=True)
class NotParsed:
    """A parse that failed; what was before it stays."""

    problems: list[Problem]
