"""What a process uses, as Linux tells it: memory, processor time, children."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Proportional set size in MB: what is shared with others counts by its share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no Pss of process {pid}")


def peak_memory(pid: int) -> float:
    """The largest resident set that the process ever had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no VmHWM of process {pid}")


def children(pid: int) -> list[int]:
    """The processes that this one started and that are its own still."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]


def engine_of(pid: int) -> int:
    """The engine that a dbtree process started. Raises LookupError where there is none."""
    for child in children(pid):
        if b"tui.engine" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise LookupError(f"process {pid} has no engine")


def processor_time(pid: int) -> float:
    """Seconds of a processor that a process has used, with its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


@dataclass(frozen=True)
class ProcessorUse:
    """A moment in the life of a process, to measure its use of the processor from there on."""

    pid: int
    at: float
    ticks: int

    @staticmethod
    def of(pid: int) -> ProcessorUse:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return ProcessorUse(pid, time.monotonic(), int(fields[11]) + int(fields[12]))

    def share_since(self) -> float:
        """Per cent of one core from this moment until now."""
        now = ProcessorUse.of(self.pid)
        return 100 * (now.ticks - self.ticks) / TICKS / (now.at - self.at)
