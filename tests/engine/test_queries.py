"""Queries that somebody typed, and what keeps them from changing or holding anything."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.endless import ENDLESS_QUERY
from tests.engine.engine_kinds import open_kiosk
from tests.engine.engine_process import Engine
from tui.protocol.messages import (
    CompileQuery,
    CountColumns,
    Describe,
    Described,
    Exported,
    ExportQuery,
    Inspect,
    Preview,
    Profile,
    Query,
    QueryCompiled,
    Refused,
    Stop,
)

GOODS = "seed.kiosk.goods"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_kiosk(tmp_path_factory.mktemp("queries"), "warm")
    engine.run([GOODS], record_rows=False)
    yield engine
    engine.close()


def compiled(engine: Engine, sql: str) -> Any:
    return engine.ask(CompileQuery, unique_id=GOODS, sql=sql)


def asked(engine: Engine, code: str, **options: Any) -> Any:
    return engine.ask(Query, unique_id=GOODS, code=code, **options)


def test_each_line_of_the_code_says_which_line_of_the_text_made_it(engine: Engine) -> None:
    sql = (
        "{% for n in [1, 2] %}\nselect {{ n }} as n,\n  'x' as x\n"
        "{{ 'union all' if not loop.last }}\n{% endfor %}"
    )
    found = compiled(engine, sql)
    assert isinstance(found, QueryCompiled), found
    told = list(zip(found.code.split("\n"), found.lines, strict=True))
    assert [at for line, at in told if "as x" in line] == [3, 3]
    assert [at for line, at in told if "as n" in line] == [2, 2]


@pytest.mark.parametrize(
    ("sql", "words", "line"),
    [
        ("select *\nfrom {{ ref('gods') }}", "The project has no node named `gods`.", 2),
        ("select 1\nfrom {{ source('till', 'no') }}", "no source named `till.no`", 2),
        ("select\n{{ nothing() }}", "'nothing' is undefined", 2),
        ("select 1\n\n{% if %}", "Expected an expression", 3),
    ],
)
def test_a_query_that_does_not_compile_says_where(
    engine: Engine, sql: str, words: str, line: int
) -> None:
    before = set(engine.assets)
    refused = compiled(engine, sql)
    assert isinstance(refused, Refused)
    assert words in refused.message
    assert refused.line == line
    assert isinstance(compiled(engine, "select * from {{ ref('goods') }}"), QueryCompiled)
    assert set(engine.assets) == before


def test_an_error_of_the_database_is_of_a_line_of_the_code(engine: Engine) -> None:
    refused = asked(engine, "select id,\n\n  nonsense\nfrom kiosk.main.goods")
    assert isinstance(refused, Refused)
    assert "nonsense" in refused.message
    assert refused.line == 3


CHANGES = (
    "delete from kiosk.main.goods", "select 1; drop table kiosk.main.goods",
    "select 1) as x; delete from kiosk.main.goods; select * from (select 1",
    "insert into kiosk.main.goods select * from kiosk.main.goods returning *",
    "with gone as (delete from kiosk.main.goods returning *) select * from gone",
    "create table kiosk.main.mine as select 1", "copy kiosk.main.goods to 'out.csv'",
    "set memory_limit = '1GB'", "", "  ;",
)  # fmt: skip


def test_nothing_but_a_query_is_run(engine: Engine) -> None:
    for number, code in enumerate(CHANGES):
        found = asked(engine, code, explain=number % 2 == 0)
        assert isinstance(found, Refused), code
    assert asked(engine, "select count(*) from kiosk.main.goods").rows == [["3"]]
    assert not (engine.root / "out.csv").exists()


def test_a_macro_of_a_query_does_not_change_anything_either(engine: Engine) -> None:
    asking = "run_query('-- how many\nselect count(*) from kiosk.main.goods')"
    found = compiled(engine, f"select {{{{ {asking}.columns[0].values()[0] if execute }}}} as n")
    assert isinstance(found, QueryCompiled), found
    assert found.code.endswith("select 3 as n")
    for statement in CHANGES[:7]:
        if statement.startswith("select 1)"):
            continue  # which is no statement
        refused = compiled(engine, f'select 1 {{{{ run_query("{statement}") if execute }}}}')
        assert isinstance(refused, Refused), statement
        assert refused.message.startswith("A query only reads: `"), refused.message
    described = "{{ adapter.get_columns_in_relation(ref('goods')) | length }}"
    assert compiled(engine, f"select {described} as n").code == "select 3 as n"
    assert asked(engine, "select count(*) from kiosk.main.goods").rows == [["3"]]


def test_a_plan_is_explained_and_a_limit_holds(engine: Engine) -> None:
    plan = asked(engine, "select * from kiosk.main.goods where id > 1", explain=True)
    assert "goods" in plan.rows[0][1]
    assert len(asked(engine, "select * from range(1000) -- all", limit=7).rows) == 7


def test_all_rows_are_exported_as_csv_and_parquet(engine: Engine) -> None:
    code = "select id, '=' || name as name from kiosk.main.goods order by id"
    paths = [engine.root / f"goods.{ending}" for ending in ("csv", "parquet")]
    done = [engine.ask(ExportQuery, unique_id=GOODS, code=code, path=str(one)) for one in paths]
    assert [(one.rows, one.marked) for one in done if isinstance(one, Exported)] == [(3, 3), (3, 0)]
    with paths[0].open(newline="") as file:
        assert list(csv.reader(file))[1] == ["1", "'=tea"]
    assert duckdb.read_parquet(str(paths[1])).fetchall()[0] == (1, "=tea")
    refused = engine.ask(ExportQuery, unique_id=GOODS, code="select nope", path=str(paths[0]))
    assert isinstance(refused, Refused)
    assert paths[0].read_text().startswith("id,name"), "the file of before stays"
    assert not list(engine.root.glob("*.part")) + list(engine.root.glob(".dbtree-*"))


def test_a_query_that_runs_holds_up_nothing_and_is_stopped(engine: Engine) -> None:
    slow = engine.send(Query, unique_id=GOODS, code=ENDLESS_QUERY)
    assert isinstance(engine.ask(Describe, unique_id=GOODS), Described)
    assert asked_beside(engine) == [["3"]], "who only reads is beside who only reads"
    assert engine.ask(CountColumns, unique_id=GOODS).columns[0][2:4] == [0, 3]
    assert engine.ask(Inspect, unique_id=GOODS).row_count == 3
    assert len(engine.ask(Preview, unique_id=GOODS, limit=2).rows) == 2
    began = time.monotonic()
    assert engine.ask(Stop, unique_id=GOODS).count == 1
    refused = engine.reply(slow)
    assert isinstance(refused, Refused)
    assert (refused.message, refused.kind) == ("It was stopped.", "stopped")
    assert time.monotonic() - began < 20
    assert engine.ask(Stop, unique_id=GOODS).count == 0


def asked_beside(engine: Engine) -> Any:
    return engine.ask(Query, unique_id="another", code="select count(*) from kiosk.main.goods").rows


def test_a_run_goes_before_whoever_reads(engine: Engine) -> None:
    slow = engine.send(Query, unique_id=GOODS, code=ENDLESS_QUERY)
    profile = engine.send(Profile, unique_id=GOODS, sample=0)
    counted = engine.reply(profile)
    assert counted.rows == 3
    ran = engine.run([GOODS], record_rows=False)
    assert ran.end.status == "success"
    refused = engine.reply(slow)
    assert (refused.kind, "A run needs the database" in refused.message) == ("busy", True)
    assert asked(engine, "select count(*) from kiosk.main.goods").rows == [["3"]]
