"""`dbt ls` without an event made for each line: one event, with another text and time each time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from dbt.task.list import ListTask
from dbt.tracking import track_behavior_change_warn
from dbt_common.events.base_types import msg_from_base_event
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.types import PrintEvent

HEAR_OTHERS = (track_behavior_change_warn,)
"""Callbacks that do nothing with such an event."""
_output_results = ListTask.output_results


def apply() -> None:
    """From here on, this process lists so."""
    ListTask.output_results = _list_quickly


def _list_quickly(task: Any, results: Iterable[str]) -> Any:
    manager: Any = get_event_manager()
    if (
        type(manager) is not EventManager
        or any(one not in HEAR_OTHERS for one in manager.callbacks)  # which may keep each event
        or "DBT_TEST_BINARY_SERIALIZATION" in os.environ
    ):
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
