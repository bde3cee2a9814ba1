"""`dbt ls` without an event made for each line: one event, with another text and time each time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from dbt.task.list import ListTask
from dbt_common.events.base_types import msg_from_base_event
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.types import PrintEvent

from tui.engine.patches.cache_events import may_be_heard

_output_results = ListTask.output_results


def apply() -> None:
    """From here on, this process lists so."""
    ListTask.output_results = _list_quickly


def _list_quickly(task: Any, results: Iterable[str]) -> Any:
    manager: Any = get_event_manager()
    if may_be_heard(manager, PrintEvent.__name__):
        return _output_results(task, results)
    message: Any = None
    for result in results:
        task.node_results.append(result)
        if message is None:
            message = msg_from_base_event(PrintEvent(msg=result))
        message.info.msg = message.data.msg = result
        message.info.ts.FromMicroseconds(time.time_ns() // 1000)
        for logger in manager.loggers:
            if logger.filter(message):
                logger.write_line(message)
    return task.node_results
