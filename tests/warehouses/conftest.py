"""The servers, each started when the first test needs it, and stopped after the last."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.warehouses.postgres import PostgresServer, postgres_server
from tests.workspace.conftest import OpenWorkspace, warm_engines  # noqa: F401 - a fixture
from tui.errors import EngineError
from tui.project.project import find_project
from tui.runs.plan import Scope, plan_build
from tui.runs.values import Run
from tui.workspace.workspace import Workspace


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running Postgres. No programs of Postgres is a failure: there is a wheel of them."""
    with postgres_server() as server:
        yield server


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[OpenWorkspace]:
    """An open workspace on a project, once its engine has read it."""
    workspace = Workspace(find_project(root))
    workspace.restore()
    await workspace.open()
    try:
        shop = OpenWorkspace(workspace)
        await shop.until(lambda state: state.has_parsed or state.phase == "gone")
        await shop.idle()
        yield shop
    finally:
        await workspace.close(runs="cancel")


def write_depot(root: Path, dev: str, other: str, models: dict[str, str]) -> None:
    """Write a small project: its target `dev`, another one that may refer to `*dev`, its models."""
    files = {
        "dbt_project.yml": (
            "name: depot\nprofile: depot\nflags: {send_anonymous_usage_stats: false}\n"
            "models: {+materialized: table}\n"
        ),
        "profiles.yml": (
            "depot:\n  target: dev\n  outputs:\n    dev: &dev\n"
            f"{indent(dedent(dev), '      ')}    {other}\n"
        ),
        **{f"models/{name}.sql": sql for name, sql in models.items()},
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def start(depot: OpenWorkspace, *names: str) -> str:
    """Start a run of some assets; its id."""
    chosen = [depot.id_of(name) for name in names]
    return depot.workspace.materialize(plan_build(depot.state.graph, chosen, Scope.ONLY))


async def ended(depot: OpenWorkspace, run_id: str) -> Run:
    """Wait for the end of a run."""
    await depot.until(
        lambda state: any(run.run_id == run_id and not run.is_active for run in state.runs)
    )
    run = depot.workspace.queries.run(run_id)
    assert run is not None
    return run


async def says_that_the_server_is_gone(depot: OpenWorkspace, name: str) -> None:
    """A run, a preview and a look for relations of an asset each say so."""
    said = r"^The database cannot be reached: start the server"
    run = await ended(depot, start(depot, name))
    assert run.status == "error"
    assert re.match(said, run.message)
    with pytest.raises(EngineError, match=said):
        await depot.workspace.queries.preview(depot.id_of(name))
    assert "cannot be reached" in await depot.workspace.queries.find_relations()
    # What cannot be looked at is not gone.
    assert "relation_missing" not in depot.reasons(name)


async def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Look again until something outside of the workspace holds, in a thread of its own."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.05)
