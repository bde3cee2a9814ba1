"""An open workspace on a copy of the demo project."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.projects.parsed import copy_parsed_demo
from tests.warm_python import warm_python
from tui.graph import outdated_assets
from tui.project.project import find_project
from tui.runs.plan import Scope, plan_build
from tui.workspace.workspace import Workspace, WorkspaceState

PATIENCE = 240.0
"""Seconds to wait for a fact on a busy machine."""


class OpenWorkspace:
    """A workspace with words for what tests do with it."""

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
        return await asyncio.wait_for(self.workspace.until(lambda now: bool(is_so(now))), PATIENCE)

    async def idle(self) -> None:
        await asyncio.wait_for(self.workspace.idle(), PATIENCE)

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


@pytest.fixture(scope="package", autouse=True)
def warm_engines() -> Iterator[None]:
    """The engines of these tests start with dbt imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBTREE_DBT_PYTHON", warm_python())
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    """One open demo project for the tests of a module, in their order."""
    root: Path = copy_parsed_demo(tmp_path_factory.mktemp("workspace") / "shop")
    workspace = Workspace(find_project(root))
    workspace.restore()
    await workspace.open()
    opened = OpenWorkspace(workspace)
    await opened.idle()
    yield opened
    await workspace.close(runs="cancel")
