"""A server that is slow, full, gone, or asked by others: dbtree lives on and says what is wrong."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg2
import pytest
import pytest_asyncio

from tests.end_to_end.test_secrets import below, command_line
from tests.terminal import PROGRAM, user_environment
from tests.warehouses.conftest import (
    ended,
    opened,
    says_that_the_server_is_gone,
    start,
    until,
    write_depot,
)
from tests.warehouses.postgres import PASSWORD, PostgresServer
from tests.warehouses.warehouse import postgres_environment
from tests.workspace.conftest import OpenWorkspace
from tui.errors import EngineError
from tui.protocol.profiles import ColumnProfile
from tui.runs.cancellation import kill
from tui.runs.left_running import left_running_words

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "PLANTEDvariable2"
DEV = """\
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
"""
MODELS = {
    "quick": "select 1 as id",
    "after": "select * from {{ ref('quick') }}",
    "kinds": """\
select n as whole, n / 4.0 as exact, cast(case when n = 1 then 'nan' when n = 2 then '-infinity'
  else n::text end as double precision) as real, case when n % 2 = 0 then 'even' end as told,
  date '2026-01-01' + n as day, case when n = 3 then timestamp 'infinity' else
  timestamp '2026-01-01' + n * interval '1 hour' end as moment, n > 5 as large,
  json_build_object('a', n % 2) as made, array[n % 3] as many, md5(n::text)::uuid as id,
  interval '1 day' * n as span, 'NaN'::numeric as odd, null::int as "no ""thing"" at all"
