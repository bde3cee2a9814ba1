"""How many rows a materialization left, and which columns: asked right after it was built.

The question goes over the connection that built it, so it costs a query and no connection. An error
here is never a failure of the node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.engine.execution.relations import COUNTED, Columns, columns_of, relation_of, row_count_of
from tui.engine.fence.registry import RUN_TASKS


@dataclass
class Measured:
    """What was found, as far as it could be."""

    row_count: int | None = None
    columns: Columns = field(default_factory=list)


def measure_when_built(runner: Any) -> Measured:
    """Let a runner of dbt's look at what it built, as the last thing of its execution.

    Returns what is filled when the runner has run.
    """
    measured = Measured()

    def look(compiled_node: Any, result: Any) -> None:
        if str(result.status) == "success" and compiled_node.relation_name:
            _measure(runner, compiled_node, measured)

    RUN_TASKS.use().after_execution(runner, look)
    return measured


def _measure(runner: Any, node: Any, measured: Measured) -> None:
    adapter = runner.adapter
    try:
        relation = relation_of(adapter, runner.config, node)
        measured.columns = columns_of(adapter, relation)
        if node.get_materialization() in COUNTED:
            measured.row_count = row_count_of(adapter, relation)
    except Exception:  # noqa: BLE001  any driver's error: the node is built all the same
        return
