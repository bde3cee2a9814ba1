"""Closes terminals under a running dbtree, and counts the processes that are left of it.

All that one dbtree starts (its engine, its runs) has a mark in its environment, so that what is
left is found whatever its parent is by then.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.terminal import PROGRAM, Terminal, cold_environment, user_environment
from tests.waits import LOOK_AGAIN

MARK = "DBTREE_TEST_CLOSING"
SOON = 60.0
"""Seconds after which nothing may be left, on a busy machine too."""


@dataclass
class Marked:
    """All processes that were started with one mark."""

    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def environment(self) -> dict[str, str]:
        """What a program is to be started with."""
        return {MARK: self.mark}

    def alive(self) -> list[psutil.Process]:
        """Those that are still there; a zombie is not."""
        return [process for process in psutil.process_iter() if self._is_one(process)]

    def _is_one(self, process: psutil.Process) -> bool:
        try:
            return (
                process.environ().get(MARK) == self.mark
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def windows(self) -> list[psutil.Process]:
        """Those that are a window."""
        return [one for one in self.alive() if "tui.engine" not in told_of(one)]

    def engines(self) -> list[psutil.Process]:
        """Those that are an engine (or were forked from one)."""
        return [one for one in self.alive() if "tui.engine" in told_of(one)]

    def wait_until_gone(self, *, but: tuple[int, ...] = (), timeout: float = SOON) -> None:
        """Wait until no process is left, `but` those with these ids. Raises AssertionError."""
        deadline = time.monotonic() + timeout
        while left := [one for one in self.alive() if one.pid not in but]:
            if time.monotonic() > deadline:
                told = "\n".join(f"{one.pid} {told_of(one)}" for one in left)
                raise AssertionError(f"still there {timeout:g} s after the closing:\n{told}")
            time.sleep(LOOK_AGAIN)

    def kill(self) -> None:
        """Leave nothing behind, whatever happened."""
        for one in self.alive():
            with suppress(psutil.Error):
                one.kill()


def told_of(process: psutil.Process) -> str:
    """The command line of a process; "" when it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextmanager
def marked() -> Iterator[Marked]:
    """A mark for the processes that are started in here; those are killed at the end."""
    processes = Marked()
    try:
        yield processes
    finally:
        processes.kill()


def open_marked(project: Path, processes: Marked, *, cold: bool = False) -> Terminal:
    """The real dbtree in a terminal, with the mark; `cold` where its engine is to be the real one
    too, not a fork of the warm Python.
    """
    environment = cold_environment if cold else user_environment
    return Terminal(
        [PROGRAM],
        cwd=project,
        environment=environment(project, **processes.environment),
    )


class TmuxServer:
    """A tmux server of its own, with dbtree in its only window."""

    def __init__(self, project: Path, processes: Marked) -> None:
        self.name = f"dbtree-{processes.mark[:12]}"
        # The mark is set inside, so that the server itself is none of ours.
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-x", "130", "-y", "36", "-c", str(project),
            "env", f"{MARK}={processes.mark}", str(PROGRAM),
            environment=cold_environment(project, SHELL="/bin/sh"),
        )  # fmt: skip

    def _tmux(self, *words: str, environment: dict[str, str] | None = None) -> str:
        return subprocess.run(
            ["tmux", "-L", self.name, *words],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout

    def screen(self) -> str:
        """What its window shows."""
        return self._tmux("capture-pane", "-p")

    def kill_server(self) -> None:
        """All terminals of the server are closed."""
        self._tmux("kill-server")


def lose_the_line(terminal: Terminal) -> None:
    """What happens when an SSH connection is lost: its shell's group gets SIGHUP, then SIGCONT,
    and the terminal is gone.
    """
    with suppress(ProcessLookupError):
        os.killpg(terminal.process.pid, signal.SIGHUP)
        os.killpg(terminal.process.pid, signal.SIGCONT)
    terminal.hang_up()
