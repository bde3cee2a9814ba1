"""How a function of the definitions is called: with its context and resources, for its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import GeneratorType, SimpleNamespace
from typing import Any

from tui.definitions.config import all_ready
from tui.definitions.context import AssetExecutionContext


def called(
    definition: Any,
    context: AssetExecutionContext,
    resources: Mapping[str, Any],
    keep: Callable[[Any], None] | None = None,
) -> Iterator[Any]:
    """What the function of a definition yields or returns, as soon as it does.

    Args:
        definition: Of assets, of dbt's assets or of checks.
        context: What the function is told.
        resources: By name; those that it asks for are set up before and torn down after.
        keep: Gets what the function returns, unless that is a generator.
    """
    function = definition.function
    names = (*function.resource_names(), *definition.required_resource_keys)
    with all_ready(names, resources, context) as ready:
        context.resources = SimpleNamespace(**ready)
        returned = function.run(context, ready)
        if keep is not None and not isinstance(returned, GeneratorType):
            keep(returned)
        yield from results_of(returned)


def results_of(returned: Any) -> Iterator[Any]:
    """What a function returned or yields, one after the other; nothing for None."""
    if isinstance(returned, GeneratorType | list | tuple) or hasattr(returned, "__next__"):
        yield from returned
    elif returned is not None and not isinstance(returned, Mapping):
        yield returned
