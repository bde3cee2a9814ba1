"""The graphs that a project had: of the last time for the next start, of each target to come back.

The graph of a target is in a snapshot of its own (see `graph_snapshot`), written when
no edit has come for a while. A target that was left in this session has its graph in memory still.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from tui.graph import AssetGraph
from tui.workspace import graph_snapshot as snapshot
from tui.workspace.state import WorkspaceState

SNAPSHOT_DELAY = 3.0
"""Seconds without a further edit before the graph is saved for the next start."""


class GraphCache:
    """The graphs of one open project, by target."""

    def __init__(self, current: Callable[[], WorkspaceState]) -> None:
        """`current` gives the state whose graph is to be remembered."""
        self._current = current
        self._left: dict[str, AssetGraph] = {}
        """By target, the graph with which it was left."""
        self._saving: asyncio.TimerHandle | None = None
        self._loaded: snapshot.Snapshot | None = None
        """What the snapshot holds, until it is first to be saved."""

    @property
    def path(self) -> Path:
        """The snapshot of the project's target."""
        return self._current().project.snapshot

    def load(self) -> snapshot.Snapshot | None:
        """The graph of the last time on this target, and the engine's facts; None without."""
        self._loaded = snapshot.load(self.path)
        return self._loaded

    def confirmed(self, name: str) -> AssetGraph | None:
        """The graph that is kept, of which an engine has said that it is still the project's; None
        where that is not the one of this name.
        """
        loaded = self._loaded or self.load()
        if loaded is None or loaded.name != name:
            return None
        return loaded.graph.confirmed()

    def leave(self, target: str, graph: AssetGraph) -> None:
        """Keep the graph with which a target is left."""
        self._left[target] = graph

    def come_back(self, target: str) -> AssetGraph | None:
        """The graph with which this target, now the project's, was left or closed; None without."""
        graph = self._left.get(target)
        if graph is None:
            saved = self.load()
            graph = saved.graph if saved is not None else None
        return graph

    def save_soon(self) -> None:
        """Save the current graph when no edit has come for a while."""
        if self._saving is not None:
            self._saving.cancel()
        loop = asyncio.get_running_loop()
        self._saving = loop.call_later(
            SNAPSHOT_DELAY, lambda: loop.run_in_executor(None, self._save)
        )

    def close(self) -> None:
        """Save at once what waits for it."""
        if self._saving is not None:
            self._saving.cancel()
            self._save()

    def _save(self) -> None:
        self._saving = None
        state = self._current()
        loaded, self._loaded = self._loaded, None
        if loaded is not None and self.path.exists() and _is_same(loaded, state):
            return
        if state.engine is not None and state.is_confirmed:
            with contextlib.suppress(OSError):  # a lost snapshot costs a second at the next start
                snapshot.save(self.path, state.graph, state.engine)


def _is_same(loaded: snapshot.Snapshot, state: WorkspaceState) -> bool:
    """Whether a snapshot says what there is now."""
    graph, now = loaded.graph, state.graph
    return (
        loaded.engine == state.engine
        and graph.assets == now.assets
        and graph.checks == now.checks
        and dict(graph.macros) == dict(now.macros)
        and dict(graph.compiled) == dict(now.compiled)
    )
