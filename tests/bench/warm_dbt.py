"""P8: dbt's commands from the engine that stays, and `dbtree ls`, against dbt's own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.dbt_side import dbt
from tests.bench.dbtree_side import run_dbtree
from tests.bench.projects import Projects
from tests.bench.table import Row, Target, median_row

REPEATS = 5
KEEPING = {"DBTREE_ENGINE_KEEP": "15"}
"""The environment in which an engine stays."""
PATIENCE = 600.0
TO_RUN = {1000: Target("≥ 12 ×", 12, "speed-up"), 10_000: Target("≥ 40 ×", 40, "speed-up")}
TO_LIST = {1000: Target("≥ 15 ×", 15, "speed-up"), 10_000: Target("≥ 30 ×", 30, "speed-up")}


def commands(projects: Projects, say: Callable[[str], None], repeats: int) -> Iterator[Row]:
    """P8: `dbtree dbt run -s model`. P8b: `dbtree dbt ls` and `dbtree ls`. One after the other, so
    that all are measured on the same machine; `repeats`: how often dbt is.
    """
    root, run = projects.dbtree, ("run", "-s", projects.model)
    say(f"{projects.models:,} models: dbt's commands and a warm engine")
    runs: list[float] = []
    lists: list[float] = []
    own: list[float] = []
    plain_runs: list[float] = []
    plain_lists: list[float] = []
    with engine_that_stays(root):
        for arguments in (
            ("ls",),
            ("dbt", "seed"),
            ("dbt", "run", "-s", f"+{projects.model}"),
            ("ls",),
        ):
            _seconds(root, *arguments)
            wait_until_warm(root, "is_warm")
        wait_until_warm(root, "kept")
        database = root / "generated.duckdb"
        (projects.dbt / database.name).write_bytes(database.read_bytes())
        for number in range(REPEATS):
            runs.append(_seconds(root, "dbt", *run))
            lists.append(_seconds(root, "dbt", "ls"))
            _seconds(root, "ls")  # which records the run
            own.append(_seconds(root, "ls"))
            if number < repeats:
                plain_runs.append(dbt(projects.dbt, *run).seconds)
                plain_lists.append(dbt(projects.dbt, "ls").seconds)
    targets = TO_RUN.get(projects.models), TO_LIST.get(projects.models)
    yield median_row(
        "P8", "dbtree dbt run -s model", projects.models, runs,
        other_samples=plain_runs, other_is="dbt run -s model", target=targets[0],
    )  # fmt: skip
    for name, samples in (("dbtree dbt ls", lists), ("dbtree ls", own)):
        yield median_row(
            "P8b", name, projects.models, samples,
            other_samples=plain_lists, other_is="dbt ls", target=targets[1],
        )  # fmt: skip


@contextmanager
def engine_that_stays(root: Path) -> Iterator[None]:
    """Inside, an engine may be started; it is stopped at the end."""
    run_dbtree(root, "engine", "stop", **KEEPING)
    try:
        yield
    finally:
        run_dbtree(root, "engine", "stop", **KEEPING)


def _seconds(root: Path, *arguments: str) -> float:
    """How long `dbtree …` takes. Raises RuntimeError when it fails."""
    started = time.monotonic()
    run_dbtree(root, *arguments, **KEEPING)
    return time.monotonic() - started


def wait_until_warm(root: Path, fact: str) -> None:
    """Wait until the engine says so of itself: the parse of the last command is ready (`is_warm`),
    the project is open (`kept`).
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        engines = json.loads(run_dbtree(root, "engine", "--json", **KEEPING))
        if engines and engines[0][fact]:
            return
        time.sleep(0.2)
    raise RuntimeError("the engine that stays did not get warm")
