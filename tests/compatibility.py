"""Writes docs/compatibility.md: with which dbt, Python and DuckDB dbtree was tried.

    python -m tests.compatibility                     each environment of tests.matrix, and 1.8, 1.9
    python -m tests.compatibility 3.13/1.12           one of them
    python -m tests.compatibility /some/bin/python    an environment of your own

Each is opened, built, edited and cancelled by a real engine on a small project. Rows of
environments that are not tried this time stay as they are.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.dbt_python import DBT_PYTHON, dbt_environment
from tests.engine.engine_process import Engine, wait_for
from tests.matrix import DBTS, PYTHONS, ROOT, Combination, Unavailable
from tui.protocol.events import LogLine
from tui.protocol.messages import GraphChanged, ParseFailed

PAGE = ROOT / "docs" / "compatibility.md"
PLAIN = ("1.8", "1.9")
"""Versions of dbt-core that work without shortcuts."""
OLDEST = "3.10"
"""The oldest Python of a dbt that dbtree, which needs a newer one itself, drives."""
STEPS = ("opened", "built", "edited", "cancelled")
HEAD = """\
# What dbtree was tried with

Made by `python -m tests.compatibility`: a real engine on a small project, in an environment of each
kind. It is **opened** and **built** (a seed, a snapshot, a view, a table, data tests, a unit test),
**edited** (a save, a broken save, its repair) and a run is **cancelled** in a query that takes
minutes. ✓ with the day on which it worked, or what fell short.

With dbt-core 1.10, 1.11 and 1.12 all shortcuts are on, but for one that 1.12 needs no more. 1.8 and
1.9 do without. Older versions are refused with a sentence. dbt v2 was not tried yet, nor were other
adapters.

"""
COLUMNS = ("dbt-core", "Python", "adapter", "DuckDB", "shortcuts", *STEPS)
FILES = {
    "dbt_project.yml": "name: tried\nversion: '1.0.0'\nprofile: tried\n",
    "profiles.yml": (
        "tried: {target: dev, outputs: {dev: {type: duckdb, path: tried.duckdb, threads: 2}}}\n"
    ),
    "seeds/fruits.csv": "id,name\n1,apple\n2,pear\n",
    "models/chosen.sql": "select * from {{ ref('fruits') }}\n",
    "models/doubled.sql": (
        "{{ config(materialized='table') }}\nselect id * 2 as id from {{ ref('chosen') }}\n"
    ),
    "models/slow.sql": (
        "{{ config(materialized='table') }}\n"
        "select count(*) as id from range(10000000) a, range(10000000) b where a.range = -b.range\n"
    ),
    "models/_models.yml": (
        "models: [{name: chosen, columns: [{name: id, data_tests: [unique, not_null]}]}]\n"
        "unit_tests:\n"
        "  - name: two_becomes_four\n"
        "    model: doubled\n"
        "    given: [{input: ref('chosen'), rows: [{id: 2}]}]\n"
        "    expect: {rows: [{id: 4}]}\n"
    ),
    "snapshots/kept.sql": (
        "{% snapshot kept %}{{ config(strategy='check', check_cols='all', unique_key='id',"
        " target_schema='main') }}\nselect * from {{ ref('fruits') }}\n{% endsnapshot %}\n"
    ),
}
VERSIONS = """
import json, platform
from importlib.metadata import version
print(json.dumps([version("dbt-core"), platform.python_version(), version("dbt-duckdb"),
                  version("duckdb")]))
