"""dbt's own selection: the selectors of a command, resolved on the graph kept from the last parse.

The task of the command itself says which resource types, default selectors and indirect selection
count, so the result is that of `dbt build`, `dbt test` or `dbt ls`, without running it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt.flags import get_flags, set_flags
from dbt.graph import Graph
from dbt.task.build import BuildTask
from dbt.task.list import ListTask
from dbt.task.test import TestTask
from dbt_common.exceptions import DbtBaseException

from tui.engine.parse.problems import reason
from tui.engine.parse.runtime_config import flags_of
from tui.engine.parse.warm_manifest import WarmProject
from tui.protocol.messages import Refused, Select, Selected

TASKS: dict[str, Any] = {"build": BuildTask, "test": TestTask, "ls": ListTask}

_DEPTH_OR_MORE = re.compile(r"\d\+|\+\d|@")


def select(warm: WarmProject, request: Select) -> Selected | Refused:
    """The nodes that dbt selects. An unknown method or selector is refused in dbt's words."""
    if request.command not in TASKS:
        return Refused(request.id, f"dbt {request.command} matches no nodes.")
    try:
        with _flags(warm, request) as flags:
            task = TASKS[request.command](flags, warm.config, warm.manifest)
            task.graph = _graph(warm, request, flags)
            spec = task.get_selection_spec()
            chosen = task.get_node_selector().get_selected(spec)
    except (DbtBaseException, RuntimeError, SystemExit) as error:
        return Refused(request.id, reason(error))
    return Selected(request.id, sorted(chosen))


@contextmanager
def _flags(warm: WarmProject, request: Select) -> Iterator[Any]:
    """The flags of the command line that would select this, dbt's for the time of it."""
    args = list(warm.global_args)
    if request.command == "ls" and "--threads" in args:
        at = args.index("--threads")
        del args[at : at + 2]
    for option, values in (("--select", request.select), ("--exclude", request.exclude)):
        if values:
            args += [option, *values]
    if request.state:
        args += ["--state", request.state]
    if request.selector:
        args += ["--selector", request.selector]
    before, which = get_flags(), warm.config.args
    flags = flags_of("list" if request.command == "ls" else request.command, args)
    set_flags(flags)
    warm.config.args = flags
    try:
        yield flags
    finally:
        set_flags(before)
        warm.config.args = which


def _graph(warm: WarmProject, request: Select, flags: Any) -> Graph:
    """The graph that the command walks. `dbt build` adds edges from tests, which can be told only
    where a selector counts steps or tests are not selected with what they test.
    """
    graph = warm.linked.graph
    plain = str(flags.INDIRECT_SELECTION) == "eager" and not request.selector
    steps = any(_DEPTH_OR_MORE.search(word) for word in (*request.select, *request.exclude))
    if request.command != "build" or (plain and not steps):
        return graph
    return warm.linked.graph_with_test_edges
