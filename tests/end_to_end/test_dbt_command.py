"""A project whose dbt is a command, from the command line of dbtree."""

import shlex
from pathlib import Path

import pytest

from tests.dbt_python import DBT_PYTHON
from tests.end_to_end.headless import dbtree, dbtree_json
from tests.projects import KIOSK, copy_project

COMMAND = shlex.join([DBT_PYTHON, "-m", "dbt.cli.main"])


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return copy_project(KIOSK, tmp_path / "kiosk")


@pytest.mark.slow
def test_a_command_in_the_projects_file_is_allowed_once_then_builds(kiosk: Path) -> None:
    (kiosk / "dbtree.toml").write_text(f"dbt_command = '''{COMMAND}'''\n")
    refused = dbtree(kiosk, "materialize", "dear")
    assert refused.returncode == 2
    assert f"is {COMMAND}, and you have not allowed it to run yet" in refused.stderr
    built = dbtree(kiosk, "--trust", "materialize", "goods")
    assert built.returncode == 0, built.stderr
    told = dbtree_json(kiosk, "info", "--json")
    assert told["engine"] == {
        "kind": "command", "command": COMMAND, "because": str(kiosk / "dbtree.toml"),
    }  # fmt: skip
    assert told["adapter"] == "duckdb"
    assert told["dbt_version"].startswith("1.")
    rows = {row["name"]: row["status"] for row in dbtree_json(kiosk, "ls", "--json")}
    assert (rows["goods"], rows["stock"]) == ("fresh", "never materialized")
