"""Runs dbt's own command line, that of the dbt which dbtree uses, and measures it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dbts import chosen, environment


@dataclass(frozen=True)
class Finished:
    """One finished command: how long it took and the processor's time (seconds), and its peak of
    memory (MB).
    """

    seconds: float
    peak_memory: float
    processor: float


def dbt(project: Path, *arguments: str) -> Finished:
    """Run `dbt …` in a project, as typed in a shell. Raises RuntimeError when it fails."""
    log = project / "target" / "bench.log"
    log.parent.mkdir(exist_ok=True)
    with open(log, "wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(chosen().program), *arguments],
            cwd=project,
            env=environment(project),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        last = log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"dbt {' '.join(arguments)} failed in {project}:\n{last}")
    in_kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Finished(seconds, in_kilobytes / 1024, used.ru_utime + used.ru_stime)
