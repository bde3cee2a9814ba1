"""Prepares what dbt creates on first use, in the engine while it is idle.

A run is forked from the engine: whatever is made there is made for all runs. Without this every
run compiles the same hundred macros, and the first save after the start waits for the code and the
schemas by which dbt reads and checks its nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from dbt.contracts.graph import unparsed
from dbt_common.clients.jinja import template_cache

from tui.engine.execution.first_uses import make_first_uses

READ_FROM_YAML = (
    "UnparsedAnalysisUpdate",
    "UnparsedExposure",
    "UnparsedGroup",
    "UnparsedMacroUpdate",
    "UnparsedModelUpdate",
    "UnparsedNodeUpdate",
    "UnparsedSingularTestUpdate",
    "UnparsedSourceDefinition",
    "UnparsedUnitTest",
)
"""dbt's classes for the blocks of a properties file."""
ALWAYS = ("test", "unit")
"""Materializations of what is no model."""
CALLED_BY_ADAPTERS = frozenset(
    {
        "alter_column_type",
        "build_config_dict",
        "build_ref_function",
        "build_source_function",
        "check_schema_exists",
        "create_schema",
        "drop_relation",
        "get_columns_in_relation",
        "get_fixture_sql",
        "list_relations_without_caching",
        "list_schemas",
        "py_script_comment",
        "py_script_postfix",
        "rename_relation",
        "resolve_model_name",
        "snapshot_check_strategy",
        "snapshot_timestamp_strategy",
        "truncate_relation",
        "validate_fixture_rows",
    }
)
"""Macros that dbt or its adapters call by name: no node and no macro depends on them."""


def warm_up(manifest: Any, config: Any) -> Iterator[None]:
    """Make it, a few milliseconds of work at a time.

    Args:
        manifest: dbt's, as it was parsed.
        config: dbt's runtime configuration of the project.
    """
    for unique_id in macros_of_runs(manifest, config):
        macro = manifest.macros.get(unique_id)
        if macro is None or macro.macro_sql in template_cache.file_cache:
            continue
        try:
            template_cache.get_node_template(macro)
        except Exception:  # noqa: BLE001  told by the run that calls it, with its stack
            continue
        yield
    yield from make_first_uses()
    yield from _make_readers(manifest)


def _make_readers(manifest: Any) -> Iterator[None]:
    """Let mashumaro generate the code that reads and writes nodes and what YAML says of them, and
    the schemas by which they are checked: once for each class.
    """
    places = (manifest.nodes, manifest.sources, manifest.exposures, manifest.unit_tests)
    examples = {type(node): node for place in places for node in place.values()}
    for node in examples.values():
        config = getattr(node, "config", None)
        for thing in filter(None, (node, config)):
            type(thing).json_schema()
            yield
            type(thing).from_dict(thing.to_dict(omit_none=True))
            yield
        if hasattr(node, "to_resource"):
            node.to_resource().to_dict()
            yield
    for thing in (*_first(manifest.macros), *_first(manifest.docs)):
        thing.to_dict(omit_none=True)
        thing.to_resource().to_dict()
        yield
    for name in READ_FROM_YAML:
        if found := getattr(unparsed, name, None):
            found.json_schema()
            yield


def _first(things: Mapping[str, Any]) -> list[Any]:
    """One of them, where there is any."""
    return list(islice(things.values(), 1))


def macros_of_runs(manifest: Any, config: Any) -> list[str]:
    """The unique_ids of the macros that runs of this project may call, dbt's own among them."""
    macros = manifest.macros
    waiting = [key for key, macro in macros.items() if _is_called_by_adapters(macro, config)]
    names = set(ALWAYS)
    for node in manifest.nodes.values():
        waiting += getattr(node, "depends_on_macros", ())
        names.add(str(node.config.materialized))
    for name in sorted(names):
        found = manifest.find_materialization_macro_by_name(
            config.project_name, name, config.credentials.type
        )
        waiting += [found.unique_id] if found is not None else []
    seen: dict[str, None] = {}
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in seen and unique_id in macros:
            seen[unique_id] = None
            waiting += macros[unique_id].depends_on.macros
    return list(seen)


def _is_called_by_adapters(macro: Any, config: Any) -> bool:
    adapter, _, name = macro.name.rpartition("__")
    return name in CALLED_BY_ADAPTERS and adapter in ("", "default", config.credentials.type)
