"""P9: dbt's commands from the engine that stays, against dbt's own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.dbt_side import dbt
from tests.bench.dbtree_side import run_dbtree
from tests.bench.projects import Projects
from tests.bench.table import Row, Target, median_row

REPEATS = 5
PATIENCE = 600.0
TO_RUN = {1000: Target("≥ 12 ×", 12, "speed-up"), 10_000: Target("≥ 40 ×", 40, "speed-up")}
TO_LIST = {1000: Target("≥ 15 ×", 15, "speed-up"), 10_000: Target("≥ 30 ×", 30, "speed-up")}


def commands(projects: Projects, say: Callable[[str], None], repeats: int) -> Iterator[Row]:
    """P9: `dbtree dbt run -s model`. P9b: `dbtree dbt ls`. `repeats`: how often dbt is measured."""
    root, run = projects.dbtree, ("run", "-s", projects.model)
    say(f"{projects.models:,} models: dbt's commands from a warm engine")
    try:
        for arguments in (("seed",), ("run", "-s", f"+{projects.model}"), run):
            _seconds(root, "dbt", *arguments)
            _wait_until_warm(root)
        runs = [_seconds(root, "dbt", *run) for _ in range(REPEATS)]
        lists = [_seconds(root, "dbt", "ls") for _ in range(REPEATS)]
    finally:
        _seconds(root, "engine", "stop")
    say(f"{projects.models:,} models: the same commands of dbt")
    database = root / "generated.duckdb"
    (projects.dbt / database.name).write_bytes(database.read_bytes())
    plain_runs = [dbt(projects.dbt, *run).seconds for _ in range(repeats)]
    plain_lists = [dbt(projects.dbt, "ls").seconds for _ in range(repeats)]
    yield median_row(
        "P9", "dbtree dbt run -s model", projects.models, runs,
        other_samples=plain_runs, other_is="dbt run -s model", target=TO_RUN.get(projects.models),
    )  # fmt: skip
    yield median_row(
        "P9b", "dbtree dbt ls", projects.models, lists,
        other_samples=plain_lists, other_is="dbt ls", target=TO_LIST.get(projects.models),
    )  # fmt: skip


def _seconds(root: Path, *arguments: str) -> float:
    """How long `dbtree …` takes. Raises RuntimeError when it fails."""
    started = time.monotonic()
    run_dbtree(root, *arguments)
    return time.monotonic() - started


def _wait_until_warm(root: Path) -> None:
    """Wait until the engine has the parse of the last command ready."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        engines = json.loads(run_dbtree(root, "engine", "--json"))
        if engines and engines[0]["is_warm"]:
            return
        time.sleep(0.2)
    raise RuntimeError("the engine of dbtree dbt did not get warm")
