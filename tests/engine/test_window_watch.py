"""The engine does not outlive the window that it works for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.closings import Marked, marked, open_marked
from tests.engine.engine_process import BOOTSTRAP
from tests.projects.parsed import copy_parsed_demo

DAYS = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"
ENDLESS = (
    "{% macro generate_schema_name(name, node) %}" + DAYS + "{{ target.schema }}{% endmacro %}"
)
A_PARSE = 8.0
"""Seconds of the processor."""
WINDOW = """\
import os, subprocess, sys, time
requests_in, requests_out = os.pipe()
replies_in, replies_out = os.pipe()
other = [sys.executable, "-c", "import time; time.sleep(600)"]
engine = [sys.executable, sys.argv[1], "tui.engine", str(requests_in), str(replies_out)]
engine += [str(os.getpid())]
held = subprocess.Popen(other, pass_fds=(requests_out,), stdout=subprocess.DEVNULL)
subprocess.Popen(
    engine, pass_fds=(requests_in, replies_out), stdout=subprocess.DEVNULL, start_new_session=True
)
print(held.pid, flush=True)
time.sleep(600)
"""
"""A window that starts an engine, and something that keeps the window's end of the pipe."""


def test_an_engine_in_the_midst_of_a_parse_ends_with_its_window(tmp_path: Path) -> None:
    project = copy_parsed_demo(tmp_path / "shop")
    (project / "macros" / "generate_schema_name.sql").write_text(ENDLESS, "utf-8")
    with marked() as processes, open_marked(project, processes, cold=True) as terminal:
        terminal.wait_for("parsing")
        terminal.wait_for(lambda _: is_busy(processes))
        terminal.kill(signal.SIGKILL)
        processes.wait_until_gone()


def is_busy(processes: Marked) -> bool:
    """Whether an engine had more of the processor than its imports and an ordinary parse take."""
    return any(sum(engine.cpu_times()[:2]) > A_PARSE for engine in processes.engines())


def test_an_engine_whose_pipe_is_held_open_by_another_ends_with_its_window(tmp_path: Path) -> None:
    with marked() as processes:
        window = subprocess.Popen(
            [sys.executable, "-c", WINDOW, BOOTSTRAP],
            cwd=tmp_path,
            env={**os.environ, **processes.environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert window.stdout is not None
        other = int(window.stdout.readline())
        window.kill()
        window.wait()
        window.stdout.close()
        processes.wait_until_gone(but=(other,))
        assert [one.pid for one in processes.alive()] == [other]
