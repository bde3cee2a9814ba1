"""A run of another window that logs very much: a program that writes a run's event log.

    python -m tests.bench.flood STATE_DIR --target dev --lines 2000 --nodes ID,ID,…

It writes as the run's process would, at a steady rate, until its standard input is closed; then it
writes the last event and ends.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from tui.protocol import events
from tui.protocol.processes import process_start

TURN = 0.02
"""Seconds between two writes."""
NODES_PER_TURN = 1
"""So many nodes end, and begin, at each write."""


def head(run_id: str, target: str, nodes: list[str]) -> list[Any]:
    """The events with which the log begins."""
    now = time.time()
    started = events.RunStarted(
        now,
        run_id,
        "dbt build",
        "build",
        "flood",
        "generated",
        target,
        "duckdb",
        os.getpid(),
        process_start(os.getpid()),
    )
    return [started, events.RunPlanned(now, nodes)]


def turns(nodes: list[str], lines: int) -> Iterator[list[Any]]:
    """What is written at each turn: log lines, and nodes that end and begin."""
    count, working, number = round(lines * TURN), "", 0
    for unique_id in cycle(nodes):
        now = time.time()
        batch: list[Any] = []
        for _ in range(count):
            number += 1
            text = f"{number:>8} of a flood: the quick brown fox jumps over the lazy dog"
            batch.append(events.LogLine(now, "info", text, unique_id, "JinjaLogInfo"))
        if working:
            batch.append(events.NodeFinished(now, working, "success", now - TURN, TURN))
        batch.append(events.NodeStarted(now, unique_id, "Thread-1"))
        working = unique_id
        yield batch


def main() -> None:
    """Write until standard input is closed."""
    parser = argparse.ArgumentParser(description="Write the event log of a run that logs a lot.")
    parser.add_argument("state_dir", type=Path)
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--target", default="dev")
    parser.add_argument("--lines", type=int, default=2000, help="log lines in a second")
    parser.add_argument("--nodes", type=lambda text: text.split(","), required=True)
    arguments = parser.parse_args()
    run_dir = arguments.state_dir / "runs" / arguments.run_id
    run_dir.mkdir(parents=True)
    started = time.monotonic()
    with open(run_dir / "events.jsonl", "a", encoding="utf-8", buffering=1 << 20) as log:

        def write(batch: list[Any]) -> None:
            log.writelines(f"{events.to_line(event)}\n" for event in batch)
            log.flush()

        write(head(arguments.run_id, arguments.target, arguments.nodes))
        for turn, batch in enumerate(turns(arguments.nodes, arguments.lines), 1):
            write(batch)
            due = started + turn * TURN
            if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
                break
        now = time.time()
        write([events.RunFinished(now, "success", time.monotonic() - started)])


if __name__ == "__main__":
    main()
