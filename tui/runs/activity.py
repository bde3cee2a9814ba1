"""What waits or runs now, looked up instead of collected.

A run of ten thousand assets tells something new thirty times a second, and each time only the few
nodes that it is about are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.runs.values import NodeRun, Run

Doing = tuple[str, float, str]
"""`queued` or `running`, since when (seconds since the epoch), the id of the run."""


class RunActivity(Mapping[str, Doing]):
    """unique_id → what some run does with it, or will."""

    def __init__(self, waiting: Mapping[str, Doing], runs: Sequence[Run]) -> None:
        """Of what waits in the queue, and of these runs, which go on; the first counts most."""
        self._waiting = waiting
        self._runs = runs

    def _doing(self, key: str) -> Doing | None:
        for run in self._runs:
            node = run.nodes.get(key)
            if node is not None and _is_active(node):
                return (node.status, node.started_at, run.run_id)
        return self._waiting.get(key)

    def get(self, key: str, default: Any = None) -> Any:
        """What some run does with it; without a detour through an exception."""
        return self._doing(key) or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._doing(key) is not None

    def __getitem__(self, key: str) -> Doing:
        found = self._doing(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        found = dict.fromkeys(self._waiting)
        for run in self._runs:
            found |= dict.fromkeys(key for key, node in run.nodes.items() if _is_active(node))
        return iter(found)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _is_active(node: NodeRun) -> bool:
    return node.status in ("queued", "running")
