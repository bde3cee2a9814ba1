"""P8: a whole build on a server, by dbtree and by dbt's command line, with the same threads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench.dbt_side import dbt
from tests.bench.table import Row, Target, median_row
from tests.projects.generated import generate_project
from tests.warehouses.postgres import PASSWORD, USER, PostgresServer, postgres_server

MODELS = 500
REPEATS = 3
TARGET = Target("≤ 0.8 ×", 0.8, "ratio")
PROFILE = """\
generated:
  target: dev
  outputs:
    dev: {{type: postgres, host: 127.0.0.1, port: {port}, user: {user}, password: "{password}",
          dbname: {database}, schema: main, threads: 4}}
"""


def all_on_postgres(say: Callable[[str], None]) -> Row:
    """Everything of a generated project, into an empty database each time."""
    say(f"Postgres, {MODELS} models: all of it")
    with tempfile.TemporaryDirectory() as directory, postgres_server() as server:
        project = _project(Path(directory) / "dbtree", server)
        twin = _project(Path(directory) / "dbt", server)
        dbt(twin, "parse")
        keyed, builds = [], []
        with ours.opened(project) as user:
            for _ in range(REPEATS):
                for place in (project, twin):
                    _empty(server, place.name)
                builds.append(dbt(twin, "build").seconds)
                keyed.append(ours.press_to_run(user, project, "M").shown)
                say(f"dbt build {builds[-1]:.1f} s, dbtree {keyed[-1]:.1f} s")
    return median_row(
        "P8", "materialize all on Postgres", MODELS, keyed,
        other_samples=builds, other_is="dbt build", target=TARGET,
    )  # fmt: skip


def _project(directory: Path, server: PostgresServer) -> Path:
    project = generate_project(directory, MODELS)
    profile = PROFILE.format(
        port=server.port, user=USER, password=PASSWORD, database=directory.name
    )
    (project / "profiles.yml").write_text(profile, "utf-8")
    server.query(f"create database {directory.name}")
    return project


def _empty(server: PostgresServer, database: str) -> None:
    """Make a database as new; dbtree keeps no connection to it."""
    server.query(f"drop database {database} with (force)")
    server.query(f"create database {database}")
