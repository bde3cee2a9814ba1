"""The module of a behavior flag, found by the frames' own names instead of by `inspect`."""

from __future__ import annotations

import sys
from types import FrameType

from dbt_common import behavior_flags


def apply() -> None:
    """From here on, the flags of this process are named so."""
    behavior_flags.BehaviorFlagRendered._default_source = staticmethod(calling_module)


def calling_module() -> str:
    """The name of the module that is making a behavior flag, as dbt finds it by `inspect`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name and name != behavior_flags.__name__:
            return str(name)
        frame = frame.f_back
    return "Unknown"
