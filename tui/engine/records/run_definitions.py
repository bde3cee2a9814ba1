"""The Python definitions as a run gets them: plain values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.definitions.loader import Place
from tui.definitions.resolved import Resolved
from tui.protocol.records import Fingerprint


@dataclass(frozen=True)
class RunDefinitions:
    """What a run gets of the definitions; it can be sent to a fresh process too."""

    place: Place
    resolved: Resolved
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    """Of dbt's nodes whose translator gives them a code version."""
