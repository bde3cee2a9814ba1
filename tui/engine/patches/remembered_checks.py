"""What dbt looks for among all nodes in each command, known of a manifest in which nothing has
changed: how many there are, where they are configured, and that some checks have nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dbt.compilation
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader
from dbt.task.runnable import GraphRunnableTask

from tui.engine.fence.command_patches import CACHED_SCHEMAS, REMEMBERED_PARSE
from tui.engine.patches.own_nodes import only

MICROBATCH = "microbatch"
OF_MICROBATCHES = (
    "check_for_microbatch_deprecations",
    "check_forcing_batch_concurrency",
    "check_microbatch_model_has_a_filtered_input",
)
OF_SPACES = "check_for_spaces_in_resource_names"


class _Memory:
    """What this process remembers."""

    def __init__(self) -> None:
        self.stats: Any = None
        self.fqns: Any = None
        self.silent: set[str] = set()
        """The checks that have nothing to look at."""
        self.of_each_schema: list[str] | None = None
        """A node of each schema that dbt lists the relations of."""
        self.taken: Any = None


_memory = _Memory()
_count = dbt.compilation._generate_stats
_find_fqns = Manifest.get_resource_fqns
_fill_cache = GraphRunnableTask.populate_adapter_cache


def remember(manifest: Any) -> None:
    """Look at all nodes, for the processes that are forked from this one. Raises what dbt does."""
    _memory.stats = _count(manifest)
    _memory.fqns = _find_fqns(manifest)
    nodes = manifest.nodes.values()
    _memory.silent = set()
    if not any(
        getattr(node.config, "incremental_strategy", None) == MICROBATCH
        or getattr(node.config, "concurrent_batches", None) is True
        for node in nodes
    ):
        _memory.silent.update(OF_MICROBATCHES)
    names = [node.name for node in nodes]
    names += [source.source_name for source in manifest.sources.values()]  # from dbt-core 1.12
    names += [model.name for model in manifest.semantic_models.values()]
    if not any(" " in name for name in names):
        _memory.silent.add(OF_SPACES)
    if (cached_schemas := CACHED_SCHEMAS.use()) is not None:
        _memory.of_each_schema = [
            node.unique_id
            for node in cached_schemas.one_of_each(
                node
                for node in nodes
                if node.is_relational and not node.is_ephemeral_model and not node.is_external_node
            )
        ]


def apply() -> None:
    """From here on, this process and its children do not look again."""
    dbt.compilation._generate_stats = _counted
    Manifest.get_resource_fqns = _found_fqns
    GraphRunnableTask.populate_adapter_cache = _filled_cache
    for name in (*OF_MICROBATCHES, OF_SPACES):
        setattr(ManifestLoader, name, _once(name, getattr(ManifestLoader, name)))


def _is_intact(manifest: Any) -> bool:
    remembered = REMEMBERED_PARSE.use()
    return remembered is not None and bool(remembered.is_intact(manifest))


def _counted(manifest: Any, catalogs: Any = None) -> Any:
    if _memory.stats is None or not _is_intact(manifest):
        return _count(manifest) if catalogs is None else _count(manifest, catalogs)
    counts = _memory.stats.copy()
    if catalogs is not None:  # from dbt-core 1.12
        counts["catalogs"] = len(catalogs)
    return counts


def _found_fqns(manifest: Any) -> Any:
    if _memory.fqns is None or not _is_intact(manifest):
        return _find_fqns(manifest)
    # Whoever has it may change it. It is kept: to free it takes as long as to make it.
    _memory.taken, _memory.fqns = _memory.fqns, None
    return _memory.taken


def _once(name: str, check: Callable[[Any], None]) -> Callable[[Any], None]:
    def checked(loader: Any) -> None:
        if name not in _memory.silent or not _is_intact(loader.manifest):
            check(loader)

    return checked


def _filled_cache(task: Any, adapter: Any, *args: Any, **options: Any) -> None:
    cached_schemas, wanted = CACHED_SCHEMAS.use(), _memory.of_each_schema
    if (
        wanted is None
        or cached_schemas is None
        or not cached_schemas.is_plain(adapter)
        or not _is_intact(task.manifest)
    ):
        _fill_cache(task, adapter, *args, **options)
        return
    with only(task.manifest, wanted):
        _fill_cache(task, adapter, *args, **options)
