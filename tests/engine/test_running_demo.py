"""The bundled project, built from a warm engine and by dbt's own command line."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine_process import Engine
from tests.warm_python import warm_python
from tui.protocol.events import NodeFinished, NodeStarted

DEMO = Path(__file__).resolve().parents[2] / "tui" / "demo"


def demo_in(directory: Path) -> Path:
    ignored = shutil.ignore_patterns("target", "logs", ".dbtree", "*.duckdb", "*.wal")
    return Path(shutil.copytree(DEMO, directory / "shop", ignore=ignored))


def results(root: Path) -> list[dict[str, Any]]:
    told = json.loads((root / "target" / "run_results.json").read_text())["results"]
    return [
        {
            key: result[key]
            for key in ("unique_id", "status", "message", "failures", "relation_name")
        }
        for result in told
        if not result["unique_id"].startswith("exposure.")  # dbt does nothing with them
    ]


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_build_of_the_demo_project_is_that_of_plain_dbt(tmp_path: Path) -> None:
    plain = demo_in(tmp_path / "plain")
    subprocess.run(
        [warm_python(), "-m", "dbt.cli.main", "build", "--threads", "1", "--no-use-colors"],
        cwd=plain,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        check=True,
    )
    engine = Engine(demo_in(tmp_path / "ours"))
    try:
        outcome = engine.run(engine.all_nodes(), threads=1)
        first = results(engine.root)
        parallel = engine.run(engine.all_nodes(), threads=4, full_refresh=True)
    finally:
        engine.close()
    assert outcome.end.status == "success"
    assert first == results(plain)
    assert_in_order(engine, parallel.events)
    assert parallel.end.status == "success"


def assert_in_order(engine: Engine, events: list[Any]) -> None:
    """Whatever a node reads has ended, with its own checks, before the node begins."""
    ended: set[str] = set()
    for event in events:
        if isinstance(event, NodeFinished):
            ended.add(event.unique_id)
        elif isinstance(event, NodeStarted) and event.unique_id in engine.assets:
            asset = engine.assets[event.unique_id]
            above = {key for key in asset.depends_on if is_run(engine, key)}
            checks = {
                key
                for key, check in engine.checks.items()
                if check.depends_on and {*check.depends_on} <= above and not is_unit(key)
            }
            assert above | checks <= ended


def is_run(engine: Engine, key: str) -> bool:
    asset = engine.assets[key]
    return asset.resource_type in ("model", "seed", "snapshot") and (
        asset.materialized != "ephemeral"
    )


def is_unit(key: str) -> bool:
    return key.startswith("unit_test.")
