"""A dbt that would never end is ended, with all that its wrapper has started; one that is stopped
is called so.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_python import ROOT

FOLLOW = """\
import json, signal, subprocess, sys
from pathlib import Path
from tui.engine.command import dbt_watch
from tui.engine.command.dbt_watch import DbtWatch, interrupt_all
from tui.engine.command.log_records import LogRecord
from tui.engine.command.stall_watch import StallWatch
from tui.engine.execution.events import EventLog

log, stall = EventLog(Path(sys.argv[1])), StallWatch(["model.a", "model.b"])
dbt_watch.TURN, dbt_watch.ENDS_WITHIN, dbt_watch.GIVEN_UP = 0.05, 1.0, 1.0
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: None)
dbt = subprocess.Popen(["sh", "-c", sys.argv[3]], stdout=subprocess.PIPE)
with DbtWatch(dbt, stall, log) as watch:
    assert dbt.stdout.readline() == b"ready\\n"
    if sys.argv[2] == "cancel":
        log.cancel()
        interrupt_all()
    elif sys.argv[2] == "stuck":
        for name in ("NodeStart", "NodeFinished"):
            stall.take(LogRecord(name, "info", "", {"node_info": {"unique_id": "model.a"}}))
        import tui.engine.command.stall_watch as patience
        patience.PATIENCE = -1.0
    said = dbt.stdout.read().decode()
print(json.dumps([watch.stalled, watch.message, said, dbt.wait()]))
"""
"""Follows the command of the third argument as a run does, in a session of its own."""
DEAF = 'trap "" INT TERM; echo ready; while :; do sleep 1; done'
"""What hears nothing. Its output stays open as long as it lives."""


def follow(tmp_path: Path, what: str, command: str) -> tuple[Any, list[dict[str, Any]]]:
    """What came of a command, and the lines of the run's log."""
    done = subprocess.run(
        [sys.executable, "-c", FOLLOW, str(tmp_path / "events.jsonl"), what, command],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, timeout=300,
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "events.jsonl").read_text().splitlines()
    return json.loads(done.stdout), [json.loads(line) for line in log]


@pytest.mark.parametrize("command", [DEAF, f"({DEAF}) & wait; wait"], ids=["alone", "wrapped"])
def test_a_dbt_that_hears_no_cancel_is_killed_with_all_below_it(
    tmp_path: Path, command: str
) -> None:
    (stalled, message, _, code), _ = follow(tmp_path, "cancel", command)
    assert (stalled, message) == ("", "killed")
    assert code < 0


def test_a_dbt_that_was_stopped_hears_a_cancel(tmp_path: Path) -> None:
    command = 'trap "echo heard; exit 3" INT; echo ready; kill -STOP $$; wait'
    (_, message, said, code), _ = follow(tmp_path, "cancel", command)
    assert (message, said, code) == ("", "heard\n", 3)


@pytest.mark.parametrize(
    "command",
    ["echo ready; kill -STOP $$", f"({DEAF}) & wait; wait"],
    ids=["stopped", "deaf below a wrapper"],
)
def test_a_dbt_that_is_stuck_is_ended_whatever_it_hears(tmp_path: Path, command: str) -> None:
    (stalled, *_), _ = follow(tmp_path, "stuck", command)
    assert stalled.startswith("dbt's queue is stuck: 1 node left, and nothing is running (model.b)")


def test_that_dbt_is_stopped_is_said_once_with_what_continues_it(tmp_path: Path) -> None:
    command = f"""
        echo ready
        (while ! grep -q 'is stopped' {tmp_path}/events.jsonl; do sleep 0.1; done
        sleep 0.3; kill -CONT $$) &
        kill -STOP $$; echo on
    """
    (_, _, said, code), log = follow(tmp_path, "run", command)
    assert (said, code) == ("on\n", 0)
    told = [line["text"] for line in log]
    assert len(told) == 1
    assert told[0].endswith("continues it.")
