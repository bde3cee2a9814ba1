"""A server that is slow, full, gone, or asked by others: dbtree lives on and says what is wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.warehouses.conftest import opened, until
from tests.warehouses.postgres import PostgresServer, free_port
from tests.warehouses.warehouse import postgres_environment
from tests.workspace.conftest import OpenWorkspace
from tui.errors import EngineError
from tui.runs.plan import Scope, plan_build
from tui.runs.values import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "PLANTEDvariable2"
FILES = {
    "dbt_project.yml": """\
name: depot
profile: depot
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
""",
    "profiles.yml": """\
depot:
  target: dev
  outputs:
    dev: &dev
      type: postgres
      host: "{{ env_var('PGHOST') }}"
      port: "{{ env_var('PGPORT') | int }}"
      user: "{{ env_var('PGUSER') }}"
      password: "{{ env_var('PGPASSWORD') }}"
      dbname: postgres
      schema: depot
      threads: 2
      connect_timeout: 2
      retries: 0
    wrong_password: {<<: *dev, password: PLANTEDwrong3}
    refused: {<<: *dev, port: "{{ env_var('REFUSED_PORT') | int }}"}
    silent: {<<: *dev, port: "{{ env_var('SILENT_PORT') | int }}"}
""",
    "models/quick.sql": "select 1 as id",
    "models/after.sql": "select * from {{ ref('quick') }}",
    "models/slow.sql": "select 1 as id from pg_sleep(120)",
    "models/gate.sql": "select 1 as id from pg_advisory_xact_lock_shared(7)",
    "models/heavy.sql": (
        "{{ config(materialized='view') }}\nselect 1 as id from pg_sleep(120) as awaited"
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def depot(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenWorkspace]:
    """A small project on Postgres, open."""
    root: Path = tmp_path_factory.mktemp("depot") / "depot"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postgres_environment(postgres).items():
            patch.setenv(name, value)
        patch.setenv("REFUSED_PORT", str(free_port()))
        patch.setenv("SILENT_PORT", str(free_port()))
        patch.setenv("DBT_ENV_SECRET_TOKEN", SECRET)
        async with opened(root) as depot:
            yield depot


def start(depot: OpenWorkspace, *names: str) -> str:
    chosen = [depot.id_of(name) for name in names]
    return depot.workspace.materialize(plan_build(depot.state.graph, chosen, Scope.ONLY))


async def ended(depot: OpenWorkspace, run_id: str) -> Run:
    await depot.until(
        lambda state: any(run.run_id == run_id and not run.is_active for run in state.runs)
    )
    run = depot.workspace.queries.run(run_id)
    assert run is not None
    return run


def is_busy_with(postgres: PostgresServer, words: str) -> bool:
    return any(words in query for query in postgres.statements())


async def test_a_slow_question_holds_up_neither_a_save_nor_a_run_and_its_successor_ends_it(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    assert (await ended(depot, start(depot, "quick", "after", "heavy"))).status == "success"
    key = depot.id_of("heavy")
    slow = asyncio.create_task(depot.workspace.queries.preview(key))
    await until(lambda: is_busy_with(postgres, '"heavy"'))
    depot.edit("models/quick.sql", "1 as id", "2 as id")
    await depot.until(lambda _: "sql" in str(depot.reasons("quick")))
    assert (await ended(depot, start(depot, "quick", "after"))).status == "success"
    assert is_busy_with(postgres, '"heavy"')
    found = await depot.workspace.queries.preview(depot.id_of("quick"))
    assert found.rows == [["2"]]
    newer = asyncio.create_task(depot.workspace.queries.preview(key, where="id = 1"))
    with pytest.raises(EngineError, match="taken its place"):
        await slow
    await until(lambda: is_busy_with(postgres, "where id = 1"))
    await until(lambda: sum('"heavy"' in query for query in postgres.statements()) == 1, 10)
    postgres.query("select pg_terminate_backend(pid) from pg_stat_activity "
                   "where query like '%where id = 1%' and application_name <> 'tests'")  # fmt: skip
    with pytest.raises(EngineError, match=r"^The connection to the database was lost"):
        await newer


async def test_a_question_changes_nothing(depot: OpenWorkspace, postgres: PostgresServer) -> None:
    postgres.query("create sequence depot.counter")
    with pytest.raises(EngineError, match="read-only transaction"):
        await depot.workspace.queries.preview(
            depot.id_of("quick"), where="nextval('depot.counter') > 0"
        )
    assert postgres.query("select is_called from depot.counter") == [(False,)]
