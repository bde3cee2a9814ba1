"""Who holds a database's file, as the system tells."""

import os
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.dbt_python import DBT_PYTHON
from tui.engine.command.manifest_file import Record
from tui.engine.process.database_locks import (
    Holder,
    files_of,
    holder_of,
    in_short,
    wait_until_free,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such locks")
HOLD = (
    "import duckdb, sys; held = duckdb.connect('shop.duckdb', read_only=len(sys.argv) > 1);"
    "print(flush=True); input()"
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    make = "import duckdb; duckdb.connect('shop.duckdb').execute('create table t (id int)')"
    subprocess.run([DBT_PYTHON, "-c", make], cwd=tmp_path, check=True)
    return tmp_path / "shop.duckdb"


@pytest.mark.parametrize("how", ["to write", "to read"])
def test_a_second_process_that_has_the_database_open_is_found(database: Path, how: str) -> None:
    path = str(database)
    assert holder_of([path]) is None
    reading = ["read"] if how == "to read" else []
    with subprocess.Popen(
        [DBT_PYTHON, "-c", HOLD, *reading],
        cwd=database.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout
        other.stdout.readline()
        held = holder_of([str(database.with_name("other.duckdb")), path])
        told: list[tuple[int, bool]] = []

        def let_go(holder: Holder, until: float) -> None:
            told.append((holder.pid, until > holder.since))
            other.communicate(b"\n")

        assert held is not None
        assert held.pid == other.pid
        assert held.program.startswith("python")
        assert held.since > 0
        assert held.sentence.startswith(f"The database {path} is in use by python")
        assert wait_until_free([path], 0.0, let_go) == held
        assert wait_until_free([path], 300.0, let_go) is None
        assert told == [(other.pid, True)]


@pytest.mark.parametrize(
    ("words", "short"),
    [
        (
            ["/venv/bin/python3.11", "/venv/bin/dbt", "build", "-s", "a b"],
            ("dbt", "dbt build -s 'a b'"),
        ),
        (["/usr/bin/python3", "/home/ann/etl.py", "x"], ("python3", "python3 etl.py x")),
        (["/usr/bin/python3", "-c", "import duckdb"], ("python3", "python3 -c 'import duckdb'")),
        (["/usr/bin/python3", "-c", "open('x')"], ("python3", "python3 -c \"open('x')\"")),
        (["/opt/dbeaver/dbeaver"], ("dbeaver", "dbeaver")),
        ([], ("", "")),
    ],
)
def test_a_command_line_is_told_as_it_was_typed(words: list[str], short: tuple[str, str]) -> None:
    assert in_short(words) == short


def test_a_long_command_is_cut() -> None:
    program, command = in_short(["/bin/sh", "-c", "x" * 500])
    assert program == "sh"
    assert len(command) == 80
    assert command.endswith("…")
    assert shlex.split(command.rstrip("…"))[:2] == ["sh", "-c"]


def test_the_files_that_dbt_opens_to_write_are_known(tmp_path: Path) -> None:
    for name in ("a.duckdb", "b.duckdb", "c.duckdb"):
        (tmp_path / name).touch()
    credentials = SimpleNamespace(
        type="duckdb",
        path=str(tmp_path / "a.duckdb"),
        remote=None,
        attach=[
            SimpleNamespace(path=str(tmp_path / "b.duckdb"), type=None, read_only=False),
            SimpleNamespace(path=str(tmp_path / "c.duckdb"), type=None, read_only=True),
            SimpleNamespace(path="md:shared", type=None, read_only=False),
            SimpleNamespace(path="host=x", type="postgres", read_only=False),
        ],
    )
    assert [Path(name).name for name in files_of(credentials)] == ["a.duckdb", "b.duckdb"]
    assert files_of(SimpleNamespace(type="postgres")) == []
    stated = Record(
        {
            "type": "duckdb",
            "path": str(tmp_path / "a.duckdb"),
            "attach": [
                {"path": str(tmp_path / "b.duckdb"), "alias": "b"},
                {"path": str(tmp_path / "c.duckdb"), "read_only": True},
            ],
        }
    )
    assert [Path(name).name for name in files_of(stated)] == ["a.duckdb", "b.duckdb"]
    credentials.path = ":memory:"
    credentials.attach = None
    assert files_of(credentials) == []
