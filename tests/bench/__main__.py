"""Runs the bench, prints its table, and writes it as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench.dbts import OTHERS, using
from tests.bench.measures import Say, all_of_demo, edits_and_runs, growth, measure
from tests.bench.projects import CACHE, prepare
from tests.bench.table import Row, text_of
from tests.bench.warm_dbt import commands
from tests.bench.whole_builds import all_on_duckdb, all_on_postgres
from tests.matrix import Unavailable

SIZES = (100, 1000, 10_000)
OF_NO_SIZE = (("P4", all_of_demo), ("P11", all_on_duckdb), ("P11", all_on_postgres))
"""The rows of a whole build, whose projects are always the same."""


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in ("dbt-core", "dbt-duckdb", "duckdb", "textual")},
    }


def with_own(sizes: Sequence[int], wanted: set[str], say: Say) -> Iterator[Row]:
    """The rows of the dbt in this environment."""
    if not wanted or wanted - {row_id for row_id, _ in OF_NO_SIZE}:
        for models in sizes:
            yield from measure(models, wanted, say)
    for row_id, row_of in OF_NO_SIZE:
        if not wanted or row_id in wanted:
            yield row_of(say)


def with_others(names: Sequence[str], models: int, wanted: set[str], say: Say) -> Iterator[Row]:
    """The rows that other dbts have, too: a save, a key, a whole build."""
    for name in names:
        say(f"dbt {name}: preparing")
        try:
            with using(name) as other:
                if not wanted or wanted & {"P2", "P3"}:
                    yield from edits_and_runs(prepare(models), say)
                if "P8" in wanted and not other.is_command:
                    yield from commands(prepare(models), say, 2)
                if not wanted or "P11" in wanted:
                    yield all_on_duckdb(say)
        except Unavailable as reason:
            say(f"dbt {name}: skipped: {reason}")


def main() -> int:
    """Measure; the exit code is 0 even where a target is missed, which the table says."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure dbtree against dbt.")
    parser.add_argument("--size", type=int, choices=SIZES, help="only projects of this size")
    parser.add_argument("--only", default="", help="only these rows: P2,P3,CPU")
    parser.add_argument("--dbt", default="", help=f"with these dbts: {','.join(OTHERS)}")
    parser.add_argument("--json", type=Path, default=CACHE / "bench.json", help="where to write")
    arguments = parser.parse_args()
    wanted = {word for word in arguments.only.split(",") if word}
    sizes = [arguments.size] if arguments.size else SIZES
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {words}", file=sys.stderr, flush=True)

    rows: list[Row] = []
    others = [word for word in arguments.dbt.split(",") if word]
    for row in (
        with_others(others, arguments.size or 1000, wanted, say)
        if others
        else with_own(sizes, wanted, say)
    ):
        rows.append(row)
        say(text_of([row]).splitlines()[1])
    rows += [] if others else growth(rows)
    rows.sort(key=lambda row: (row.id, row.what, row.models))
    about = machine()
    print("\n" + text_of(rows))
    print("\n" + ", ".join(f"{name} {value}" for name, value in about.items()))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    written = {"machine": about, "rows": [row.as_object() for row in rows]}
    arguments.json.write_text(json.dumps(written, indent=1), "utf-8")
    print(f"written to {arguments.json}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
