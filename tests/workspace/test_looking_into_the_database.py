"""What the database has: asked by the page of an asset, and recorded by each run."""

import asyncio
import csv
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.workspace.conftest import OpenWorkspace, open_workspace
from tui.errors import DatabaseBusy, EngineError
from tui.graph import outdated_assets
from tui.project.project import find_project
from tui.project.settings import Setting, Settings
from tui.runs.plan import Scope, plan_build
from tui.workspace.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {
    "dbt_project.yml": """\
name: orchard
version: "1.0.0"
profile: orchard
flags: {send_anonymous_usage_stats: false, require_generic_test_arguments_property: true}
models:
  orchard:
    +materialized: table
    +tags: [fruit]
""",
    "profiles.yml": """\
orchard: {target: dev, outputs: {dev: {type: duckdb, path: orchard.duckdb, threads: 1}}}
""",
    "seeds/fruits.csv": 'id,name,price\n1,apple,0.5\n2,"pear, ripe",1.25\n3,,2\n',
    "models/named.sql": "\n\nselect id, name\nfrom {{ ref('fruits') }}\n",
    "models/seen.sql": (
        "{{ config(materialized='view', tags=['seen']) }}\nselect * from {{ ref('named') }}\n"
    ),
    "models/_models.yml": """\
models:
  - name: named
    columns:
      - name: name
        data_tests: [{not_null: {config: {severity: warn}}}]
  - name: seen
    config:
      group: ripe
groups:
  - name: ripe
    owner: {name: me}
""",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def orchard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenWorkspace]:
    """A small project, built once, on a warm engine."""
    root: Path = tmp_path_factory.mktemp("looking") / "orchard"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    async with open_workspace(root) as opened:
        await built(opened)
        yield opened


async def built(orchard: OpenWorkspace, *names: str) -> None:
    """Materialize these assets, or all."""
    chosen = [orchard.id_of(name) for name in names]
    runs = len(orchard.state.runs)
    orchard.workspace.materialize(
        plan_build(orchard.state.graph, chosen, Scope.ONLY if names else Scope.ALL)
    )
    await orchard.until(lambda state: len(state.runs) > runs and state.active is None)
    await orchard.idle()


IN_DUCKDB = """
import duckdb, sys
while True:
    try:
        connection = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:  # somebody looks into it at this moment
        pass
connection.execute(sys.argv[2])
"""


async def in_duckdb(orchard: OpenWorkspace, sql: str) -> None:
    """Run SQL in the database from another process, while nobody has it."""
    await orchard.idle()
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        IN_DUCKDB,
        str(orchard.root / "orchard.duckdb"), sql,
    )  # fmt: skip
    assert await running.wait() == 0


async def test_each_materialization_records_rows_and_columns(orchard: OpenWorkspace) -> None:
    built = orchard.state.history.built
    fruits, named, seen = (built[orchard.id_of(name)] for name in ("fruits", "named", "seen"))
    assert fruits.row_count == 3
    assert named.columns == (("id", "INTEGER"), ("name", "VARCHAR"))
    assert named.row_count == 3
    assert seen.columns == named.columns
    assert seen.row_count is None  # a view would have to be computed
    (record,) = await orchard.workspace.queries.materializations(orchard.id_of("named"))
    assert (record.row_count, record.columns) == (3, named.columns)


async def test_a_relation_is_looked_at_and_its_first_rows_are_read(orchard: OpenWorkspace) -> None:
    key = orchard.id_of("fruits")
    inspected = await orchard.workspace.queries.inspect(key)
    assert (inspected.is_there, inspected.kind, inspected.row_count) == (True, "table", 3)
    found = await orchard.workspace.queries.preview(
        key, limit=2, where="id > 1", order_by="id desc"
    )
    assert found.columns == ["id", "name", "price"]
    assert found.rows == [["3", None, "2.0"], ["2", "pear, ripe", "1.25"]]


async def test_the_failing_rows_of_a_check_are_read(orchard: OpenWorkspace) -> None:
    (check,) = orchard.state.graph.checks_of[orchard.id_of("named")]
    (result,) = await orchard.workspace.queries.check_results(check)
    assert (result.status, result.failures) == ("warn", 1)
    assert (await orchard.workspace.queries.preview(check)).rows == [[None]]


async def test_rows_are_exported_whole(orchard: OpenWorkspace) -> None:
    path = orchard.root / "fruits out.csv"
    done = await orchard.workspace.queries.export(orchard.id_of("fruits"), path, order_by="id")
    assert done.rows == 3
    assert path.read_text() == 'id,name,price\n1,apple,0.5\n2,"pear, ripe",1.25\n3,,2.0\n'
    with pytest.raises(EngineError, match="no_such"):
        await orchard.workspace.queries.export(orchard.id_of("fruits"), path, where="no_such = 1")
    assert "apple" in path.read_text()


