"""A project whose dbt is a command, from the command line of dbtree."""

import shlex
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree, dbtree_json
from tests.projects import KIOSK, copy_project
from tests.warm_python import warm_python


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return copy_project(KIOSK, tmp_path / "kiosk")


@pytest.mark.slow
def test_a_command_in_the_projects_file_is_allowed_once_then_builds(kiosk: Path) -> None:
    command = shlex.join([warm_python(), "-m", "dbt.cli.main"])
    (kiosk / "dbtree.toml").write_text(f"dbt_command = '''{command}'''\n")
    refused = dbtree(kiosk, "materialize", "dear")
    assert refused.returncode == 2
    assert f"is {command}, and you have not allowed it to run yet" in refused.stderr
    built = dbtree(kiosk, "--trust", "materialize", "goods")
    assert built.returncode == 0, built.stderr
    told = dbtree_json(kiosk, "info", "--json")
    assert told["engine"] == {
        "kind": "command", "command": command, "because": str(kiosk / "dbtree.toml"),
    }  # fmt: skip
    assert told["adapter"] == "duckdb"
    assert told["dbt_version"].startswith("1.")
    rows = {row["name"]: row["status"] for row in dbtree_json(kiosk, "ls", "--json")}
    assert (rows["goods"], rows["stock"]) == ("fresh", "never materialized")
