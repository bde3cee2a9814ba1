"""What automation conditions are evaluated against: the graph, the history, what goes on, the time.

Pure. Everything is asked of an asset or a check by its unique_id, and answered for its partitions:
what has none has the one key "".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property

from tui.definitions.cron_ticks import Cron
from tui.definitions.partition_mappings import Side, default_mapping
from tui.definitions.partition_rows import partitions_of
from tui.definitions.partitions import PartitionsDefinition
from tui.definitions.zones import zone_of
from tui.graph import AssetGraph
from tui.graph.history import History
from tui.protocol.plain import plain
from tui.protocol.records import DECLARED
from tui.runs.partition_reading import latest_window, mapping_said

Subset = frozenset[str]
EMPTY: Subset = frozenset()
WHOLE: Subset = frozenset({""})
"""Of what has no partitions."""
FAILED = frozenset({"error", "fail", "runtime error", "partial success", "skipped"})
"""Statuses of an attempt that failed, or could not be made because another one did."""
NOT_BUILT = frozenset({"source", "external", *DECLARED})
"""Types of resources that are made elsewhere, and are there."""


@plain(frozen=True, eq=False)
class World:
    """What there is at one moment."""

    graph: AssetGraph
    history: History
    now: float
    """Seconds since the epoch."""
    busy: Mapping[str, Subset] = field(default_factory=dict)
    """What runs are to make and have not yet."""
    made_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The nodes of runs, by run id, as far as they are known."""
    loaded: Mapping[str, float] = field(default_factory=dict)
    """When data of what is made elsewhere was loaded last, where that is known."""
    selections: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the selections of conditions select."""
    blocking: frozenset[str] = frozenset()
    """Checks of Python's that are blocking."""
    freshness: Mapping[str, str] = field(default_factory=dict)
    """By asset with a freshness policy: passed, warned or failed."""

    # -- the graph --------------------------------------------------------------------

    @cached_property
    def by_key(self) -> Mapping[str, str]:
        """Assets by their keys."""
        return {asset.key or asset.name: key for key, asset in self.graph.assets.items()}

    def asset_of(self, target: str) -> str:
        """The asset of a check; an asset itself."""
        check = self.graph.checks.get(target)
        return check.asset if check is not None else target

    def deps_of(self, asset: str) -> tuple[str, ...]:
        """What an asset reads, in the order of the keys; ephemeral models are looked through."""
        found: dict[str, None] = {}
        waiting = list(self.graph.assets[asset].depends_on) if asset in self.graph.assets else []
        while waiting:
            upstream = waiting.pop()
            above = self.graph.assets.get(upstream)
            if above is None or upstream in found:
                continue
            if above.materialized == "ephemeral":
                waiting += above.depends_on
            else:
                found[upstream] = None
        return tuple(sorted(found, key=lambda key: self.graph.assets[key].key or key))

    def checks_of(self, asset: str, *, blocking_only: bool) -> tuple[str, ...]:
        """The checks of an asset."""
        checks = self.graph.checks_of.get(asset, ())
        return tuple(key for key in sorted(checks) if not blocking_only or self._blocks(key))

    def _blocks(self, key: str) -> bool:
        check = self.graph.checks[key]
        return key in self.blocking if check.kind == "python" else check.severity == "error"

    def narrowed(
        self, others: tuple[str, ...], allow: str | None, ignore: str | None
    ) -> tuple[str, ...]:
        """Those that a selection allows, and another does not leave out."""
        allowed = self.selections.get(allow, EMPTY) if allow else None
        ignored = self.selections.get(ignore, EMPTY) if ignore else EMPTY
        return tuple(
            key for key in others if (allowed is None or key in allowed) and key not in ignored
        )

    def code_of(self, target: str) -> str:
        """What tells whether the code of an asset is another: its code_version where definitions
        give it one, else its code.
        """
        asset = self.graph.assets.get(target)
        if asset is None:
            return ""
        own = asset.fingerprint
        return own.config if '"code_version"' in own.config and not own.sql else own.sql

    # -- partitions -----------------------------------------------------------------------

    def partitions_def(self, target: str) -> PartitionsDefinition | None:
        """The partitions of an asset; a check has none."""
        asset = self.graph.assets.get(target)
        return partitions_of(asset.partitions) if asset is not None and asset.partitions else None

    @cached_property
    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    @cached_property
    def _every(self) -> dict[str, Subset]:
        return {}

    def all_of(self, target: str) -> Subset:
        """All partitions that there are now."""
        given = self.partitions_def(target)
        if given is None:
            return WHOLE
        row = self.graph.assets[target].partitions
        if row not in self._every:
            self._every[row] = frozenset(given.get_partition_keys(self._moment))
        return self._every[row]

    def mapped(self, subset: Subset, target: str, other: str) -> Subset:
        """The partitions of another asset that belong to some of this one: as the mapping between
        the two says, whichever of them reads the other; by default as in Dagster.
        """
        one, two = self.partitions_def(target), self.partitions_def(other)
        if not subset or (one is None and two is None):
            return subset
        if one is None or two is None:
            return self.all_of(other)
        sides = (Side.of(one, self._moment), Side.of(two, self._moment))
        if (said := mapping_said(self.graph, other, target)) is not None:
            return said.downstream(subset, sides[1], sides[0])
        given = mapping_said(self.graph, target, other) or default_mapping(one, two)
        return given.upstream(subset, *sides) & self.all_of(other)

    def latest_window(self, target: str, lookback: float | None) -> Subset:
        """The partitions of the latest window of time, or of so many seconds before its end; all
        where there are no such windows.
        """
        given, every = self.partitions_def(target), self.all_of(target)
        return every if given is None else latest_window(given, every, self._moment, lookback)

    def can_run_together(self, root: str, other: str) -> bool:
        """Whether one run can make both, so that a request of the other is an update for this."""
        if other not in self.graph.assets:
            return False
        if self.graph.assets[other].resource_type in NOT_BUILT:
            return False
        return self.graph.assets[root].partitions == self.graph.assets[other].partitions

    # -- the history ----------------------------------------------------------------------

    def there(self, target: str) -> Subset:
        """The partitions that were made; what is made elsewhere is there."""
        if target in self.graph.checks:
            return self.all_of(target) if target in self.history.checks else EMPTY
        asset = self.graph.assets.get(target)
        if asset is None:
            return EMPTY
        if asset.resource_type in NOT_BUILT and target not in self.history.built:
            return self.all_of(target)
        if target in self.history.missing:
            return EMPTY
        if not asset.partitions:
            return WHOLE if target in self.history.built else EMPTY
        records = self.history.partitions_of(target)
        return frozenset(key for key, one in records.items() if one.built is not None)

    def in_progress(self, target: str) -> Subset:
        """The partitions that a run is to make and has not yet."""
        return self.busy.get(target, EMPTY)

    def failed(self, target: str) -> Subset:
        """The partitions of which the latest attempt failed."""
        if target in self.graph.checks:
            result = self.history.checks.get(target)
            return WHOLE if result is not None and result.status == "error" else EMPTY
        if self.partitions_def(target) is None:
            latest = self.history.latest.get(target)
            return WHOLE if latest is not None and latest.status in FAILED else EMPTY
        records = self.history.partitions_of(target)
        return frozenset(key for key, one in records.items() if one.latest.status in FAILED)

    def updated_since(self, target: str, seen: float) -> Mapping[float, Subset]:
        """What was made after a time: when → which partitions."""
        found: dict[float, Subset] = {}
        if target in self.graph.checks:
            result = self.history.checks.get(target)
            at = result.finished_at if result is not None else 0.0
            return {at: WHOLE} if at > seen else found
        if self.partitions_def(target) is None:
            at = self._updated_at(target)
            return {at: WHOLE} if at > seen else found
        for key, one in self.history.partitions_of(target).items():
            if one.built is not None and one.built.finished_at > seen:
                at = one.built.finished_at
                found[at] = found.get(at, EMPTY) | {key}
        return found

    def _updated_at(self, target: str) -> float:
        built = self.history.built.get(target)
        return max(built.finished_at if built else 0.0, self.loaded.get(target, 0.0))

    def updates(self) -> dict[str, float]:
        """When each asset and check was updated last, as far as they ever were."""
        found = {key: built.finished_at for key, built in self.history.built.items()}
        for key, at in self.loaded.items():
            found[key] = max(at, found.get(key, 0.0))
        found.update((key, one.finished_at) for key, one in self.history.checks.items())
        return found

    def made_with(self, target: str, root: str, candidates: Subset) -> Subset:
        """The partitions whose latest run was to make another asset, too."""
        if target == root:
            return EMPTY
        if self.partitions_def(target) is None:
            built = self.history.built.get(target)
            runs: Sequence[tuple[str, str]] = [("", built.run_id)] if built is not None else []
        else:
            records = self.history.partitions_of(target)
            runs = [(key, one.built.run_id) for key, one in records.items() if one.built]
        made = {key for key, run_id in runs if root in self.made_in.get(run_id, ())}
        return candidates & made

    def check_status(self, target: str) -> str:
        """`pass` or `fail`: of a check that ran since its asset was made last; empty otherwise."""
        result = self.history.checks.get(target)
        if result is None:
            return ""
        built = self.history.built.get(self.asset_of(target))
        if (
            built is not None
            and built.finished_at > result.finished_at
            and (built.run_id != result.run_id)
        ):
            return ""
        return {"pass": "pass", "success": "pass", "fail": "fail", "warn": "fail"}.get(
            result.status, ""
        )

    # -- the time ---------------------------------------------------------------------------

    def last_tick(self, cron: str, zone: str) -> float | None:
        """When a cron expression ticked last, in seconds since the epoch; None for never."""
        ticks = Cron.of(cron).ticks(self._moment, zone_of(zone), backwards=True)
        found = next(ticks, None)
        return None if found is None else found.timestamp()