"""


@dataclass
class Tried:
    """One row."""

    versions: list[str]
    shortcuts: str = ""
    steps: dict[str, str] = field(default_factory=dict)
    """✓, or what fell short."""


class FellShort(Exception):
    """A step did not do what it should."""


def expect(is_so: bool, otherwise: object) -> None:
    """Raise FellShort unless something is so."""
    if not is_so:
        raise FellShort(str(otherwise))


# ---------------------------------------------------------------- in one environment


def attempt() -> Tried:
    """Try the dbt of `DBTREE_TEST_DBT_PYTHON`."""
    words = [DBT_PYTHON, "-c", VERSIONS]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    tried = Tried(json.loads(told))
    with tempfile.TemporaryDirectory(prefix="dbtree-tried-") as directory:
        root = Path(directory)
        for name, text in FILES.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        engines: list[Engine] = []
        steps: dict[str, Callable[[], None]] = {
            "opened": lambda: engines.append(_open(root)),
            "built": lambda: _build(engines[0]),
            "edited": lambda: _edit(engines[0]),
            "cancelled": lambda: _cancel(engines[0]),
        }
        for name, step in steps.items():
            try:
                step()
                tried.steps[name] = "✓"
            except (FellShort, AssertionError, IndexError) as error:
                tried.steps[name] = " ".join(str(error).split())[:80] or "not reached"
        for engine in engines:
            tried.shortcuts = _in_short(engine.ready.shortcuts)
            engine.close()
    return tried


def _open(root: Path) -> Engine:
    engine = Engine(root, check_patches=True)
    expect(len(engine.assets) == 5, engine.assets)
    expect(len(engine.checks) == 3, engine.checks)
    return engine


def _build(engine: Engine) -> None:
    nodes = [key for key in engine.all_nodes() if not key.endswith(".slow")]
    outcome = engine.run(nodes)
    expect(outcome.end.status == "success", outcome.end)
    expect(len(outcome.nodes()) == 7, outcome.statuses())


def _edit(engine: Engine) -> None:
    model = engine.root / "models" / "doubled.sql"
    good = model.read_text(encoding="utf-8")
    for text, answer in (
        (good.replace("* 2", "* 3"), GraphChanged),
        ("select {{ nothing( }}", ParseFailed),
        (good, GraphChanged),
    ):
        model.write_text(text, encoding="utf-8")
        said = engine.reparse([model])
        expect(isinstance(said, answer), said)


def _cancel(engine: Engine) -> None:
    reply, run_dir = engine.start(engine.ids("slow"))
    wait_for(run_dir, LogLine, name="SQLQuery", unique_id="model.tried.slow")
    os.kill(reply.pid, signal.SIGINT)
    outcome = engine.ended(run_dir)
    expect(outcome.end.status == "cancelled", outcome.end)


def _in_short(lines: list[str]) -> str:
    """`on`, `off`, or which of them are off."""
    off = [line.partition(": ")[0] for line in lines if ": off" in line]
    if not off:
        return "on"
    return "off" if off == ["all"] else "on but for " + ", ".join(off)


# ---------------------------------------------------------------- the page


def row_of(tried: Tried, day: str) -> list[str]:
    """The cells of a row."""
    steps = [f"✓ {day}" if tried.steps[step] == "✓" else tried.steps[step] for step in STEPS]
    dbt, python, adapter, duckdb = tried.versions
    return [dbt, python, f"dbt-duckdb {adapter}", duckdb, tried.shortcuts, *steps]


def rows_of(page: str) -> list[list[str]]:
    """The rows that a page has."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def page_of(rows: list[list[str]]) -> str:
    """The page with these rows, the oldest dbt first."""

    def key(row: list[str]) -> list[list[int]]:
        return [[int(part) for part in cell.split(".")] for cell in row[:2]]

    lines = [COLUMNS, *sorted(rows, key=key)]
    table = ["| " + " | ".join(line) + " |" for line in lines]
    table.insert(1, "| " + " | ".join("---" for _ in COLUMNS) + " |")
    return HEAD + "\n".join(table) + "\n"


def merged(before: list[list[str]], new: list[str]) -> list[list[str]]:
    """The rows with a new one in the place of that of the same versions."""
    return [*(row for row in before if row[:4] != new[:4]), new]


def main() -> int:
    """Try the environments, and write the page; how many fell short."""
    every = {
        each.name: each
        for each in (Combination(p, d) for p in (OLDEST, *PYTHONS) for d in (*PLAIN, *DBTS))
    }
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--attempt", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("environment", nargs="*", help=f"{', '.join(every)}, or a Python")
    arguments = parser.parse_args()
    if arguments.attempt:
        print(json.dumps(asdict(attempt())))
        return 0
    short = 0
    for name in arguments.environment or every:
        try:
            interpreter = _interpreter_of(name, every)
        except Unavailable as reason:
            print(f"{name}: skipped: {reason}")
            continue
        words = [sys.executable, "-m", "tests.compatibility", "--attempt"]
        environment = {**dbt_environment(), "DBTREE_TEST_DBT_PYTHON": interpreter}
        done = subprocess.run(
            words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        told: dict[str, Any] = json.loads(done.stdout)
        row = row_of(Tried(**told), datetime.now(UTC).date().isoformat())
        print(f"{name}: {' · '.join(row)}", flush=True)
        short += any(told["steps"][step] != "✓" for step in STEPS)
        before = rows_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else []
        PAGE.write_text(page_of(merged(before, row)), encoding="utf-8")
    return short


def _interpreter_of(name: str, every: dict[str, Combination]) -> str:
    if name not in every:
        return name
    every[name].prepare()
    return str(every[name].interpreter)


if __name__ == "__main__":
    sys.exit(main())
