"""Which relations are in the database, asked of a real engine on a DuckDB file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import duckdb
import pytest

from tests.engine.warm_engine import WarmEngine
from tui.protocol.frames import read_frame, write_frame
from tui.protocol.messages import (
    ColumnsFound,
    FindColumns,
    FindRelations,
    Preview,
    Previewed,
    Refused,
    RelationsFound,
)

FILES = {
    "dbt_project.yml": """\
name: cellar
version: "1.0.0"
profile: cellar
flags: {send_anonymous_usage_stats: false}
models:
  cellar:
    +materialized: table
""",
    "profiles.yml": """\
cellar:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: cellar.duckdb
      attach: [{path: shelf.duckdb, alias: shelf}]
      threads: 1
""",
    "macros/nothing.sql": (
        "{% materialization nothing, default %}\n"
        "{% call statement('main') %}select 1{% endcall %}\n"
        "{{ return({'relations': []}) }}\n{% endmaterialization %}\n"
    ),
    "seeds/wines.csv": "id,name\n1,red\n2,white\n",
    "models/_sources.yml": (
        "sources:\n  - name: below\n    schema: main\n    tables: [{name: wines}, {name: none}]\n"
    ),
    "models/Bottles.sql": "select * from {{ ref('wines') }}\n",
    "models/seen.sql": (
        "{{ config(materialized='view', schema='upstairs') }}\nselect * from {{ ref('Bottles') }}\n"
    ),
    "models/shelved.sql": "{{ config(database='shelf') }}\nselect * from {{ ref('wines') }}\n",
    "models/passing.sql": (
        "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('wines') }}\n"
    ),
    "models/done.sql": "{{ config(materialized='nothing') }}\nselect 1 as id\n",
}
BUILT = """\
attach if not exists '{shelf}' as shelf;
create schema if not exists main_upstairs;
create or replace table main.wines as select unnest([1, 2]) as id;
create or replace table main.bottles as select * from main.wines;
create or replace view main_upstairs.seen as select * from main.bottles;
create or replace table shelf.main.shelved as select 1 as id;
"""
"""What dbt leaves of it; DuckDB writes names as it likes."""
STORED = {"wines", "Bottles", "seen", "shelved"}
_ids = count(1000)


class Cellar:
    """The project with an engine, and its database."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database, self.shelf = root / "cellar.duckdb", root / "shelf.duckdb"
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.engine = WarmEngine(root)

    def build(self) -> None:
        self.execute(BUILT.format(shelf=self.shelf))

    def execute(self, sql: str) -> None:
        """Run SQL and close the database."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)

    def ask(self) -> RelationsFound | Refused:
        wanted = [k for k in self.engine.assets if k.startswith(("model.", "seed."))]
        reply = self.engine.ask(FindRelations(next(_ids), wanted), RelationsFound, Refused)
        assert isinstance(reply, RelationsFound | Refused)
        return reply

    def found(self) -> tuple[set[str], set[str]]:
        """The names of what is there, and of what is missing."""
        reply = self.ask()
        assert isinstance(reply, RelationsFound), reply
        assert not reply.problem
        return (
            {key.split(".")[-1] for key in reply.there},
            {key.split(".")[-1] for key in reply.missing},
        )


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("relations") / "cellar")
    yield cellar
    cellar.engine.close()


@pytest.fixture
def cellar(opened: Cellar) -> Cellar:
    opened.build()
    return opened


def test_every_way_to_lose_a_relation(cellar: Cellar) -> None:
    # What makes no relation is never there; whether it is gone is not the engine's to say.
    assert cellar.found() == (STORED, {"done"})
    cellar.execute("drop table main.bottles cascade")
    assert cellar.found()[1] == {"Bottles", "done"}
    cellar.execute("drop schema main_upstairs cascade")
    assert cellar.found()[1] == {"Bottles", "seen", "done"}
    cellar.shelf.unlink()
    assert cellar.found()[1] == {"Bottles", "seen", "shelved", "done"}
    assert not cellar.shelf.exists()
    cellar.database.unlink()
    assert cellar.found() == (set(), {*STORED, "done"})
    assert not cellar.database.exists()
    cellar.build()
    assert cellar.found() == (STORED, {"done"})


def test_the_columns_of_what_is_there_are_known_and_else_what_is_declared(cellar: Cellar) -> None:
    wanted = [
        "source.cellar.below.wines", "source.cellar.below.none", "model.cellar.Bottles",
        "model.cellar.passing", "model.cellar.gone",
    ]  # fmt: skip

    def columns() -> dict[str, list[str]]:
        request = FindColumns(next(_ids), ["seed.cellar.wines", *wanted])
        reply = cellar.engine.ask(request, ColumnsFound, Refused)
        assert isinstance(reply, ColumnsFound), reply
        return {key.split(".", 2)[2]: names for key, names in reply.columns.items()}

    assert columns() == {"wines": ["id"], "below.wines": ["id"], "Bottles": ["id"]}
    cellar.execute("drop table main.wines cascade")
    assert columns() == {"wines": ["id", "name"], "Bottles": ["id"]}, "the header of the seed"


def test_looking_leaves_the_file_and_its_log_as_they_are(cellar: Cellar) -> None:
    # The program ends without a word, and leaves what it wrote in the log.
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); "
        "os._exit(0)"
    )
    sql = "create or replace table main.more as select 1 as id"
    subprocess.run([sys.executable, "-c", code, str(cellar.database), sql], check=True)
    files = [cellar.database, Path(f"{cellar.database}.wal")]
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in files]
    assert cellar.found() == (STORED, {"done"})
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in files] == before


def test_a_database_that_somebody_holds_is_busy_and_then_looked_at(cellar: Cellar) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); "
         "print('held', flush=True); input()", str(cellar.database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        reply = cellar.ask()
        assert isinstance(reply, Refused)
        assert reply.kind == "busy"
        assert f"PID {holder.pid}" in reply.message
    assert cellar.found() == (STORED, {"done"})


def test_a_look_steps_back_before_a_run_of_any_window(cellar: Cellar) -> None:
    fcntl = pytest.importorskip("fcntl")
    lock = cellar.root / ".dbtree" / "locks" / "dev.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        reply = cellar.ask()
        assert isinstance(reply, Refused)
        assert reply.kind == "busy"
    assert cellar.found() == (STORED, {"done"})


def test_what_is_asked_for_goes_before_a_look(cellar: Cellar) -> None:
    engine = cellar.engine
    wanted = [key for key in engine.assets if key.startswith("model.")]
    look, rows = next(_ids), next(_ids)
    write_frame(engine._out, FindRelations(look, wanted))
    reply = engine.ask(Preview(rows, "seed.cellar.wines"), Previewed, Refused)
    answered = [m for m in engine.heard if getattr(m, "id", 0) in (look, rows)]
    # Either the look was done already or it was ended; the rows come in both cases.
    assert isinstance(answered[0], RelationsFound | Refused)
    if isinstance(reply, Refused):
        reply = engine.ask(Preview(next(_ids), "seed.cellar.wines"), Previewed)
    assert isinstance(reply, Previewed)
    assert len(reply.rows) == 2


def test_an_engine_that_ends_leaves_no_look_behind(cellar: Cellar) -> None:
    engine = cellar.engine
    write_frame(engine._out, FindRelations(next(_ids), [*engine.assets]))
    engine._out.close()
    while read_frame(engine._in) is not None:
        pass  # the end of the stream: nobody else has the engine's end of it
    assert engine.process.wait(60) == 0
    assert not children_of(engine.process.pid)


def children_of(pid: int) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                stat = Path("/proc", name, "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(name)
    return found