from generate_series(1, 1000) as n
""",
    "slow": "select 1 as id from pg_sleep(120)",
    "gate": "select 1 as id from pg_advisory_xact_lock_shared(7)",
    "heavy": ("{{ config(materialized='view') }}\nselect 1 as id from pg_sleep(120) as awaited"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def depot(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenWorkspace]:
    """A small project on Postgres, open."""
    root: Path = tmp_path_factory.mktemp("depot") / "depot"
    write_depot(root, DEV, "wrong_password: {<<: *dev, password: PLANTEDwrong3}", MODELS)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postgres_environment(postgres).items():
            patch.setenv(name, value)
        patch.setenv("DBT_ENV_SECRET_TOKEN", SECRET)
        async with opened(root) as depot:
            yield depot


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
    await depot.workspace.queries.stop(key)
    with pytest.raises(EngineError, match="It was stopped"):
        await newer
    await until(lambda: not is_busy_with(postgres, '"heavy"'), 10)
    newer = asyncio.create_task(depot.workspace.queries.preview(key))
    await until(lambda: is_busy_with(postgres, '"heavy"'))
    postgres.end_connections()
    with pytest.raises(EngineError, match=r"^The connection to the database was lost"):
        await newer


async def test_a_question_changes_nothing(depot: OpenWorkspace, postgres: PostgresServer) -> None:
    postgres.query("create sequence depot.counter")
    with pytest.raises(EngineError, match="read-only transaction"):
        await depot.workspace.queries.preview(
            depot.id_of("quick"), where="nextval('depot.counter') > 0"
        )
    assert postgres.query("select is_called from depot.counter") == [(False,)]


async def test_runs_go_on_side_by_side_but_not_over_the_same_asset(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    holder = psycopg2.connect(**postgres.address, application_name="tests")
    holder.cursor().execute("select pg_advisory_xact_lock(7)")
    first = start(depot, "gate")
    await until(lambda: is_busy_with(postgres, "lock_shared"))
    beside, clashing = start(depot, "quick"), start(depot, "gate", "after")
    assert (await ended(depot, beside)).status == "success"
    assert [plan.run_id for plan in depot.state.queue] == [clashing]
    assert first in depot.state.notice
    assert "gate" in depot.state.notice
    later = start(depot, "after")
    assert [plan.run_id for plan in depot.state.queue] == [clashing, later]
    holder.rollback()
    for run_id in (first, clashing, later):
        run = await ended(depot, run_id)
        assert run.status == "success", [node.message for node in run.nodes.values()]
    starts = [depot.workspace.queries.run(each) for each in (first, clashing, later)]
    assert [run.started_at for run in starts if run] == sorted(r.started_at for r in starts if r)
    holder.close()


async def test_a_cancelled_run_leaves_nothing_behind_and_a_killed_one_says_what(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    run_id = start(depot, "slow")
    await until(lambda: is_busy_with(postgres, '"slow'))
    asked = time.monotonic()
    depot.workspace.cancel(run_id)
    run = await ended(depot, run_id)
    await until(lambda: not is_busy_with(postgres, '"slow'), 10)
    assert time.monotonic() - asked < 10
    assert (run.status, run.message) == ("cancelled", "")

    run_id = start(depot, "slow")
    await until(lambda: is_busy_with(postgres, '"slow'))
    active = depot.state.active
    assert active is not None
    assert await asyncio.to_thread(
        kill, active, depot.root / ".dbtree" / "runs" / run_id / "events.jsonl"
    )
    run = await ended(depot, run_id)
    assert run.message == "killed"
    assert "may still run there: slow." in left_running_words(run)
    assert is_busy_with(postgres, '"slow')
    postgres.end_connections()


async def test_a_lost_connection_is_a_sentence_and_the_next_run_works(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    run_id = start(depot, "slow")
    await until(lambda: is_busy_with(postgres, '"slow'))
    postgres.end_connections()
    run = await ended(depot, run_id)
    node = run.nodes[depot.id_of("slow")]
    assert (run.status, node.status) == ("failed", "error")
    assert node.message.startswith("The connection to the database was lost: run again")
    assert (await ended(depot, start(depot, "quick"))).status == "success"


async def test_a_server_that_was_stopped_and_started_again(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    engine = depot.workspace.engine_pid
    assert (await ended(depot, start(depot, "quick"))).status == "success"
    run_id = start(depot, "slow")
    await until(lambda: is_busy_with(postgres, '"slow'))
    await asyncio.to_thread(postgres.stop)
    run = await ended(depot, run_id)
    assert run.nodes[depot.id_of("slow")].message.startswith("The connection to the database was")
    await says_that_the_server_is_gone(depot, "quick")
    await asyncio.to_thread(postgres.start)
    assert (await ended(depot, start(depot, "quick"))).status == "success"
    assert depot.workspace.engine_pid == engine


async def test_a_server_that_does_not_answer_and_one_that_refuses_the_password(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    with postgres.silent():
        run = await ended(depot, start(depot, "quick"))
    assert run.status == "error"
    assert run.message.startswith("The database does not answer: check the network")
    with postgres.other_password():
        run = await ended(depot, start(depot, "quick"))
        with pytest.raises(EngineError, match=r"^The database refuses this user: check the user"):
            await depot.workspace.queries.preview(depot.id_of("quick"))
    assert run.status == "error"
    assert run.message.startswith("The database refuses this user: check the user and the password")
    assert (await ended(depot, start(depot, "quick"))).status == "success"


async def test_no_secret_is_told(depot: OpenWorkspace, postgres: PostgresServer) -> None:
    """After all that went wrong above: neither kept, nor said, nor in the list of processes."""
    planted = (PASSWORD, SECRET, "PLANTEDwrong3")
    run_id = start(depot, "slow")
    await until(lambda: is_busy_with(postgres, '"slow'))
    commands = [command_line(pid) for pid in below(depot.workspace.engine_pid)]
    assert commands
    depot.workspace.cancel(run_id)
    await ended(depot, run_id)
    said = []
    environment = user_environment(
        depot.root, **postgres_environment(postgres), DBT_ENV_SECRET_TOKEN=SECRET
    )
    for words in (("info", "--json"), ("materialize", "quick", "--target", "wrong_password")):
        done = await asyncio.to_thread(
            subprocess.run, [str(PROGRAM), *words], cwd=depot.root, env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        said.append(done)
    assert [one.returncode for one in said] == [0, 2], said
    assert "refuses this user" in said[1].stderr + said[1].stdout
    texts = [*commands, *(one.stdout + one.stderr for one in said)]
    kept = [path for path in (depot.root / ".dbtree").rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode("utf-8", "replace") for path in kept]
    assert any("refuses this user" in text for text in texts[len(commands) + 2 :])
    assert [text[:300] for text in texts if any(secret in text for secret in planted)] == []


async def test_what_columns_of_any_type_hold_is_counted(depot: OpenWorkspace) -> None:
    assert (await ended(depot, start(depot, "kinds"))).status == "success"
    found = await depot.workspace.queries.profile(depot.id_of("kinds"))
    assert (found.rows, found.total, found.method) == (1000, 1000, "all")
    by_name = {row[0]: ColumnProfile.from_row(row) for row in found.columns}
    whole, real = by_name["whole"], by_name["real"]
    assert (whole.least, whole.greatest, whole.mean) == ("1", "1000", 500.5)
    assert whole.bars == (50,) * 20
    assert (real.not_finite, real.least, sum(real.bars)) == (2, "3", 998)
    assert by_name["told"].top == (("even", 500),)
    assert by_name["day"].greatest == "2028-09-27"
    assert by_name["moment"].not_finite == 1
    assert by_name["large"].distinct == 2
    assert by_name["made"].distinct == 2
    assert by_name["many"].top[0][1] == 334
    assert (by_name["id"].distinct, by_name["span"].distinct) == (1000, 1000)
    assert (by_name["odd"].not_finite, by_name["odd"].mean) == (1000, None)
    nothing = by_name['no "thing" at all']
    assert (nothing.nulls, nothing.least) == (1000, None)
    again = await depot.workspace.queries.profile(depot.id_of("kinds"))
    assert again is found, "it is kept until the asset is built again"
    part = await depot.workspace.queries.profile(depot.id_of("kinds"), sample=200)
    assert (part.method, part.total) == ("sample", 1000)
    assert 100 < part.rows < 300


async def test_a_query_only_reads_and_is_stopped_in_the_database(
    depot: OpenWorkspace, postgres: PostgresServer
) -> None:
    queries, key = depot.workspace.queries, depot.id_of("quick")
    assert (await ended(depot, start(depot, "quick"))).status == "success"
    compiled = await queries.compile_query(key, "select id + 1 as n\nfrom {{ ref('quick') }}")
    assert '"depot"."quick"' in compiled.code
    changed = "with x as (delete from depot.quick returning 1) select * from x"
    postgres.query("create sequence if not exists depot.numbers")
    for code in (changed, "select nextval('depot.numbers')", "select 1; drop table depot.quick"):
        with pytest.raises(EngineError):
            await queries.query(key, code, limit=5)
    for statement in (
        "drop table depot.quick; commit",
        "select 1; commit; drop table depot.quick; commit",
        changed,
        "select nextval('depot.numbers')",
    ):
        with pytest.raises(EngineError, match=r"only reads|read-only"):
            await queries.compile_query(
                key, f'select 1 {{{{ run_query("{statement}") if execute }}}}'
            )
    assert postgres.query("select count(*) from depot.quick")
    asking = "run_query('select count(*) from depot.quick').columns[0].values()[0] if execute"
    assert (await queries.compile_query(key, f"select {{{{ {asking} }}}}")).code == "select 1"
    slow = asyncio.create_task(queries.query(key, "select pg_sleep(100)", limit=5))
    await until(lambda: is_busy_with(postgres, "pg_sleep(100)"))
    await queries.stop(key)
    with pytest.raises(EngineError, match="It was stopped"):
        await slow
    await until(lambda: not is_busy_with(postgres, "pg_sleep(100)"))
    plan = await queries.query(key, compiled.code, limit=5, explain=True)
    assert any("Scan" in str(row) or "Result" in str(row) for row in plan.rows)
