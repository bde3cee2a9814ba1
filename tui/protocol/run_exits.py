"""How the process of a run ended that wrote no last event: its exit code, or the signal.

Whoever started the process is told by the system. It notes that beside the run's log, for those who
find the run without an end; nobody else can know it.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tui.protocol.private_files import write_private

FILE = "exit"
LOG = "events.jsonl"
LAST = b'"event":"run_finished"'
TAIL = 1 << 18
"""Bytes at the end of a log in which its last line begins: messages are cut long before that."""


def note_exit(run_dir: Path, code: int) -> None:
    """Note the exit code of a process that is gone (minus the signal, where it was killed), where
    its log has no last event.
    """
    with suppress(OSError):
        with open(run_dir / LOG, "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL))
            if LAST in log.read():
                return
        write_private(run_dir / FILE, str(code))


def is_noted(run_dir: Path) -> bool:
    """Whether it is known how the process ended."""
    return (run_dir / FILE).exists()


def exit_words(run_dir: Path) -> str:
    """How the process of a run without a last event ended, in a sentence; empty where nobody
    knows it.
    """
    try:
        return words_of(int((run_dir / FILE).read_text("ascii")))
    except (OSError, ValueError):
        return ""


def words_of(code: int, what: str = "Its process") -> str:
    """An end in a sentence, of the process that `what` names."""
    if code >= 0:
        return f"{what} ended with exit code {code} before it was done."
    name = signal_name(-code)
    by = f"signal {-code}" + (f", {name}" if name else "")
    hint = ": somebody did so, or the system, which was out of memory" * (name == "SIGKILL")
    return f"{what} was killed ({by}){hint}."


def signal_name(number: int) -> str:
    """`SIGKILL`; empty for one that has no name here."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
