"""What the past left behind for each asset and check on one target: what statuses are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cached_property

from tui.graph.deferral import Deferral
from tui.protocol.events import FAILURES
from tui.protocol.plain import plain
from tui.protocol.records import Fingerprint

NO_DEFERRAL = Deferral()


@plain(frozen=True, slots=True)
class Materialization:
    """The record that one run left for one asset on one target."""

    unique_id: str
    target: str
    run_id: str
    status: str
    """success, error, skipped, …: what the run made of it."""
    started_at: float
    finished_at: float
    duration: float
    message: str = ""
    rows: int | None = None
    relation: str = ""
    fingerprint: Fingerprint = Fingerprint()
    macros: Mapping[str, str] = field(default_factory=dict)
    skipped_because: str = ""
    row_count: int | None = None
    """Rows that the relation had afterwards, where they were counted."""
    columns: tuple[tuple[str, str], ...] = ()
    """Name and type of each column that it had afterwards, where that was asked."""
    metadata: str = ""
    """What a function of Python definitions told of it, as compact JSON: label → {kind, value}."""

    @property
    def counted(self) -> int | None:
        """How many rows it had afterwards: as counted, else as the adapter said of what it wrote,
        where that is the whole.
        """
        if self.row_count is not None:
            return self.row_count
        return self.rows if '"incremental"' not in self.fingerprint.config else None


@plain(frozen=True, slots=True)
class CheckResult:
    """The result of one check in one run on one target."""

    unique_id: str
    target: str
    run_id: str
    status: str
    """pass, fail, warn, error, skipped."""
    finished_at: float
    duration: float
    failures: int | None = None
    message: str = ""
    compiled_path: str = ""


@plain(frozen=True, slots=True)
class PartitionRecord:
    """What runs left for one partition of one asset on one target."""

    latest: Materialization
    """The latest attempt, whatever came of it."""
    built: Materialization | None
    """The latest success; None where there was none."""

    @property
    def told(self) -> Materialization | None:
        """The attempt that says how it is: the latest where that failed, else the one that made
        it; None where none did. One that was skipped or cancelled does not count.
        """
        return self.latest if self.latest.status in FAILURES else self.built

    def after(self, new: Materialization) -> PartitionRecord:
        """The record with a later attempt."""
        return PartitionRecord(new, new if new.status == "success" else self.built)


Partitions = Mapping[str, PartitionRecord]
"""The partitions of an asset that a run tried to make, by key."""


NO_PARTITIONS: Partitions = {}
"""Of what no run made any partition of."""


PartitionKeys = frozenset[str]
NO_KEYS: PartitionKeys = frozenset()


def united(each: Iterable[PartitionKeys]) -> PartitionKeys:
    """All of some sets of partitions; of one set that set itself."""
    found = [keys for keys in each if keys]
    return found[0] if len(found) == 1 else NO_KEYS.union(*found)


@plain(frozen=True, slots=True, eq=False)
class PartitionBuild:
    """Partitions of an asset that were built from the same."""

    of: Materialization
    """One of their materializations: they have its fingerprint and macros in common."""
    keys: PartitionKeys
    first: str
    """The first of them, in their order."""


@plain(frozen=True, eq=False)
class PartitionFacts:
    """What the partitions that an asset has now are, as far as its code says nothing of it: counted
    beside the statuses, which follow from it (see partition_reasons.py).
    """

    order: Mapping[str, int]
    """The place of each partition that there is now."""
    is_of_batches: bool = False
    """Whether they are dbt's batches of a microbatch model: only whether one failed says more than
    the runs of the model."""
    builds: tuple[PartitionBuild, ...] = ()
    """Those that are there, by what they were built from. One that failed since is in `failed`."""
    failed: tuple[str, ...] = ()
    """Those whose latest run failed, in their order."""
    failure: Materialization | None = None
    """The latest attempt among these."""
    later: Mapping[str, tuple[PartitionKeys, float]] = field(default_factory=dict)
    """Those of which a partition that they read was made again since: by the asset that they read,
    and when that was done last, in seconds since the epoch."""
    readers: Mapping[str, Callable[[PartitionKeys], PartitionKeys]] = field(default_factory=dict)
    """Of each asset with partitions that this one reads: which of its own are made of some of
    those."""
    concerned: tuple[tuple[str, Materialization], ...] = ()
    """Those that something without partitions concerns, which was built since: of the latest
    window of time, or all where they are none."""
    records: Partitions = field(default_factory=dict)
    """What runs left, of which all this was counted."""
    there: PartitionKeys = NO_KEYS
    """Those that a run made, whatever became of later runs."""

    @cached_property
    def made(self) -> PartitionKeys:
        """Those that are there, and did not fail since."""
        return united(build.keys for build in self.builds)


@plain(frozen=True, eq=False)
class History:
    """What is known of the past of one target: all that statuses are computed from."""

    built: Mapping[str, Materialization] = field(default_factory=dict)
    """The latest successful materialization of each asset."""
    latest: Mapping[str, Materialization] = field(default_factory=dict)
    """The latest attempt of each asset, whatever came of it."""
    checks: Mapping[str, CheckResult] = field(default_factory=dict)
    """The latest result of each check that ran (a skipped one does not replace a result)."""
    missing: frozenset[str] = frozenset()
    """Assets whose relation was looked for in this session, and was not in the database."""
    deferral: Deferral = NO_DEFERRAL
    """What this session defers to."""
    partitions: Mapping[str, Partitions] = field(default_factory=dict)
    """What runs left for the partitions of each asset that has any."""
    partition_facts: Mapping[str, PartitionFacts] = field(default_factory=dict)
    """What follows from that for the partitions that there are now; None of an asset until it is
    counted."""

    def read_elsewhere(self, unique_id: str) -> str:
        """The relation that a run reads in place of this asset's own, which is not there: dbt's
        rule for what it does not build. Empty where it reads its own.
        """
        there = self.deferral.relations.get(unique_id, "")
        is_here = unique_id in self.built and unique_id not in self.missing
        return "" if is_here or unique_id in self.deferral.here else there

    def partitions_of(self, unique_id: str) -> Partitions:
        """What runs left for the partitions of an asset."""
        return self.partitions.get(unique_id, NO_PARTITIONS)


def note_attempt(
    known: dict[str, PartitionRecord], keys: Iterable[str], new: Materialization
) -> None:
    """Put one more attempt at some partitions of an asset into what is known of them."""
    first = PartitionRecord(new, new if new.status == "success" else None)
    for key in keys:
        before = known.get(key)
        known[key] = first if before is None else before.after(new)
