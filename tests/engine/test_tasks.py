"""A run's tasks take whatever dbt's own tasks are called with."""

import inspect
from typing import Any

import pytest
from dbt.task.build import BuildTask
from dbt.task.test import TestTask

from tui.engine.execution.tasks import _Watched

EXTENDED = [
    name for name, found in vars(_Watched).items() if callable(found) and hasattr(BuildTask, name)
]


def test_what_is_extended_was_found() -> None:
    assert {"call_runner", "get_graph_queue", "handle_job_queue"} <= set(EXTENDED)
    assert "_runtime_initialize" not in EXTENDED


@pytest.mark.parametrize("task", [BuildTask, TestTask])
@pytest.mark.parametrize("name", [name for name in EXTENDED if not name.startswith("__")])
def test_a_method_passes_on_arguments_that_it_does_not_know(task: Any, name: str) -> None:
    """dbt-core 1.12 gave call_runner one more, in a worker's thread: dbt then waited for ever."""
    dbts = inspect.signature(getattr(task, name)).parameters
    kinds = {each.kind for each in inspect.signature(getattr(_Watched, name)).parameters.values()}
    passes_on = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds
    assert passes_on or set(dbts) == {"self"}
