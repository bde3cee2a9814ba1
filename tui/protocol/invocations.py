"""Which invocations of dbt are known already: dbtree's own, and those that it has recorded.

dbt names each of its invocations and writes the name into its log and its artifacts. A run of
dbtree notes it before dbt does anything, so that nobody takes it for a run from elsewhere, even
when its process is killed. One line each in a file of the state directory, appended whole.
"""

from __future__ import annotations

import os
from pathlib import Path

from tui.protocol.private_files import private

FILE = "invocations"
NO_RUN = "-"
"""In place of a run's id: the invocation is not known any more, its run was never recorded."""


def note_invocation(state_dir: Path, invocation_id: str, run_id: str) -> None:
    """Remember that this invocation is that run. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
    fd = private(str(state_dir / FILE), flags)
    try:
        os.write(fd, f"{invocation_id} {run_id}\n".encode())
    finally:
        os.close(fd)


def known_invocations(state_dir: Path) -> dict[str, str]:
    """The runs of all invocations that are known, by the name of the invocation."""
    try:
        text = (state_dir / FILE).read_text("utf-8", "replace")
    except OSError:
        return {}
    lines = (line.split() for line in text.splitlines())
    latest = {words[0]: words[1] for words in lines if len(words) == 2}
    return {name: run_id for name, run_id in latest.items() if run_id != NO_RUN}
