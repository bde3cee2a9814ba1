"""The warm manifest: the first parse, and the parse of what was saved since.

A `WarmProject` is what the engine knows of an open project. Its manifest is always that of the
last good parse; runs, descriptions and selections read it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dbt.compilation import Linker
from dbt.graph import Graph

from tui.protocol.records import Fingerprint

if TYPE_CHECKING:
    from dbt.cli.flags import Flags
    from dbt.config import RuntimeConfig
    from dbt.contracts.graph.manifest import Manifest

    from tui.engine.loading import LoadedProject


class LinkedGraph:
    """What can be computed once per parse and is read by every run and selection after it."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    @cached_property
    def graph(self) -> Graph:
        """dbt's graph of everything, without test edges, cycles unchecked."""
        linker = Linker()
        for node in _linkable(self._manifest):
            linker.link_node(node, self._manifest)
        for exposure in self._manifest.exposures.values():
            linker.link_node(exposure, self._manifest)
        return Graph(linker.graph)


def _linkable(manifest: Manifest) -> list[Any]:
    return [*manifest.sources.values(), *manifest.nodes.values()]


class WarmProject:
    """An open project with its manifest in memory. Everything here is of the last good parse."""

    def __init__(self, loaded: LoadedProject, manifest: Manifest) -> None:
        self.loaded = loaded
        self.manifest = manifest
        self.revision = 1
        self.linked = LinkedGraph(manifest)

    @property
    def config(self) -> RuntimeConfig:
        return self.loaded.config

    @property
    def flags(self) -> Flags:
        return self.loaded.flags

    @property
    def global_args(self) -> tuple[str, ...]:
        """The options that every dbt command on this project gets."""
        return self.loaded.global_args

    @property
    def parent_map(self) -> dict[str, list[str]]:
        """unique_id → what it depends on, kept up to date by every parse."""
        return self.manifest.parent_map  # type: ignore[no-any-return]

    @property
    def child_map(self) -> dict[str, list[str]]:
        """unique_id → what depends on it, kept up to date by every parse."""
        return self.manifest.child_map  # type: ignore[no-any-return]

    def fingerprint(self, unique_id: str) -> Fingerprint:
        """What a node would be built from now; the empty fingerprint for a check."""
        raise NotImplementedError

    def macro_digests(self, unique_id: str) -> dict[str, str]:
        """The user's macros that a node uses, transitively: unique_id → digest."""
        raise NotImplementedError

    def prepare_run(self) -> None:
        """Make the manifest whole for a run: what the parse put off (Jinja's `graph`)."""
        raise NotImplementedError
