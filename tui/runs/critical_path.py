"""The critical path of a run: the chain of nodes that no number of threads makes shorter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tui.protocol.plain import plain
from tui.runs.node_needs import Needs, in_order
from tui.runs.values import Run

NOT_DONE = frozenset({"queued", "running", "skipped"})


@plain(frozen=True)
class CriticalPath:
    """The longest chain of nodes that wait for each other."""

    nodes: tuple[str, ...] = ()
    """unique_ids, the first first."""
    seconds: float = 0.0
    """How long the run takes with as many threads as it can use."""


def critical_path(
    needs: Needs, took: Mapping[str, float], order: Iterable[str] | None = None
) -> CriticalPath:
    """The longest chain; of equally long ones the one that comes first in the order of `took`.

    Args:
        needs: what each node waits for; what `took` does not have is passed over.
        took: seconds for each node.
        order: the nodes of `took`, each after all that it needs, where that is known.
    """
    ends: dict[str, float] = {}
    before: dict[str, str] = {}
    place = {key: index for index, key in enumerate(took)}
    for key in in_order(needs, took) if order is None else order:
        above = [other for other in needs.get(key, ()) if other in took]
        if above:
            before[key] = max(above, key=lambda other: (ends[other], -place[other]))
        ends[key] = took[key] + (ends[before[key]] if above else 0.0)
    if not ends:
        return CriticalPath()
    last = max(ends, key=lambda key: (ends[key], -place[key]))
    chain = [last]
    while chain[-1] in before:
        chain.append(before[chain[-1]])
    # What took no time at the start of the chain does not matter.
    while len(chain) > 1 and not took[chain[-1]]:
        chain.pop()
    return CriticalPath(tuple(reversed(chain)), ends[last])


def path_of_run(needs: Needs, run: Run) -> CriticalPath:
    """The critical path of a run that is over, by the times that its nodes took."""
    return critical_path(needs, durations_of(run))


def durations_of(run: Run) -> dict[str, float]:
    """Seconds that each node took that ran and is done."""
    return {
        key: node.duration or max(node.finished_at - node.started_at, 0.0)
        for key, node in run.nodes.items()
        if node.started_at and node.status not in NOT_DONE
    }


def worked(run: Run) -> float:
    """Seconds from the begin of a run's first node to the end of its last."""
    begun = [n for n in run.nodes.values() if n.started_at and n.status not in NOT_DONE]
    if not begun:
        return 0.0
    first = min(node.started_at for node in begun)
    return max(max(node.finished_at for node in begun) - first, 0.0)
