"""Jinja's `graph`, built when somebody reads it: few projects do.

At ten thousand models dbt takes seconds for it, before the first node.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

INTERNAL = re.compile(r"^dbt(_|$)")
GRAPH = re.compile(r"\bgraph\b")


class LazyGraph(dict):  # type: ignore[type-arg]
    """Jinja's `graph`: `Manifest.flat_graph`, built when it is first looked into."""

    def __init__(self, manifest: Any) -> None:
        super().__init__()
        self._before = manifest.flat_graph
        """Of an earlier parse; it is only kept because to let go of it takes time."""
        self._manifest = manifest
        self._lock = threading.RLock()
        self._is_built = False

    def _built(self) -> LazyGraph:
        with self._lock:
            if not self._is_built:
                self._is_built = True
                self._manifest.build_flat_graph()
                self.update(self._manifest.flat_graph)
                self._manifest.flat_graph = self
        return self

    def __getitem__(self, key: Any) -> Any:
        return dict.__getitem__(self._built(), key)

    def __iter__(self) -> Iterator[Any]:
        return dict.__iter__(self._built())

    def __len__(self) -> int:
        return dict.__len__(self._built())

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self._built(), key)

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._built(), other)

    def __ne__(self, other: object) -> bool:
        return dict.__ne__(self._built(), other)

    def __repr__(self) -> str:
        return dict.__repr__(self._built())

    __hash__ = None

    def get(self, key: Any, default: Any = None) -> Any:
        """As dict's."""
        return dict.get(self._built(), key, default)

    def keys(self) -> Any:
        """As dict's."""
        return dict.keys(self._built())

    def values(self) -> Any:
        """As dict's."""
        return dict.values(self._built())

    def items(self) -> Any:
        """As dict's."""
        return dict.items(self._built())

    def copy(self) -> Any:
        """As dict's."""
        return dict.copy(self._built())


def reads_graph(manifest: Any, project: str, nodes: Iterable[str] | None) -> bool:
    """Whether something outside dbt's own packages seems to read Jinja's `graph`.

    It is then built before the run, as dbt does, for once nodes have run it would hold their
    compiled code.

    Args:
        manifest: dbt's.
        project: the project's own name.
        nodes: what will run; None for whatever it may be.
    """
    texts = [
        macro.macro_sql
        for macro in manifest.macros.values()
        if macro.package_name == project or not INTERNAL.match(macro.package_name)
    ]
    keys = manifest.nodes if nodes is None else nodes
    texts += [getattr(manifest.nodes.get(key), "raw_code", None) or "" for key in keys]
    return any("graph" in text and GRAPH.search(text) for text in texts)


def attach(manifest: Any) -> None:
    """Let this manifest build its graph when somebody reads it."""
    manifest.flat_graph = LazyGraph(manifest)
