"""A scaffolded project whose imports are changed to Dagster's has the same asset keys there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.end_to_end.headless import ended
from tests.projects import DEMO, copy_project
from tui.definitions.translator import DbtTranslator
from tui.scaffold.files import plan_scaffold

REQUIRED = ("dagster", "dagster-dbt", "dbt-core<1.12", "dbt-duckdb")
IMPORTS = {
    "from dbtree import AssetExecutionContext, DbtCliResource, dbt_assets": (
        "from dagster import AssetExecutionContext\n"
        "from dagster_dbt import DbtCliResource, dbt_assets"
    ),
    "from dbtree import DbtProject": "from dagster_dbt import DbtProject",
    "from dbtree import DbtCliResource, Definitions": (
        "from dagster import Definitions\nfrom dagster_dbt import DbtCliResource"
    ),
    "from dbtree import build_schedule_from_dbt_selection": (
        "from dagster_dbt import build_schedule_from_dbt_selection"
    ),
}
KEYS = """
import json
from defs.definitions import defs
graph = defs.resolve_asset_graph()
print(json.dumps(sorted(key.to_user_string() for key in graph.get_all_asset_keys())))
"""


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Dagster: as named by DBTREE_DAGSTER_PYTHON, else installed for this test."""
    if named := os.environ.get("DBTREE_DAGSTER_PYTHON"):
        return Path(named)
    directory = tmp_path_factory.mktemp("dagster") / "venv"
    venv.create(directory, with_pip=True)
    python = directory / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", *REQUIRED], check=True)
    return python


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_dagster_loads_the_same_keys(dagster: Path, tmp_path: Path) -> None:
    root = copy_project(DEMO, tmp_path / "shop")
    scaffold = plan_scaffold("defs", root)
    for path in scaffold.write():
        if path.suffix == ".py":
            text = path.read_text()
            for own, other in IMPORTS.items():
                text = text.replace(own, other)
            path.write_text(text)
    parse = [str(Path(sys.executable).with_name("dbt")), "parse", "--quiet"]
    subprocess.run(parse, cwd=root, check=True)
    environment = {**os.environ, "PATH": f"{dagster.parent}:{os.environ['PATH']}"}
    printed = subprocess.check_output(
        [str(dagster), "-c", KEYS], cwd=scaffold.directory, env=environment, text=True
    )
    theirs = set(json.loads(printed.strip().splitlines()[-1]))
    manifest = json.loads((root / "target" / "manifest.json").read_bytes())
    ours = {
        DbtTranslator().get_asset_key(node).to_user_string()
        for node in (*manifest["nodes"].values(), *manifest["sources"].values())
        if node["resource_type"] in ("model", "seed", "snapshot", "source")
        and (node.get("config") or {}).get("materialized") != "ephemeral"
    }
    assert ours == theirs


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_definitions_run_in_an_environment_without_dbtree(dagster: Path, tmp_path: Path) -> None:
    root = copy_project(DEMO, tmp_path / "shop")
    missing = subprocess.run([str(dagster), "-c", "import tui"], cwd=tmp_path, check=False)
    assert missing.returncode != 0
    command = [sys.executable, "-m", "tui", "--dbt-python", str(dagster), "materialize", "--json"]
    done = subprocess.run(
        command, cwd=root / "definitions", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert ended(done.stdout)["status"] == "success"
    assert (root / "definitions" / "charts" / "revenue.svg").is_file()
