"""An open workspace on a copy of the demo project."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from tests.projects.parsed import copy_parsed_demo
from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tui.graph import outdated_assets
from tui.project.project import find_project
from tui.runs.plan import Scope, plan_build
from tui.workspace.workspace import Workspace, WorkspaceState


class OpenWorkspace:
    """A workspace with words for what tests do with it."""

    patience = PATIENCE
    """Seconds in which anything that a test waits for has happened."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.root = workspace.state.project.root

    @property
    def state(self) -> WorkspaceState:
        return self.workspace.state

    def id_of(self, name: str) -> str:
        return next(key for key, asset in self.state.graph.assets.items() if asset.name == name)

    def status(self, name: str) -> str:
        return self.state.statuses[self.id_of(name)].status.value

    def reasons(self, name: str) -> list[str]:
        return [reason.kind for reason in self.state.statuses[self.id_of(name)].reasons]

    async def until(self, is_so: Callable[[WorkspaceState], object]) -> WorkspaceState:
        reached = self.workspace.until(lambda now: bool(is_so(now)))
        return await asyncio.wait_for(reached, self.patience)

    async def idle(self) -> None:
        await asyncio.wait_for(self.workspace.idle(), self.patience)

    async def is_built(self) -> None:
        """Have nothing outdated, whatever the tests before have left, or if there were none."""
        await self.idle()
        if outdated_assets(self.state.statuses):
            self.workspace.materialize(plan_build(self.state.graph, [], Scope.ALL))
            await self.idle()
        assert not outdated_assets(self.state.statuses)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file, as an editor would save it."""
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new))


def has_definitions(state: WorkspaceState) -> bool:
    return state.definitions is not None


def has_sensors(state: WorkspaceState) -> bool:
    return bool(state.schedules.sensors)


@asynccontextmanager
async def open_workspace(
    root: Path,
    until: Callable[[WorkspaceState], object] | None = None,
    *,
    flags: Mapping[str, object] | None = None,
    clock: Callable[[], datetime] | None = None,
) -> AsyncIterator[OpenWorkspace]:
    """Open a project, and close it with its runs.

    Args:
        root: the directory of the project, or one inside.
        until: what must hold of the state; where the project has problems instead, it fails.
        flags: settings as the command line gives them.
        clock: of the schedules.
    """
    workspace = Workspace(find_project(root, flags))
    workspace.restore()
    if clock is not None:
        workspace.schedules.clock = clock
    await workspace.open()
    try:
        opened = OpenWorkspace(workspace)
        await opened.idle()
        if until is not None:
            state = await opened.until(lambda state: until(state) or state.problems)
            assert not state.problems, state.problems[0].message
        yield opened
    finally:
        await workspace.close(runs="cancel")


@pytest.fixture(scope="package", autouse=True)
def warm_engines() -> Iterator[None]:
    """The engines of these tests start with dbt imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBTREE_DBT_PYTHON", warm_python())
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    """One open demo project for the tests of a module, in their order."""
    root = copy_parsed_demo(tmp_path_factory.mktemp("workspace") / "shop")
    async with open_workspace(root) as opened:
        yield opened
