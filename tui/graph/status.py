"""The status of an asset, and why it is stale: the values. The rules are in status_rules.py."""

from __future__ import annotations

from enum import Enum

from tui.protocol.plain import plain


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
    PASSED = "passed"
    """Of a check only."""

    # There is one of each: they are counted ten thousand at a time, and hashed at the speed of C.
    __hash__ = object.__hash__


@plain(frozen=True)
class StaleReason:
    """One reason for which an asset is stale."""

    kind: str
    """sql, layout (only comments or white space), input (what its code reads: a variable, a ref),
    compiled (nothing of these), config, macro, seed, contract,
    upstream, upstream_stale, never_built, relation_missing, limited (built empty, or from a
    sample), deferred (a parent was read from another state)."""
    detail: str
    """Readable, without what ages: `macro cents_to_money changed`, `stg_orders was materialized
    after it (run a3f1)`."""
    cause: str = ""
    """unique_id of the macro or the upstream asset behind it."""
    at: float = 0.0
    """When the cause happened, in seconds since the epoch; 0 where that is not known."""


@plain(frozen=True)
class AssetStatus:
    """The status of one asset on one target."""

    status: Status
    reasons: tuple[StaleReason, ...] = ()
    since: float = 0.0
    """Seconds since the epoch: of a running or queued asset since when, else the end of its latest
    attempt. 0 where there was none."""
    run_id: str = ""
    """The latest run that touched it."""
    because: str = ""
    """The unique_id of the failed asset or check that a skipped one was skipped for; of an asset
    whose checks failed or warned, the first of these checks (also of a stale one's that warned)."""
    stale_partitions: frozenset[str] = frozenset()
    """Of an asset with partitions, those that are there and are stale."""

    @property
    def is_outdated(self) -> bool:
        """Whether building it now would make something else of it: it is stale or was never
        built, whatever else its status says (a failed asset may have been edited since).
        """
        return bool(self.reasons)

    @property
    def is_stale(self) -> bool:
        """Whether it was built and is not up to date, whatever else its status says."""
        return any(reason.kind != "never_built" for reason in self.reasons)

    @property
    def also(self) -> Status | None:
        """What it is beside its status: an asset that failed, was skipped or of which checks failed
        may be stale as well, or never materialized; a stale one's checks may have warned.
        """
        if self.status is Status.STALE:
            return Status.WARNED if self.because else None
        if self.status not in _HIDE_STALE or not self.reasons:
            return None
        return Status.STALE if self.is_stale else Status.NEVER

    @property
    def words(self) -> tuple[str, ...]:
        """All that it is, as words: by any of them `status:` selects it."""
        also = self.also
        return (self.status.value,) if also is None else (self.status.value, also.value)


_HIDE_STALE = frozenset({Status.FAILED, Status.SKIPPED, Status.CHECKS_FAILED})
