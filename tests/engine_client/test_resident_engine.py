"""Which engine a command needs: another one as soon as its packages are others."""

import os
from pathlib import Path

import pytest

from tui.engine_client.resident_engine import Wanted


@pytest.fixture
def packages(tmp_path):
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("dbt_core-1.11.0.dist-info", "dbt"):
        (packages / name).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return packages


@pytest.fixture
def key(packages, tmp_path):
    """The key of the engine of a command that is typed now."""
    programs = tmp_path / "bin"

    def key(**environment: str) -> str:
        python, program = programs / "python", str(programs / "dbt")
        return Wanted(Path("/shop"), python, program, "1", 900.0, environment).key()

    return key


def test_what_python_writes_into_a_new_environment_is_no_change(key, packages):
    before = key()
    (packages / "__pycache__").mkdir()
    os.utime(packages, (1, 1))
    assert key() == before


@pytest.mark.parametrize("change", ["installed", "upgraded", "installed again", "removed"])
def test_another_package_is_a_change(key, packages, change):
    before = key()
    known = packages / "dbt_core-1.11.0.dist-info"
    if change == "installed":
        (packages / "dbt_duckdb-1.10.0.dist-info").mkdir()
    elif change == "upgraded":
        known.rename(packages / "dbt_core-1.11.1.dist-info")
    elif change == "removed":
        known.rmdir()
    else:
        os.utime(known, (1, 1))
    assert key() != before


def test_only_where_a_command_was_typed_does_not_matter(key):
    assert key(TERM="xterm", SSH_TTY="/dev/pts/1") == key()
    assert key(DBT_TARGET="prod") != key()
