"""Runs the bench, prints its table, and writes it as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tests.bench.measures import all_of_demo, growth, measure
from tests.bench.on_postgres import all_on_postgres
from tests.bench.projects import CACHE
from tests.bench.table import Row, text_of

SIZES = (100, 1000, 10_000)


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


def main() -> int:
    """Measure; the exit code is 0 even where a target is missed, which the table says."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure dbtree against dbt.")
    parser.add_argument("--size", type=int, choices=SIZES, help="only projects of this size")
    parser.add_argument("--only", default="", help="only these rows: P2,P3,CPU")
    parser.add_argument("--json", type=Path, default=CACHE / "bench.json", help="where to write")
    arguments = parser.parse_args()
    wanted = {word for word in arguments.only.split(",") if word}
    sizes = [arguments.size] if arguments.size else SIZES
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {words}", file=sys.stderr, flush=True)

    rows: list[Row] = []
    for models in sizes:
        for row in measure(models, wanted, say):
            rows.append(row)
            say(text_of([row]).splitlines()[1])
    if not wanted or "P4" in wanted:
        rows.append(all_of_demo(say))
    if not wanted or "P8" in wanted:
        rows.append(all_on_postgres(say))
    rows += growth(rows)
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
