"""The statuses of a project in numbers, for the header and for `dbtree status`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from operator import attrgetter

from tui.graph.status import AssetStatus, Status
from tui.protocol.plain import plain


@plain(frozen=True)
class StatusCounts:
    """How many assets have each status, and how many are outdated in all."""

    total: int = 0
    counts: Mapping[Status, int] = field(default_factory=dict)
    outdated: int = 0
    """Assets that a build would change: stale and never built ones, also where their status says
    something worse."""

    def __getitem__(self, status: Status) -> int:
        return self.counts.get(status, 0)

    def worth_telling(self) -> list[tuple[Status, int]]:
        """What a header says besides the total, the most urgent first: `2 running`, `1 failed`."""
        return [(status, self.counts[status]) for status in TOLD if self.counts.get(status)]


TOLD = (
    Status.RUNNING,
    Status.QUEUED,
    Status.FAILED,
    Status.CHECKS_FAILED,
    Status.SKIPPED,
    Status.STALE,
    Status.NEVER,
    Status.WARNED,
)


def count_statuses(statuses: Iterable[AssetStatus]) -> StatusCounts:
    """Count the statuses of assets."""
    all_of_them = list(statuses)
    counts = dict(Counter(map(attrgetter("status"), all_of_them)))
    outdated = sum(map(bool, map(attrgetter("reasons"), all_of_them)))
    return StatusCounts(len(all_of_them), counts, outdated)


def outdated_assets(statuses: Mapping[str, AssetStatus]) -> set[str]:
    """The assets that are stale or were never built: what `materialize stale` builds.

    A failed or skipped asset whose definition did not change since its last good build is not
    among them: it is run again, not brought up to date.
    """
    return {key for key, status in statuses.items() if status.is_outdated}
