"""P11: a whole build of many small models, by dbtree and by dbt's command line, turn by turn, with
the same threads, into an empty database each time.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench.dbt_side import dbt
from tests.bench.dbts import chosen
from tests.bench.processes import children, engine_of, processor_time
from tests.bench.table import Row, Target, median_row
from tests.end_to_end.user import User
from tests.projects.generated import generate_project
from tests.warehouses.postgres import PASSWORD, USER, PostgresServer, postgres_server

MODELS = 500
REPEATS = 3
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
        turns = _turn_by_turn(*copies, _empty_duckdb, say)
    target = None if chosen().is_command else ON_DUCKDB
    return _row_of(f"materialize all on DuckDB{chosen().words}", turns, target)


def all_on_postgres(say: Say) -> Row:
    """Everything of a generated project on a Postgres server, with four threads."""
    say(f"Postgres, {MODELS} models: all of it")
    with postgres_server() as server, _two_copies() as copies:
        for copy in copies:
            _write_profile(copy, server)
            dbt(copy, "parse")
        turns = _turn_by_turn(*copies, lambda copy: _empty_postgres(server, copy), say)
    return _row_of("materialize all on Postgres", turns, ON_POSTGRES)


@contextmanager
def _two_copies() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as directory:
        names = ("dbtree", "dbt")
        one, other = (generate_project(Path(directory) / name, MODELS) for name in names)
        yield one, other


@dataclass(frozen=True)
class Turn:
    """One build of each, in seconds: as a clock has it, and of the processor."""

    dbt: float
    dbt_processor: float
    dbtree: float
    dbtree_processor: float


def _turn_by_turn(project: Path, twin: Path, empty: Callable[[Path], None], say: Say) -> list[Turn]:
    turns = []
    with ours.opened(project) as user:
        for _ in range(REPEATS):
            for copy in (project, twin):
                empty(copy)
            turns.append(_turn(user, project, twin))
            say(f"dbt build {turns[-1].dbt:.1f} s, dbtree {turns[-1].dbtree:.1f} s")
    return turns


def _turn(user: User, project: Path, twin: Path) -> Turn:
    """How long each takes: dbt's build, and from the key to the end on the screen."""
    engine = engine_of(user.terminal.process.pid)
    built = dbt(twin, "build")
    others, before = set(children(engine)), processor_time(engine)
    shown = ours.press_to_run(user, project, "M").shown
    user.sees(lambda: set(children(engine)) <= others, said="the end of the run's process")
    return Turn(built.seconds, built.processor, shown, processor_time(engine) - before)


def _row_of(what: str, turns: list[Turn], target: Target | None) -> Row:
    ours_used = statistics.median(turn.dbtree_processor for turn in turns)
    used = statistics.median(turn.dbt_processor for turn in turns)
    return median_row(
        "P11", what, MODELS, [turn.dbtree for turn in turns],
        other_samples=[turn.dbt for turn in turns], other_is="dbt build", target=target,
        note=f"processor {ours_used:.0f} s against {used:.0f} s",
    )  # fmt: skip


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
