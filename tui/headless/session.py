"""Opens a project for one command: an engine, a parse, the answers, the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tui.assets import Problem
from tui.errors import DbtreeError, EngineError, ProjectError
from tui.headless.console import stderr
from tui.project import Project
from tui.workspace import Workspace


@asynccontextmanager
async def parsed_workspace(project: Project) -> AsyncIterator[Workspace]:
    """A workspace whose graph dbt has confirmed. Runs that it starts outlive it.

    Raises:
        DbtreeError: when the engine cannot be started or the project cannot be parsed.
    """
    workspace = Workspace(project, watch=False)
    workspace.restore()
    try:
        await workspace.open()
        state = await workspace.until(
            lambda state: (
                state.phase == "gone"
                or (state.phase == "ready" and (state.is_confirmed or bool(state.problems)))
            )
        )
        if state.problems:
            raise _error(state.problems, gone=state.phase == "gone")
        if not state.is_confirmed:
            raise EngineError("The dbt engine ended before it had parsed the project.")
        yield workspace
    finally:
        await workspace.close()


async def selected(
    workspace: Workspace, select: Sequence[str], exclude: Sequence[str], *, command: str
) -> frozenset[str]:
    """What dbt selects; everything where nothing was said. Raises SelectionError."""
    return await workspace.select(select, exclude, command=command)


def _error(problems: Sequence[Problem], *, gone: bool) -> DbtreeError:
    """All problems as one error; what comes before the last is told as words."""
    *others, last = problems
    for problem in others:
        stderr().write(f"{where(problem.path, problem.line)}{problem.message}")
    kind = EngineError if gone else ProjectError
    return kind(last.message, path=last.path, line=last.line, hint=last.hint)


def where(path: str, line: int) -> str:
    """`models/orders.sql:3: `, or an empty text."""
    return f"{path}{f':{line}' if line else ''}: " if path else ""
