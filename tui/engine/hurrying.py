"""The shortcuts that a run's process takes before it calls dbt; see `tui.engine.shortcuts`."""

from __future__ import annotations

import sys
from types import FrameType

import dbt.cli.requires
from dbt.plugins import get_plugin_manager
from dbt_common import behavior_flags

from tui.engine.quick_contexts import make_contexts_quickly
from tui.engine.quick_events import make_events_quickly
from tui.engine.quick_tables import make_tables_quickly
from tui.engine.shortcuts import QUICK_CONTEXTS, QUICK_EVENTS, QUICK_START, QUICK_TABLES


def hurry() -> None:
    """Let dbt, in this process, take those of the shortcuts that are on."""
    if QUICK_EVENTS.on:
        make_events_quickly()
    if QUICK_CONTEXTS.on:
        make_contexts_quickly()
    if QUICK_TABLES.on:
        make_tables_quickly()
    if QUICK_START.on:
        dbt.cli.requires.set_up_plugin_manager = get_plugin_manager
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
