"""Which nodes a command works on: dbt changes those as it compiles and runs them, and no others.

Known for the commands that compile or run nodes in the plain way. It is unknown, and all nodes are
compared, where more may be changed: where a command defers, takes a sample or a span of time, runs
unit tests, or where something of the project reads `graph`, which holds values of other nodes.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from dbt.adapters.factory import get_adapter_package_names
from dbt.task.runnable import GraphRunnableTask

PLAIN = frozenset(
    {
        ("dbt.task.build", "BuildTask"),
        ("dbt.task.compile", "CompileTask"),
        ("dbt.task.run", "RunTask"),
        ("dbt.task.seed", "SeedTask"),
        ("dbt.task.snapshot", "SnapshotTask"),
        ("dbt.task.test", "TestTask"),
    }
)
"""The tasks that are known, by the modules and names of their classes."""
REACHING = ("defer", "favor_state", "sample", "event_time_start", "event_time_end", "empty")
"""Options by which a task may change what it does not run."""
GRAPH = re.compile(r"\bgraph\b")


class _Memory:
    """What this process knows of its command."""

    def __init__(self) -> None:
        self.manifest: Any = None
        self.worked: Set[str] | None = None
        self.can_reach = True
        """Whether a macro of the project's reads `graph`."""
        self.drawn_in: Set[str] = frozenset()
        """What commands compile of which it was not selected: ephemeral models and hooks."""


_memory = _Memory()
_execute = GraphRunnableTask.execute_with_hooks


def remember(manifest: Any) -> None:
    """Look at the macros, for the processes that are forked from this one."""
    internal = get_adapter_package_names(manifest.metadata.adapter_type)
    _memory.can_reach = any(
        GRAPH.search(macro.macro_sql)
        for macro in manifest.macros.values()
        if macro.package_name not in internal
    )
    _memory.drawn_in = frozenset(
        key
        for key, node in manifest.nodes.items()
        if key.startswith("operation.") or node.is_ephemeral_model
    )


def apply() -> None:
    """From here on, it is noted what the command of this process works on."""
    GraphRunnableTask.execute_with_hooks = _noted


def of(manifest: Any) -> Set[str] | None:
    """The unique_ids of what the command has worked on in this manifest; None where unknown."""
    return _memory.worked if _memory.manifest is manifest else None


def _noted(task: Any, selected_uids: Any) -> Any:
    _memory.manifest, _memory.worked = task.manifest, _worked(task, selected_uids)
    return _execute(task, selected_uids)


def _worked(task: Any, selected: Set[str]) -> Set[str] | None:
    kind = type(task)
    if (kind.__module__, kind.__name__) not in PLAIN or _memory.can_reach:
        return None
    if any(getattr(task.args, name, None) for name in REACHING):
        return None
    if any(key.startswith("unit_test.") for key in selected):
        return None
    nodes = task.manifest.nodes
    found = selected | _memory.drawn_in
    if any(_reads_graph(nodes[key]) for key in found if key in nodes):
        return None
    return found


def _reads_graph(node: Any) -> bool:
    texts = [getattr(node, "raw_code", "") or ""]
    for name in ("pre_hook", "post_hook"):
        texts += [str(hook.sql) for hook in getattr(node.config, name, None) or ()]
    return any(map(GRAPH.search, texts))
