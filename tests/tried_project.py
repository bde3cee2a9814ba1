"""The small project that `tests.compatibility` tries, for each database that it is tried on."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.endless import ENDLESS_QUERY
from tests.matrix import Unavailable
from tests.warehouses.postgres import NoPostgres, postgres_server
from tests.warehouses.spark import NoSpark, spark_server
from tests.warehouses.warehouse import on_postgres, on_spark

FILES = {
    "dbt_project.yml": "name: tried\nversion: '1.0.0'\nprofile: tried\n",
    "seeds/fruits.csv": "id,name\n1,apple\n2,pear\n",
    "models/chosen.sql": "select * from {{ ref('fruits') }}\n",
    "models/doubled.sql": (
        "{{ config(materialized='table') }}\nselect id * 2 as id from {{ ref('chosen') }}\n"
    ),
    "models/_models.yml": (
        "models: [{name: chosen, columns: [{name: id, data_tests: [unique, not_null]}]}]\n"
        "unit_tests:\n"
        "  - name: two_becomes_four\n"
        "    model: doubled\n"
        "    given: [{input: ref('chosen'), rows: [{id: 2}]}]\n"
        "    expect: {rows: [{id: 4}]}\n"
    ),
}
SNAPSHOT = (
    "{% snapshot kept %}{{ config(strategy='check', check_cols='all', unique_key='id',"
    " target_schema='main') }}\nselect * from {{ ref('fruits') }}\n{% endsnapshot %}\n"
)


@dataclass(frozen=True)
class Database:
    """A kind of database, and how the small project is built on it."""

    adapter: str
    name: str
    profile: str
    """The outputs of the profile's only target, as YAML."""
    slow: str
    """A query that takes minutes."""
    version: str
    """Python that prints the version of the database, in the environment of dbt."""
    has_snapshots: bool = True

    def write(self, root: Path) -> None:
        """Write the project into a directory."""
        files = {
            **FILES,
            "profiles.yml": f"tried: {{target: dev, outputs: {{dev: {self.profile}}}}}\n",
            "models/slow.sql": "{{ config(materialized='table') }}\n" + self.slow + "\n",
        }
        if self.has_snapshots:
            files["snapshots/kept.sql"] = SNAPSHOT
        for name, text in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")

    def versions(self, python: str) -> list[str]:
        """The versions of dbt-core, Python, the adapter and the database, in an environment.

        Raises:
            Unavailable: where one of them is not there.
        """
        code = (
            "import json, platform\nfrom importlib.metadata import version\n"
            f"{self.version}\n"
            'print(json.dumps([version("dbt-core"), platform.python_version(), '
            f'"dbt-{self.adapter} " + version("dbt-{self.adapter}"), '
            f'"{self.name} " + found]))'
        )
        told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if told.returncode:
            raise Unavailable(told.stderr.strip()[-300:])
        versions: list[str] = json.loads(told.stdout)
        return versions


DATABASES = {
    "duckdb": Database(
        "duckdb",
        "DuckDB",
        "{type: duckdb, path: tried.duckdb, threads: 2}",
        ENDLESS_QUERY,
        'found = version("duckdb")',
    ),
    "postgres": Database(
        "postgres",
        "Postgres",
        "{type: postgres, host: \"{{ env_var('PGHOST') }}\", "
        "port: \"{{ env_var('PGPORT') | int }}\", user: \"{{ env_var('PGUSER') }}\", "
        "password: \"{{ env_var('PGPASSWORD') }}\", dbname: \"{{ env_var('PGDATABASE') }}\", "
        "schema: tried, threads: 2}",
        "select 1 as id from pg_sleep(240)",
        'import psycopg2\nfound = str(psycopg2.connect("").server_version // 10000)',
    ),
    "spark": Database(
        "spark",
        "Spark",
        "{type: spark, method: thrift, host: \"{{ env_var('SPARK_HOST') }}\", "
        "port: \"{{ env_var('SPARK_PORT') | int }}\", schema: tried, threads: 2}",
        "select sum(a.id * b.id) as id from range(9000000) a cross join range(900000) b",
        "import os\nfrom pyhive import hive\n"
        'at = os.environ["SPARK_HOST"], int(os.environ["SPARK_PORT"])\n'
        'asked = hive.connect(*at).cursor()\nasked.execute("select version()")\n'
        "found = asked.fetchone()[0].split()[0]",
        has_snapshots=False,
    ),
}
ON = os.environ.get("DBTREE_TRY_ON", "duckdb")
"""The database that is tried in this process."""


@contextmanager
def server_of(adapter: str) -> Iterator[dict[str, str]]:
    """A running server, and the variables that lead dbtree and dbt to it; for DuckDB there is
    nothing to start. Raises Unavailable.
    """
    own = {"DBTREE_TRY_ON": adapter}
    try:
        if adapter == "postgres":
            with postgres_server() as server:
                yield {**own, **on_postgres(server).environment}
        elif adapter == "spark":
            with spark_server() as spark:
                yield {**own, **on_spark(spark).environment}
        else:
            yield own
    except (NoPostgres, NoSpark) as reason:
        raise Unavailable(str(reason)) from reason
