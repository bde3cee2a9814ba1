"""The fenced speed-ups of dbt's internals, with the versions of dbt-core that they hold for.

Each shortcut changes how dbt gets to a result, never the result: tests compare both. Outside the
versions that it was checked against it steps aside for plain dbt, and so does every one of them
with `DBTREE_SHORTCUTS=0` or `Open.shortcuts=False`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from dbt.version import __version__ as DBT_VERSION

CHECKED = ("1.10", "1.11")
"""The versions of dbt-core (major.minor) with which the tests are run."""


@dataclass(frozen=True)
class Shortcut:
    """One trick: what it does, and for which versions of dbt-core it was checked."""

    name: str
    does: str
    versions: tuple[str, ...] = CHECKED

    @property
    def off_because(self) -> str:
        """Why it is not used here; empty when it is."""
        if _switch.off:
            return _switch.off
        minor = ".".join(DBT_VERSION.split(".")[:2])
        if minor not in self.versions:
            return f"not checked with dbt-core {DBT_VERSION} (only {', '.join(self.versions)})"
        return ""

    @property
    def on(self) -> bool:
        return not self.off_because


class _Switch:
    """The one switch of the process: why all shortcuts are off, or empty."""

    off = "DBTREE_SHORTCUTS=0" if os.environ.get("DBTREE_SHORTCUTS") == "0" else ""


_switch = _Switch()


def switch_off(reason: str) -> None:
    """Turn all shortcuts of this process off."""
    _switch.off = reason


# ---------------------------------------------------------------- parsing

WARM_MANIFEST = Shortcut(
    "warm manifest", "re-parse changed files into the manifest in memory, not from disk"
)
ONE_LINKING = Shortcut(
    "one linking", "build the maps of parents and children once per parse, of what changed"
)
QUICK_UNIQUENESS = Shortcut(
    "quick uniqueness", "render relations to compare them only where their names are the same"
)

PARSE_SHORTCUTS = (WARM_MANIFEST, ONE_LINKING, QUICK_UNIQUENESS)


# ---------------------------------------------------------------- running
# Used in tui.engine.tasks, and only in the process of a run.

LINEAR_LINKING = Shortcut(
    "linear linking",
    "find cycles in linear time, write no graph.gpickle and no graph_summary.json",
)
EXACT_ORDER = Shortcut(
    "exact order", "order just the nodes of a run, instead of adding test edges to the whole graph"
)
SELECTED_CACHE = Shortcut(
    "selected cache", "list only the schemas that a run touches (dbt's --cache-selected-only)"
)
OWN_NODES = Shortcut(
    "own nodes", "look for schemas at a run's own nodes, and for hooks only at hooks"
)
LAZY_GRAPH = Shortcut("lazy graph", "build Jinja's `graph` when somebody reads it")
LATE_MANIFEST = Shortcut("late manifest", "write manifest.json after the run's last event")

WARM_UP = Shortcut(
    "warm up", "compile macros, and the code that reads and checks nodes, in the idle engine"
)
QUICK_EVENTS = Shortcut(
    "quick events",
    "make dbt's events by protobuf's constructors, and lines only for logs that take them",
)
QUICK_CONTEXTS = Shortcut(
    "quick contexts",
    "sort macros into the namespaces of Jinja's contexts, compile a text, once",
)
QUICK_TABLES = Shortcut(
    "quick tables", "let the parsers of dates in agate's tables share the words of a language"
)
QUICK_START = Shortcut(
    "quick start", "look for dbt's plugins once, in the engine; no look at the source of frames"
)

RUN_SHORTCUTS = (
    LINEAR_LINKING,
    EXACT_ORDER,
    SELECTED_CACHE,
    OWN_NODES,
    LAZY_GRAPH,
    LATE_MANIFEST,
    WARM_UP,
    QUICK_EVENTS,
    QUICK_CONTEXTS,
    QUICK_TABLES,
    QUICK_START,
)


# ---------------------------------------------------------------- report


def report(shortcuts: Iterable[Shortcut] = PARSE_SHORTCUTS + RUN_SHORTCUTS) -> list[str]:
    """A line for each shortcut: `name: on`, or `name: off, because …`."""
    return [
        f"{shortcut.name}: " + (f"off, because {why}" if (why := shortcut.off_because) else "on")
        for shortcut in shortcuts
    ]
