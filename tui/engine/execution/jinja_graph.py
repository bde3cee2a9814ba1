"""Jinja's `graph`: made for a run, or only when it is read."""

from __future__ import annotations

from typing import Any, Protocol


class Preparable(Protocol):
    """A project that was parsed, as far as its graph is concerned."""

    loaded: Any
    manifest: Any

    def prepare_run(self) -> None:
        """Make `graph` whole."""


def prepare_graph(warm: Preparable, nodes: frozenset[str] | None) -> None:
    """Make the manifest whole for a run of these nodes (None: any): Jinja's `graph` when somebody
    reads it, where that is sure to be the same.
    """
    from tui.engine.fence.registry import LAZY_GRAPH

    lazy_graph = LAZY_GRAPH.use()
    project = warm.loaded.config.project_name
    if lazy_graph is None or lazy_graph.reads_graph(warm.manifest, project, nodes):
        warm.prepare_run()
    else:
        lazy_graph.attach(warm.manifest)
