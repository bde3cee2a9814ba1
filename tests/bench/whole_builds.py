"""P11: a whole build of many small models, by dbtree and by dbt's command line, turn by turn, with
the same threads, into an empty database each time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench.dbt_side import dbt
from tests.bench.dbts import chosen
from tests.bench.table import Row, Target, median_row
from tests.projects.generated import generate_project
from tests.warehouses.postgres import PASSWORD, USER, PostgresServer, postgres_server

MODELS = 500
REPEATS = 5
ON_DUCKDB = Target("≤ 0.5 ×", 0.5, "ratio")
ON_POSTGRES = Target("≤ 0.8 ×", 0.8, "ratio")
PROFILE = """\
generated:
  target: dev
  outputs:
    dev: {{type: postgres, host: 127.0.0.1, port: {port}, user: {user}, password: "{password}",
          dbname: {database}, schema: main, threads: 4}}
"""

Say = Callable[[str], None]


def all_on_duckdb(say: Say) -> Row:
    """Everything of a generated project on DuckDB."""
    say(f"DuckDB, {MODELS} models: all of it{chosen().words}")
    with _two_copies() as copies:
        for copy in copies:
            dbt(copy, "parse")
        builds, keyed = _turn_by_turn(*copies, _empty_duckdb, say)
    return median_row(
        "P11", f"materialize all on DuckDB{chosen().words}", MODELS, keyed,
        other_samples=builds, other_is="dbt build",
        target=None if chosen().is_command else ON_DUCKDB,
    )  # fmt: skip


def all_on_postgres(say: Say) -> Row:
    """Everything of a generated project on a Postgres server, with four threads."""
    say(f"Postgres, {MODELS} models: all of it")
    with postgres_server() as server, _two_copies() as copies:
        for copy in copies:
            _write_profile(copy, server)
            dbt(copy, "parse")
        builds, keyed = _turn_by_turn(*copies, lambda copy: _empty_postgres(server, copy), say)
    return median_row(
        "P11", "materialize all on Postgres", MODELS, keyed,
        other_samples=builds, other_is="dbt build", target=ON_POSTGRES,
    )  # fmt: skip


@contextmanager
def _two_copies() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as directory:
        names = ("dbtree", "dbt")
        one, other = (generate_project(Path(directory) / name, MODELS) for name in names)
        yield one, other


def _turn_by_turn(
    project: Path, twin: Path, empty: Callable[[Path], None], say: Say
) -> tuple[list[float], list[float]]:
    """How long each build takes: those of dbt, and those from the key to the end on the screen."""
    builds, keyed = [], []
    with ours.opened(project) as user:
        for _ in range(REPEATS):
            for copy in (project, twin):
                empty(copy)
            builds.append(dbt(twin, "build").seconds)
            keyed.append(ours.press_to_run(user, project, "M").shown)
            say(f"dbt build {builds[-1]:.1f} s, dbtree {keyed[-1]:.1f} s")
    return builds, keyed


def _empty_duckdb(project: Path) -> None:
    for database in project.glob("*.duckdb"):
        database.unlink()


def _write_profile(project: Path, server: PostgresServer) -> None:
    profile = PROFILE.format(port=server.port, user=USER, password=PASSWORD, database=project.name)
    (project / "profiles.yml").write_text(profile, "utf-8")
    server.query(f"create database {project.name}")


def _empty_postgres(server: PostgresServer, project: Path) -> None:
    """Make a database as new; dbtree keeps no connection to it."""
    server.query(f"drop database {project.name} with (force)")
    server.query(f"create database {project.name}")
