"""The status of an asset, and why it is stale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """What an asset is at this moment; the value is the word on the screen."""

    NEVER = "never materialized"
    QUEUED = "queued"
    RUNNING = "running"
    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"
    SKIPPED = "skipped"
    CHECKS_FAILED = "checks failed"
    WARNED = "warned"
    SOURCE = "source"
    EPHEMERAL = "ephemeral"
    EXPOSURE = "exposure"


@dataclass(frozen=True)
class StaleReason:
    """One reason for which an asset is stale."""

    kind: str
    """sql, layout (only comments or white space), config, macro, seed, contract, upstream,
    upstream_stale, never_built, relation_missing."""
    detail: str
    """Readable: `macro cents_to_money changed`, `stg_orders was materialized 2m ago (a3f1)`."""
    cause: str = ""
    """unique_id of the macro or the upstream asset behind it."""


@dataclass(frozen=True)
class AssetStatus:
    """The status of one asset on one target."""

    status: Status
    reasons: tuple[StaleReason, ...] = ()
    since: float = 0.0
    """Seconds since the epoch: of a running asset its start, else of its latest materialization."""
    run_id: str = ""
    """The latest run that touched it."""
    because: str = ""
    """The unique_id of the failed asset or check that a skipped one was skipped for."""