@pytest.mark.parametrize(
    "where",
    ["1=1; drop table main.fruits; select 1 as x", "1=1) as a; drop table main.fruits; --", "'"],
)
async def test_what_is_typed_is_read_and_never_run(orchard: OpenWorkspace, where: str) -> None:
    key = orchard.id_of("fruits")
    path = orchard.root / "never.csv"
    for condition, order in ((where, ""), ("", where)):
        with pytest.raises(EngineError, match=r"^(where|order by): "):
            await orchard.workspace.queries.preview(key, where=condition, order_by=order)
        with pytest.raises(EngineError, match=r"^(where|order by): "):
            await orchard.workspace.queries.export(key, path, where=condition, order_by=order)
    assert not path.exists()
    assert (await orchard.workspace.queries.inspect(key)).row_count == 3


async def test_a_condition_that_would_change_the_database_is_refused_by_it(
    orchard: OpenWorkspace,
) -> None:
    await in_duckdb(orchard, "create sequence main.counter")
    with pytest.raises(EngineError, match="read-only"):
        await orchard.workspace.queries.preview(
            orchard.id_of("fruits"), where="nextval('main.counter') > 0"
        )


async def test_a_condition_may_end_in_a_comment_or_a_semicolon(orchard: OpenWorkspace) -> None:
    key = orchard.id_of("fruits")
    for where in ("id > 1 -- no; apples", "id > 1 ; ", "id > 1 /* ) */"):
        found = await orchard.workspace.queries.preview(key, where=where, order_by="id -- first")
        assert [row[0] for row in found.rows] == ["2", "3"]


async def test_a_file_says_what_the_screen_says(orchard: OpenWorkspace) -> None:
    await in_duckdb(
        orchard,
        "create or replace view main.seen as select [date '2024-01-01'] as a, true as b, "
        "'ab'::blob as c, {'d': date '2024-01-01', 'x': ['ab'::blob]} as e, "
        "map {date '2024-01-01': 1.50::decimal(9, 2)} as f, null as g, "
        "timestamp '2024-01-01 10:00:00' as h, repeat('x', 20000) as i",
    )
    found = await orchard.workspace.queries.preview(orchard.id_of("seen"))
    path = orchard.root / "seen.csv"
    await orchard.workspace.queries.export(orchard.id_of("seen"), path)
    with path.open(newline="", encoding="utf-8") as file:
        _, (*written, long) = csv.reader(file)
    shown = ['["2024-01-01"]', "true", "6162", '{"d": "2024-01-01", "x": ["6162"]}',
             '{"2024-01-01": "1.50"}', None, "2024-01-01 10:00:00"]  # fmt: skip
    assert found.rows[0][:-1] == shown
    assert written == [value or "" for value in shown]
    assert len(long) == 20_000
    await built(orchard, "seen")


async def test_a_file_that_cannot_be_written_is_named_as_it_was_typed(
    orchard: OpenWorkspace,
) -> None:
    key, root = orchard.id_of("fruits"), orchard.root
    before = sorted(root.iterdir())
    for path, words in (
        (root / "nodir" / "a.csv", f"^{root}/nodir is not a directory"),
        (root / "models", f"^{root}/models is a directory"),
        (Path("/dev/null"), "^/dev/null is a device"),
        (root / f"{'x' * 300}.csv", "xxx.csv cannot be written: File name too long"),
    ):
        with pytest.raises(EngineError, match=words):
            await orchard.workspace.queries.export(key, path)
    assert sorted(root.iterdir()) == before


async def test_no_cell_of_a_file_is_run_by_a_spreadsheet(orchard: OpenWorkspace) -> None:
    await in_duckdb(
        orchard,
        "create or replace view main.seen as select '=1+1' as a, -5 as b, '-5' as c, "
        "-1.50::decimal(9, 2) as d, '@x' as e, 'plain' as \"=f\"",
    )
    path = orchard.root / "formulas.csv"
    done = await orchard.workspace.queries.export(orchard.id_of("seen"), path)
    assert path.read_text() == "a,b,c,d,e,'=f\n'=1+1,-5,-5,-1.50,'@x,plain\n"
    assert (done.rows, done.marked) == (1, 2)
    await built(orchard, "seen")


