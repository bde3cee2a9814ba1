"""Opens a project for one command: an engine, a parse, the answers, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from tui.cli.console import Console, stderr
from tui.errors import DbtreeError, EngineError, ProjectError
from tui.graph import Problem
from tui.project.project import Project
from tui.selection.dbt_lookup import DbtLookup, is_ours
from tui.text.formats import plural
from tui.text.terminal_text import plain_line
from tui.workspace.api import WorkspaceApi
from tui.workspace.state import WorkspaceState
from tui.workspace.workspace import Workspace

COMPILED_WITHIN = 30.0
"""Seconds for which a command waits for the background work that makes each status final."""


@asynccontextmanager
async def parsed_workspace(
    project: Project, *, is_final: bool = False
) -> AsyncIterator[WorkspaceApi]:
    """A workspace whose graph dbt has confirmed; with `is_final`, its statuses are final too. Runs
    that it starts outlive it.

    Raises:
        DbtreeError: when the engine cannot be started or the project cannot be parsed.
    """
    workspace = Workspace(project, watch=False)
    workspace.launch()  # dbt is imported while the history is read
    workspace.restore(owing_statuses=True)
    waiting = WaitingLine(stderr())
    unsubscribe = workspace.subscribe(waiting.show)
    try:
        await workspace.open()
        state = await workspace.until(
            lambda state: (
                state.phase == "gone"
                or (state.phase == "ready" and (state.is_confirmed or bool(state.problems)))
            )
        )
        unsubscribe()
        waiting.clear()
        if state.problems:
            raise _error(state.problems, gone=state.phase == "gone")
        if not state.is_confirmed:
            raise EngineError("The dbt engine ended before it had parsed the project.")
        if project.definitions is not None:
            # Told right after the graph that shows them.
            await workspace.until(lambda state: state.definitions is not None)
        elsewhere = project.settings["defer"].value
        if is_final and not elsewhere:
            await _final_at_once(workspace)
        else:
            workspace.settle_statuses()
            await workspace.note_external_runs()
            if elsewhere:
                await workspace.defer(elsewhere)
            if is_final:
                await final_statuses(workspace)
        yield workspace
    finally:
        waiting.clear()
        await workspace.close()


class WaitingLine:
    """On a terminal, a line that says what is waited for, until there is something to print."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self._shown = ""

    def show(self, state: WorkspaceState) -> None:
        """Say how far the parse is."""
        if not self.out.stream.isatty() or state.phase in ("ready", "gone"):
            return
        words = {"parsing": "Parsing the project"}.get(state.phase, "Starting dbt")
        if state.progress and state.progress.total:
            words += f": {state.progress.done} of {state.progress.total} files"
        if words != self._shown:
            self._put(f"{words} …")
            self._shown = words

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._shown:
            self._put("")
            self._shown = ""

    def _put(self, text: str) -> None:
        print(f"\r\x1b[2K{plain_line(text)}", end="", file=self.out.stream, flush=True)


async def final_statuses(workspace: WorkspaceApi) -> None:
    """Wait until the statuses know what is gone from the database and what dbt compiles each asset
    to; say so where one cannot be known, or takes too long.
    """
    for text in await _final_statuses(workspace):
        stderr().write(text)


async def _final_at_once(workspace: Workspace) -> None:
    """Record what has ended elsewhere, and as `final_statuses`: at once, for it is seldom that
    there is something to record.
    """
    has_more, words = await asyncio.gather(
        workspace.note_external_runs(), _final_statuses(workspace, workspace.settle_statuses)
    )
    for text in await _final_statuses(workspace) if has_more else words:
        stderr().write(text)


async def _final_statuses(
    workspace: WorkspaceApi, settle: Callable[[], None] | None = None
) -> list[str]:
    """As `final_statuses`: what is to be said. `settle` computes what is owed before the partitions
    are counted.
    """
    problem, left = await asyncio.gather(
        workspace.queries.find_relations(), _left_to_compile(workspace)
    )
    if settle is not None:
        settle()
    await workspace.queries.count_partitions()
    words = []
    if problem:
        words.append(f"Some relations were not checked in the database: {problem}")
    if left:
        words.append(
            f"dbt has not compiled {plural(left, 'asset')} within {COMPILED_WITHIN:.0f} s: "
            "their status follows from their code, macros and inputs alone."
        )
    return words


async def _left_to_compile(workspace: WorkspaceApi) -> int:
    """How many built assets dbt has not compiled in time."""
    state = workspace.state
    if not any(built.fingerprint.compiled for built in state.history.built.values()):
        return 0  # there is nothing to compare with
    with suppress(TimeoutError):
        await asyncio.wait_for(
            workspace.until(lambda state: state.to_compile == 0 or state.phase == "gone"),
            COMPILED_WITHIN,
        )
    state = workspace.state
    return len(state.graph.assets) if state.to_compile is None else state.to_compile


async def selected(
    workspace: WorkspaceApi, select: Sequence[str], exclude: Sequence[str], *, command: str
) -> frozenset[str]:
    """What dbt selects; everything where nothing was said. Raises SelectionError."""
    if any("status" in text for text in (*select, *exclude)):
        await final_statuses(workspace)
    if any("status:changed" in text for text in (*select, *exclude)):
        problem = await workspace.queries.look_at_git()
        if problem:
            stderr().write(problem)
    if workspace.state.definitions is None and not any(map(is_ours, (*select, *exclude))):
        return await workspace.queries.select(select, exclude, command=command)
    # What Python makes is unknown to dbt, and names may be the translator's.
    lookup = DbtLookup(workspace.queries)
    graph = workspace.state.graph
    found = frozenset((*graph.assets, *graph.checks))
    if select:
        found = frozenset().union(*[await lookup.resolve(text) for text in select])
    for text in exclude:
        found -= await lookup.resolve(text)
    return found


def _error(problems: Sequence[Problem], *, gone: bool) -> DbtreeError:
    """All problems as one error; all but the last are printed."""
    *others, last = problems
    for problem in others:
        stderr().write_lines(f"{where(problem.path, problem.line)}{problem.message}")
    kind = EngineError if gone else ProjectError
    return kind(last.message, path=last.path, line=last.line, hint=last.hint)


def where(path: str, line: int) -> str:
    """`models/orders.sql:3: `, or an empty text."""
    return f"{path}{f':{line}' if line else ''}: " if path else ""
