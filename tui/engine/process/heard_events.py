"""Who hears an event of dbt's besides its logs: what nobody hears need not be made."""

from __future__ import annotations

import os
from typing import Any

from dbt.tracking import track_behavior_change_warn
from dbt_common.events.event_manager import EventManager

from tui.engine.process.ignored_events import is_ignored

HEAR_OTHERS = (track_behavior_change_warn,)
"""Callbacks of dbt's that do nothing with the events that are asked about here."""


def may_be_heard(manager: Any, name: str) -> bool:
    """Whether a callback, or a manager of events that is not dbt's own, may do something with the
    events of this name.
    """
    return (
        type(manager) is not EventManager
        or "DBT_TEST_BINARY_SERIALIZATION" in os.environ
        or any(one not in HEAR_OTHERS and not is_ignored(name, one) for one in manager.callbacks)
    )
