"""No events about dbt's cache of relations where nobody takes them.

At the start of each command dbt lists the relations of its schemas and makes an event of each that
it takes into its cache. Unless `--log-cache-events` is set, its console and its log leave them out,
each one after it was made.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import dbt.adapters.cache
from dbt.adapters.events.types import CacheAction
from dbt.events.logging import _logfile_filter
from dbt.tracking import track_behavior_change_warn
from dbt_common.events.base_types import msg_from_base_event
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.functions import stdout_filter

from tui.engine.process.ignored_events import is_ignored

HEAR_OTHERS = (track_behavior_change_warn,)
"""Callbacks of dbt's that do nothing with the events that are asked about here."""
BY_NAME = frozenset({_logfile_filter, stdout_filter})
"""The filters of dbt's logs, which look at the name of such an event, not at what it says."""


def apply() -> None:
    """From here on, the cache of relations makes no event that nobody takes."""
    fire_event = dbt.adapters.cache.fire_event

    def fire_if_taken(event: Any, *args: Any, **named: Any) -> None:
        if type(event) is not _Unmade:
            fire_event(event, *args, **named)
        elif _is_taken():
            fire_event(event.make(), *args, **named)

    dbt.adapters.cache.fire_event = fire_if_taken
    dbt.adapters.cache.CacheAction = _Unmade


class _Unmade:
    """An event with its values, until somebody wants it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self.make: Callable[[], CacheAction] = partial(CacheAction, *args, **named)


def may_be_heard(manager: Any, name: str) -> bool:
    """Whether a callback, or a manager of events that is not dbt's own, may do something with the
    events of this name.
    """
    return (
        type(manager) is not EventManager
        or "DBT_TEST_BINARY_SERIALIZATION" in os.environ
        or any(one not in HEAR_OTHERS and not is_ignored(name, one) for one in manager.callbacks)
    )


def _is_taken() -> bool:
    """Whether a log or a callback does anything with such an event."""
    manager = get_event_manager()
    if may_be_heard(manager, CacheAction.__name__):
        return True
    example = _example()
    for logger in manager.loggers:
        known = getattr(logger.filter, "func", None) in BY_NAME
        if not known or logger.filter(example):
            return True
    return False


@cache
def _example() -> Any:
    """A message of such an event."""
    return msg_from_base_event(CacheAction())
