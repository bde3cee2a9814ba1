"""`@success_hook` and `@failure_hook`: functions that are called when another one has ended.

    @failure_hook(required_resource_keys={"slack"})
    def tell(context: HookContext):
        context.resources.slack.post(f"{context.step_key} failed: {context.op_exception}")

An asset has them (`@asset(hooks={tell})`), or a job has them for all that its runs make
(`define_asset_job(hooks={tell})`). A hook that raises fails nothing: its traceback is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tui.definitions.config import all_ready
from tui.definitions.context import EPHEMERAL
from tui.definitions.dynamic_partitions import DagsterInstance
from tui.definitions.errors import DefinitionError
from tui.definitions.functions import UserFunction


@dataclass
class HookContext:
    """What a hook is told."""

    hook_def: HookDefinition | None = None
    run_id: str = ""
    job_name: str = ""
    """The job whose run it is; empty where it is the run of none."""
    step_key: str = ""
    """The function that ended: its name as Dagster has it."""
    op: Any = None
    """Its definition; in Dagster its op."""
    op_config: Mapping[str, Any] = field(default_factory=dict)
    """The settings that the run gave to it."""
    op_exception: BaseException | None = None
    """What it raised; None where it succeeded."""
    op_output_values: Mapping[str, Any] = field(default_factory=dict)
    """Always empty: dbtree stores no values."""
    resources: Any = field(default_factory=SimpleNamespace)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("dbtree.definitions"))

    @property
    def required_resource_keys(self) -> Set[str]:
        """The resources that the hook asks for."""
        return self.hook_def.required_resource_keys if self.hook_def is not None else frozenset()

    @property
    def instance(self) -> Any:
        """Has the keys of dynamic partitions."""
        return DagsterInstance.get()


@dataclass(frozen=True, eq=False)
class HookDefinition:
    """A function that is called when another one has ended."""

    function: UserFunction
    name: str
    of_failures: bool
    required_resource_keys: frozenset[str] = frozenset()

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function itself, as in a test: with a HookContext."""
        return self.function.call(*args, **named)


def success_hook(
    hook_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    required_resource_keys: Set[str] | None = None,
) -> Any:
    """Make a hook of a function that is called when another one succeeded.

    Args:
        hook_fn: The function, where the decorator stands without parentheses.
        name: The function's name by default.
        required_resource_keys: Resources that it takes from `context.resources`.
    """
    return _hook(hook_fn, "success_hook", name, required_resource_keys)


def failure_hook(
    hook_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    required_resource_keys: Set[str] | None = None,
) -> Any:
    """Make a hook of a function that is called when another one failed, after its last retry.

    Args:
        hook_fn: The function, where the decorator stands without parentheses.
        name: The function's name by default.
        required_resource_keys: Resources that it takes from `context.resources`.
    """
    return _hook(hook_fn, "failure_hook", name, required_resource_keys)


def _hook(
    call: Callable[..., Any] | None, decorator: str, name: str | None, needed: Set[str] | None
) -> Any:
    def decorate(call: Callable[..., Any]) -> HookDefinition:
        function = UserFunction.of(call, decorator)
        if len(function.parameters) != 1:
            raise function.error(f"@{decorator} {function.name} takes one argument: the context.")
        is_failure = decorator == "failure_hook"
        return HookDefinition(function, name or function.name, is_failure, frozenset(needed or ()))

    return decorate if call is None else decorate(call)


def hooks_in(given: Iterable[Any] | None, what: str) -> tuple[HookDefinition, ...]:
    """Hooks as they are given. Raises DefinitionError for what is none."""
    found = tuple(given or ())
    for one in found:
        if not isinstance(one, HookDefinition):
            raise DefinitionError(
                f"{what}(hooks=…) takes functions under @success_hook and @failure_hook, not "
                f"{one!r}."
            )
    return tuple(dict.fromkeys(found))


def call_hooks(
    hooks: Iterable[HookDefinition],
    context: HookContext,
    resources: Mapping[str, Any],
    failed: Callable[[HookDefinition, Exception], None],
) -> None:
    """Call the hooks for how a function ended.

    Args:
        hooks: All that it has; those of successes are left out where it failed, and the other way
            round.
        context: What they are told.
        resources: By name; those that a hook asks for are set up before and torn down after.
        failed: Is told of a hook that raised.
    """
    for hook in hooks:
        if hook.of_failures != (context.op_exception is not None):
            continue
        context.hook_def = hook
        missing = sorted(hook.required_resource_keys - resources.keys())
        try:
            if missing:
                raise hook.function.error(
                    f"The hook {hook.name} asks for {missing[0]!r}, and the Definitions have no "
                    "such resource."
                )
            with all_ready(hook.required_resource_keys, resources, context) as ready:
                context.resources = SimpleNamespace(**ready)
                hook.function.call(context)
        except Exception as error:  # noqa: BLE001  the user's hook may raise anything
            failed(hook, error)


def build_hook_context(
    resources: Mapping[str, Any] | None = None,
    op: Any = None,
    run_id: str | None = None,
    job_name: str | None = None,
    op_exception: Exception | None = None,
    instance: None = None,
) -> HookContext:
    """A context for a test that calls a hook by hand.

    Args:
        resources: By name.
        op: What ended.
        run_id: Of the run.
        job_name: Of its job.
        op_exception: What it raised.
        instance: Not in dbtree; must be None.
    """
    if instance is not None:
        raise DefinitionError("build_hook_context(instance=…): dbtree has no instance.")
    return HookContext(
        run_id=run_id or EPHEMERAL, job_name=job_name or "", op=op,
        step_key=str(getattr(op, "op_name", "") or getattr(op, "name", "")),
        op_exception=op_exception, resources=SimpleNamespace(**(resources or {})),
    )  # fmt: skip