async def test_a_link_in_place_of_the_file_is_replaced_not_followed(
    orchard: OpenWorkspace, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    link = orchard.root / "linked.csv"
    link.symlink_to(precious)
    await orchard.workspace.queries.export(orchard.id_of("fruits"), link)
    assert precious.read_text(encoding="utf-8") == "mine"
    assert not link.is_symlink()


async def test_a_file_beside_the_exported_one_is_left_alone(orchard: OpenWorkspace) -> None:
    beside = orchard.root / "fruits.csv.part"
    beside.write_text("mine", encoding="utf-8")
    await orchard.workspace.queries.export(orchard.id_of("fruits"), orchard.root / "fruits.csv")
    assert beside.read_text(encoding="utf-8") == "mine"


async def test_bad_sql_is_answered_in_the_words_of_the_database(orchard: OpenWorkspace) -> None:
    with pytest.raises(EngineError, match="colour"):
        await orchard.workspace.queries.preview(orchard.id_of("fruits"), where="colour = 'red'")


async def test_each_value_of_the_configuration_says_where_it_was_set(
    orchard: OpenWorkspace,
) -> None:
    sources = (await orchard.workspace.queries.describe(orchard.id_of("seen"))).facts[
        "config_sources"
    ]
    assert sources["materialized"] == "models/seen.sql:1"
    assert sources["group"] == "models/_models.yml:8"
    assert sources["tags"] == "models/seen.sql:1 + dbt_project.yml:8"
    sources = (await orchard.workspace.queries.describe(orchard.id_of("named"))).facts[
        "config_sources"
    ]
    assert sources["materialized"] == "dbt_project.yml:7"
    assert "enabled" not in sources


async def test_a_database_that_another_process_holds_is_said_to_be_in_use(
    orchard: OpenWorkspace,
) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import duckdb, sys; it = duckdb.connect(sys.argv[1]); print('held', flush=True); input()",
        str(orchard.root / "orchard.duckdb"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    await holder.stdout.readline()
    with pytest.raises(
        DatabaseBusy,
        match=rf"orchard\.duckdb is in use by .* \(PID {holder.pid}, .*import duckdb.*, since .*\)",
    ):
        await orchard.workspace.queries.preview(orchard.id_of("fruits"))
    holder.stdin.close()
    await holder.wait()
    assert (await orchard.workspace.queries.preview(orchard.id_of("fruits"))).rows


async def test_a_preview_waits_for_the_run_that_goes_on(orchard: OpenWorkspace) -> None:
    runs = len(orchard.state.runs)
    orchard.workspace.materialize(plan_build(orchard.state.graph, [], Scope.ALL))
    await orchard.until(lambda state: state.active is not None)
    found = await orchard.workspace.queries.preview(orchard.id_of("named"))
    assert orchard.state.active is None
    assert len(orchard.state.runs) == runs + 1
    assert len(found.rows) == 3


async def test_a_relation_that_vanished_is_noticed_when_it_is_looked_at(
    orchard: OpenWorkspace,
) -> None:
    await in_duckdb(orchard, "drop table main.named cascade")
    assert not (await orchard.workspace.queries.inspect(orchard.id_of("named"))).is_there
    assert orchard.reasons("named") == ["relation_missing"]
    assert "upstream_stale" in orchard.reasons("seen")
    await built(orchard, "named", "seen")
    assert orchard.reasons("named") == []
    assert (await orchard.workspace.queries.inspect(orchard.id_of("named"))).is_there


async def test_a_deleted_database_is_noticed_and_built_again_and_that_wakes_nobody(
    orchard: OpenWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[list[str]] = []
    watch = orchard.workspace._relations
    ask = watch._ask

    def counted(kind: type, /, **fields: Any) -> asyncio.Future[Any]:
        looks.append(fields["unique_ids"])
        return ask(kind, **fields)

    monkeypatch.setattr(watch, "_ask", counted)
    await orchard.idle()
    (orchard.root / "orchard.duckdb").unlink()
    built_assets = set(orchard.state.history.built)
    await orchard.until(lambda state: state.history.missing == built_assets)
    assert orchard.reasons("fruits") == ["relation_missing"]
    assert outdated_assets(orchard.state.statuses) == built_assets
    assert not (orchard.root / "orchard.duckdb").exists()

    # The next window knows it before its engine does.
    again = Workspace(find_project(orchard.root), watch=False)
    again.restore()
    assert again.state.history.missing == built_assets
    await again.close()

    looks.clear()
    await built(orchard)
    assert not outdated_assets(orchard.state.statuses)
    # Its own run has written to the file: it is looked at after it, and then not again.
    assert len(looks) == 1
    for _ in range(3):
        await watch._notice_change()
    assert not watch.is_running
    assert len(looks) == 1


async def test_a_database_that_is_held_leaves_what_was_known_until_it_is_free(
    orchard: OpenWorkspace,
) -> None:
    await orchard.idle()
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import duckdb, sys; it = duckdb.connect(sys.argv[1]); it.execute('drop table named'); "
        "print('held', flush=True); input()",
        str(orchard.root / "orchard.duckdb"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    await holder.stdout.readline()
    assert "is in use by" in await orchard.workspace.queries.find_relations()
    assert orchard.reasons("named") == []
    holder.stdin.close()
    await holder.wait()
    await orchard.until(lambda state: state.history.missing == {orchard.id_of("named")})
    await built(orchard, "named", "seen")
    assert not orchard.state.history.missing


async def test_what_is_recorded_can_be_turned_off(orchard: OpenWorkspace) -> None:
    project = orchard.state.project
    off = Setting("record_rows", "false", "--no-record-rows")
    settings = Settings({**project.settings.values, "record_rows": off})
    orchard.workspace._runs.work_on(replace(project, settings=settings))
    await built(orchard, "named")
    latest = orchard.state.history.built[orchard.id_of("named")]
    assert latest.row_count is None
    assert latest.columns == ()
