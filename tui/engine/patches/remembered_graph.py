"""dbt's graph of a manifest in which nothing has changed, and its files, made before a command
asks: it links all nodes in each command, and writes them twice.
"""

from __future__ import annotations

import io
import pickle
from contextlib import suppress
from typing import Any

from dbt.compilation import Linker

from tui.engine.fence.command_patches import REMEMBERED_PARSE, REMEMBERED_SELECTION


class _Memory:
    """What this process remembers."""

    def __init__(self) -> None:
        self.graph: Any = None
        self.file = b""
        self.summary: dict[int, dict[str, Any]] = {}
        self.taken: Any = None


_memory = _Memory()
_link = Linker.link_graph
_write = Linker.write_graph
_summarize = Linker.get_graph_summary
_add_test_edges = Linker.add_test_edges


def remember(manifest: Any) -> None:
    """Link the manifest for the processes that are forked from this one. Raises what dbt does."""
    linker = Linker()
    _link(linker, manifest)
    graph = linker.graph.copy()
    for key in linker.graph:
        graph.add_node(key, **manifest.expect(key).to_dict(omit_none=True))
    file = io.BytesIO()
    pickle.dump(graph, file, protocol=pickle.HIGHEST_PROTOCOL)
    _memory.file = file.getvalue()
    _memory.summary = _summarize(linker, manifest)
    _memory.graph = linker.graph
    if (selection := REMEMBERED_SELECTION.use()) is not None:
        with suppress(Exception):  # whatever is different in this dbt
            selection.remember(manifest, linker.graph)


def apply() -> None:
    """From here on, this process and its children take what is remembered."""
    Linker.link_graph = _linked
    Linker.write_graph = _written
    Linker.get_graph_summary = _summarized
    Linker.add_test_edges = _with_test_edges


def _linked(linker: Any, manifest: Any) -> None:
    graph, _memory.graph = _memory.graph, None  # whoever has it changes it
    remembered = REMEMBERED_PARSE.use()
    if graph is None or remembered is None or not remembered.is_intact(manifest):
        _link(linker, manifest)
        return
    linker.graph = _memory.taken = graph


def _is_known(linker: Any) -> bool:
    """Whether a linker still has the graph that is remembered, without edges of tests."""
    return _memory.taken is not None and linker.graph is _memory.taken


def _with_test_edges(linker: Any, manifest: Any) -> None:
    _memory.taken = None
    _add_test_edges(linker, manifest)


def _summarized(linker: Any, manifest: Any) -> Any:
    return _memory.summary if _is_known(linker) else _summarize(linker, manifest)


def _written(linker: Any, path: str, manifest: Any) -> None:
    if not _is_known(linker):
        _write(linker, path, manifest)
        return
    _memory.taken = None
    with open(path, "wb") as file:
        file.write(_memory.file)
