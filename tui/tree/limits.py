"""What of the assets is shown, where that is not all of them."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, replace

from tui import selection
from tui.graph import AssetGraph

HOPS = 1
"""Steps up and downstream that a focus shows at first."""


@dataclass(frozen=True)
class Limit:
    """The neighbourhood of an asset, what is between two, or what a branch touches."""

    focus: tuple[str, ...] = ()
    """The asset whose neighbourhood is shown alone, or the two between which it is."""
    hops: int = HOPS
    """Steps around the one asset."""
    of_branch: bool = False
    """Whether only what the branch changes is shown, and what is downstream of it."""

    def __bool__(self) -> bool:
        return bool(self.focus) or self.of_branch

    def wider(self, step: int) -> Limit:
        """More steps around the one asset, or fewer; the same where there is another limit."""
        return replace(self, hops=max(1, self.hops + step)) if len(self.focus) == 1 else self

    def shown(self, graph: AssetGraph, changed: Collection[str]) -> Set[str] | None:
        """The assets that are shown; None where nothing is left of what it is about.

        Args:
            graph: all assets and checks.
            changed: the assets and checks that the branch changes.
        """
        if self.of_branch:
            touched = {graph.checks[key].asset if key in graph.checks else key for key in changed}
            touched &= graph.assets.keys()
            return touched | graph.descendants(touched) if touched else None
        if not self.focus or not all(key in graph.assets for key in self.focus):
            return None
        if len(self.focus) == 2:
            return selection.between(graph, *self.focus) or set(self.focus)
        return selection.neighbourhood(graph, self.focus[0], self.hops)


EVERYTHING = Limit()
