"""`@op` and `@graph_asset`: an asset that is made in several steps.

    @op
    def fetch() -> list[int]: ...

    @graph_asset
    def numbers():
        return store(fetch())

The function of a graph asset is called in the run, and calls its ops one after the other; each gets
the context of the asset and the resources that it names. In Dagster each op is a step of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

from tui.definitions.assets import AssetsDefinition, asset
from tui.definitions.config import ready
from tui.definitions.context import AssetExecutionContext
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import CONTEXT, UserFunction, pool_of, refuse_unknown
from tui.definitions.results import Output
from tui.definitions.retries import Failure, RetryPolicy

NO_IO = "dbtree has no I/O managers: what an op returns is handed to the next one."
REFUSED = {"config_schema": "annotate the argument `config` with a Config class.",
           "out": NO_IO, "version": "an op has no version of its own."}  # fmt: skip


@dataclass(frozen=True, eq=False)
class OpDefinition:
    """A step of a graph asset; what `@op` returns."""

    function: UserFunction
    name: str
    retry_policy: RetryPolicy | None = None
    pool: str | None = None

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Do the step, again as its retry policy says. The context, config and resources come from
        the asset that is being made, where they are not given.
        """
        retry = 0
        while True:
            try:
                with self._place():
                    return self._done(args, named)
            except Exception as error:
                policy = self.retry_policy
                may = not isinstance(error, Failure) or error.allow_retries
                if policy is None or not may or retry >= policy.max_retries:
                    raise
                retry += 1
                time.sleep(policy.seconds_before(retry))

    def _place(self) -> AbstractContextManager[None]:
        """A place in its pool, within a run."""
        context = _current()
        return nullcontext() if context is None else context.in_pool(self.pool)

    def _done(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        given = self.function.bound(args, named)
        missing = [name for name in self.function.parameters if name not in given]
        if not missing:
            return _value(self.function.call(**given))
        context = AssetExecutionContext.get()
        resources = vars(context.resources)
        with ExitStack() as stack:
            for name in missing:
                if name == CONTEXT:
                    given[name] = context
                elif (config := self.function.config_class(name)) is not None:
                    given[name] = config(**context.config_of_op(self.name))
                elif name in resources:
                    given[name] = stack.enter_context(ready(resources[name], context))
                else:
                    raise self.function.error(
                        f"The op {self.name} asks for {name!r}: neither an input nor a resource."
                    )
            return _value(self.function.call(**given))


def _current() -> AssetExecutionContext | None:
    try:
        return AssetExecutionContext.get()
    except DefinitionError:  # called by hand, as in a test
        return None


def _value(returned: Any) -> Any:
    return returned.value if isinstance(returned, Output) else returned


def op(
    compute_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, Any] | None = None,
    required_resource_keys: Any = None,
    tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    pool: str | None = None,
    **refused: Any,
) -> Any:
    """Make a step of a function, for `@graph_asset`.

    Args:
        compute_fn: The function, where the decorator stands without parentheses.
        name: The function's name by default.
        description: Accepted and left alone.
        ins: Accepted and left alone: inputs are handed over as they are.
        required_resource_keys: Accepted and left alone: all are in `context.resources`.
        tags: Left alone, but for `dagster/concurrency_key`, an older name of pool.
        retry_policy: How often to try it again where it raises.
        pool: Of whose places a run takes one while the op is called, unless its asset has a pool.
        refused: Arguments that Dagster has and dbtree has not; refused with the reason.

    Raises:
        DefinitionError: naming the file and line.
    """
    refuse_unknown("@op", refused, REFUSED)

    def decorate(call: Callable[..., Any]) -> OpDefinition:
        function = UserFunction.of(call, "op")
        return OpDefinition(function, name or function.name, retry_policy, pool_of(pool, tags))

    return decorate if compute_fn is None else decorate(compute_fn)


def graph_asset(compose_fn: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Make an asset of a function that calls ops.

    Args:
        compose_fn: The function, where the decorator stands without parentheses.
        options: As of `@asset`.

    Raises:
        DefinitionError: naming the file and line.
    """
    if "ins" in options:
        raise DefinitionError(f"@graph_asset(ins=…): {NO_IO} Name what it reads in deps.")

    def decorate(call: Callable[..., Any]) -> AssetsDefinition:
        made: AssetsDefinition = asset(**options)(call)
        return made

    return decorate if compose_fn is None else decorate(compose_fn)
