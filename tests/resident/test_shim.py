"""The `dbt` that `dbtree dbt --shim` writes, on a PATH with another dbt behind it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli.main import main


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH with a shim and another dbt, outside any project."""
    other = tmp_path / "other" / "dbt"
    other.parent.mkdir()
    other.write_text('#!/bin/sh\necho "the other dbt: $*"\n')
    other.chmod(0o755)
    assert main(["dbt", "--shim", str(tmp_path / "warm")]) == 0
    assert main(["dbt", "--shim", str(tmp_path / "again")]) == 0
    monkeypatch.chdir(tmp_path)
    return ":".join(str(tmp_path / name) for name in ("warm", "again", "other"))


def dbt(path, *arguments, **more):
    environment = {**os.environ, "PATH": f"{path}:/usr/bin:/bin", **more}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["dbt", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr.strip()


def test_turned_off_it_is_the_next_dbt(path):
    assert dbt(path, "run", "-s", "a b", DBTREE_SHIM="0") == "the other dbt: run -s a b"


def test_outside_a_project_it_is_the_next_dbt(path):
    assert dbt(path, "init", "--help") == "the other dbt: init --help"


def test_without_dbtree_it_is_the_next_dbt(path, tmp_path):
    shim = tmp_path / "warm" / "dbt"
    shim.write_text(shim.read_text().replace(sys.executable, "/no/such/python"))
    assert dbt(str(shim.parent) + ":" + path, "ls") == "the other dbt: ls"


def test_it_takes_no_others_place(tmp_path, capsys):
    (tmp_path / "dbt").write_text("#!/bin/sh\n")
    assert main(["dbt", "--shim", str(tmp_path)]) == 2
    assert "dbtree has not written it" in capsys.readouterr().err
    assert main(["dbt", "--shim"]) == 2
    assert "takes the directory" in capsys.readouterr().err


def test_a_link_to_a_directory_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["dbt", "--shim", str(tmp_path / "file" / "below")]) == 2
    assert "cannot be written" in capsys.readouterr().err
