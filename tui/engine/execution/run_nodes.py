"""The nodes of a run against the project as it is: what is gone, what must come along, what ended.

A run is asked for by exact nodes, and starts a moment later, or much later. What is gone by then is
left out and reported. Whatever remains must end with a result: a node that dbt neither ran nor
skipped is reported, and a run with such a node is not a success.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

QUOTES = str.maketrans("", "", '"`[]')
NAMED = 5
"""Nodes that a sentence names; of more it gives the number."""
NOT_RUN_BY_ALL = ("exposure.", "saved_query.")
"""Nodes for which some versions of dbt have nothing to do, and give no result."""
DID_NOT_RUN = "dbt gave no result for it."


def split_gone(
    manifest: Any, asked: Iterable[str], python: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """The nodes that there are, and those that are gone (deleted, renamed or disabled).

    `python` are the nodes that Python definitions make.
    """
    places = [
        manifest.nodes,
        manifest.sources,
        manifest.unit_tests,
        manifest.exposures,
        manifest.saved_queries,
        getattr(manifest, "functions", {}),
    ]
    present: list[str] = []
    gone: list[str] = []
    for key in asked:
        is_there = key in python or any(key in place for place in places)
        (present if is_there else gone).append(key)
    return present, gone


def with_ephemeral_models(manifest: Any, nodes: frozenset[str]) -> frozenset[str]:
    """These nodes and the ephemeral models whose unit tests are among them.

    dbt runs a unit test when the turn of its model comes, and an ephemeral model is in no plan.
    """
    models = (_model_of(manifest.unit_tests[key]) for key in nodes if key in manifest.unit_tests)
    return nodes.union(key for key in models if is_ephemeral(manifest.nodes.get(key)))


def without_model(manifest: Any, nodes: frozenset[str]) -> frozenset[str]:
    """The unit tests among these nodes whose models are not: they run on their own."""
    return frozenset(
        key
        for key in nodes
        if key in manifest.unit_tests and _model_of(manifest.unit_tests[key]) not in nodes
    )


def unreported(manifest: Any, asked: Iterable[str], reported: Collection[str]) -> list[str]:
    """The nodes that should have ended with a result and have none, sorted."""
    return sorted(
        key
        for key in asked
        if key not in reported
        and not key.startswith(NOT_RUN_BY_ALL)
        and not is_ephemeral(manifest.nodes.get(key))
    )


def incomplete(keys: Collection[str]) -> str:
    """That these nodes were selected and did not run, in a sentence."""
    names = ", ".join(key.split(".")[2] for key in sorted(keys)[:NAMED])
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    nodes = "1 selected node" if len(keys) == 1 else f"{len(keys)} selected nodes"
    return f"{nodes} did not run: {names}{more}."


def unordered_words(
    manifest: Any,
    key: str,
    planned: Collection[str],
    ancestors: Callable[[str], Collection[str]],
) -> str:
    """Where this node reads a source whose relation a node of the run builds without being upstream
    of it: that nothing orders the two. Empty where there is nothing of the kind.
    """
    node = manifest.nodes.get(key)
    read = [manifest.sources.get(above) for above in getattr(node, "depends_on_nodes", ())]
    sources = {_relation(source): source for source in read if source is not None}
    sources.pop("", None)
    if not sources:
        return ""
    for other in sorted(planned):
        builder = manifest.nodes.get(other)
        source = sources.get(_relation(builder))
        if source is not None and builder is not None and other not in ancestors(key):
            return (
                f"{source.source_name}.{source.name} is built by {builder.resource_type} "
                f"{builder.name} in the same run, but dbt does not know the order."
            )
    return ""


def _relation(node: Any) -> str:
    """The relation of a node, as databases compare them."""
    if str(getattr(node, "resource_type", "")) in ("test", "unit_test", "operation", "exposure"):
        return ""
    name = str(getattr(node, "relation_name", None) or "")
    return name.translate(QUOTES).casefold()


def is_ephemeral(node: Any) -> bool:
    """Whether nothing is built for a node."""
    return bool(getattr(node, "is_ephemeral_model", False))


def _model_of(unit_test: Any) -> str:
    """The model that a unit test is about, as dbt's build finds it."""
    return str(next(iter(unit_test.depends_on.nodes), ""))
