"""The tasks of a run in the place of dbt's: where dbt's command line finds them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

PLACES = {
    "build": ("dbt.task.build", "BuildTask"),
    "run": ("dbt.task.run", "RunTask"),
    "seed": ("dbt.task.seed", "SeedTask"),
    "snapshot": ("dbt.task.snapshot", "SnapshotTask"),
    "test": ("dbt.task.test", "TestTask"),
    "clone": ("dbt.task.clone", "CloneTask"),
}
"""The commands that run nodes, and where dbt's command line finds their tasks."""
_plain: dict[str, type[Any]] = {}


def plain(command: str) -> type[Any]:
    """Dbt's own task class of a command."""
    if command not in _plain:
        module, name = PLACES[command]
        _plain[command] = getattr(import_module(module), name)
    return _plain[command]


def replace(command: str, task: type[Any]) -> None:
    """Let dbt's command line take this class for a command."""
    plain(command)
    module, name = PLACES[command]
    setattr(import_module(module), name, task)


def select_exactly(selector: Any, nodes: Collection[str], alone: Collection[str] = ()) -> None:
    """Let one of dbt's selectors find these nodes, but for types that its task does not run, and
    those that run on their own whatever their type.
    """
    selector.get_selected = lambda *_, **__: selector.filter_selection(set(nodes)) | set(alone)


def before_cancel(adapter: Any, tell: Callable[[], None]) -> None:
    """Let `tell` know, in the thread that asks, before an adapter cancels the open connections."""
    cancel = adapter.cancel_open_connections

    def cancel_open_connections(*args: Any, **named: Any) -> Any:
        tell()
        return cancel(*args, **named)

    adapter.cancel_open_connections = cancel_open_connections


def after_execution(runner: Any, look: Callable[[Any, Any], None]) -> None:
    """Let `look` see a node and its result as the last thing of a runner's execution."""
    execute = runner.execute

    def executed(node: Any, *args: Any, **named: Any) -> Any:
        result = execute(node, *args, **named)
        look(node, result)
        return result

    runner.execute = executed
