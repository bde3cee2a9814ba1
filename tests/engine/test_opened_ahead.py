"""A DuckDB file opened before dbt asks for it: dbt finds it open, or nothing has happened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.duckdb.connections import DuckDBConnectionManager as Manager
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from tui.engine.patches import opened_ahead
from tui.engine.patches.duckdb import close

pytestmark = pytest.mark.dbt

HOLDS = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with a table."""
    path = str(tmp_path / "shop.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("create table orders as select 1 as id")
    return path


@pytest.fixture(autouse=True)
def nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Manager, "_ENV", None)
    yield
    opened_ahead.wait()
    close()


def credentials(path: str, **more: Any) -> DuckDBCredentials:
    return DuckDBCredentials.from_dict(
        {"path": path, "schema": "main", "database": Path(path).stem.strip(":"), **more}
    )


def opened_by_dbt(path: str) -> Any:
    """What dbt's own connection is, from credentials that it has read once more."""
    return Manager.open(
        Connection(
            type="duckdb", name="test", credentials=credentials(path), state=ConnectionState.INIT
        )
    )


def test_dbt_finds_open_what_was_opened_ahead(path: str) -> None:
    opened_ahead.open_ahead(credentials(path))
    opened_ahead.wait()
    conn = Manager._ENV.conn
    assert conn is not None
    cursor = opened_by_dbt(path).handle.cursor()
    assert Manager._ENV.conn is conn
    assert cursor.execute("select id from orders").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "more", [{"attach": [{"path": ":memory:"}]}, {"extensions": ["json"]}, {"retries": {}}]
)
def test_a_profile_with_more_than_a_file_is_left_to_dbt(path: str, more: dict[str, Any]) -> None:
    opened_ahead.open_ahead(credentials(path, **more))
    opened_ahead.wait()
    assert Manager._ENV is None


@pytest.mark.parametrize("name", [":memory:", "none.duckdb", "empty.duckdb"])
def test_what_is_no_database_yet_is_not_made(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "empty.duckdb":
        path.touch()
    opened_ahead.open_ahead(credentials(name if name == ":memory:" else str(path)))
    opened_ahead.wait()
    assert Manager._ENV is None
    assert not path.exists() or not path.stat().st_size


def test_what_goes_wrong_is_said_by_dbt(path: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        opened_ahead.open_ahead(credentials(path))
        opened_ahead.wait()
        with pytest.raises(duckdb.IOException, match="lock"):
            opened_by_dbt(path)
        other.communicate()
    assert opened_by_dbt(path).handle.cursor().execute("select 1").fetchall() == [(1,)]
