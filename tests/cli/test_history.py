"""`runs`, `logs` and `cancel`: what needs no dbt, on event logs as runs write them."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import datetime

import pytest

from tests.runs.logs import RunWriter
from tui.cli.main import main
from tui.protocol import events
from tui.protocol.processes import is_alive, process_start
from tui.runs.store import RunStore

CUSTOMERS, ORDERS = "model.shop.customers", "model.shop.orders"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "shop"
    root.mkdir()
    (root / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.chdir(root)
    return root


def run_of(shop, run_id, at=1000.0):
    return RunWriter(shop / ".dbtree", run_id, at)


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_runs_are_listed_newest_first_with_their_counts(shop, capsys):
    run_of(shop, "a3f1", 1000).starts(CUSTOMERS, ORDERS).builds(CUSTOMERS).builds(
        ORDERS, "error", message="no"
    ).ends("failed")
    run_of(shop, "b77c", 2000).starts(ORDERS, command="dbt build --select orders").builds(
        ORDERS
    ).ends()
    assert main(["runs", "--json"]) == 0
    newest, oldest = printed(capsys)
    assert (newest["run_id"], newest["status"]) == ("b77c", "success")
    assert newest["command"] == "dbt build --select orders"
    assert newest["target"] == "dev"
    assert (oldest["status"], oldest["counts"]) == ("failed", {"success": 1, "error": 1})
    started = datetime.fromisoformat(oldest["started_at"])
    assert started.tzinfo is not None
    assert started.timestamp() == 1001
    assert datetime.fromisoformat(oldest["finished_at"]) > started
    assert main(["runs", "--json", "-n", "1"]) == 0
    assert [run["run_id"] for run in printed(capsys)] == ["b77c"]


def test_runs_for_people_are_a_line_each(shop, capsys):
    run_of(shop, "a3f1").starts(CUSTOMERS).builds(CUSTOMERS).ends()
    assert main(["runs"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:4] == ["✓", "a3f1", "success", "dev"]
    assert "1 success" in line
    assert "dbt build" in line


def test_what_dbt_could_not_run_failed_and_what_went_away_was_interrupted(shop, capsys):
    run_of(shop, "e000", 1000).starts().ends("error")
    run_of(shop, "d000", 2000).starts(CUSTOMERS, pid=2**22 + 1).begins(CUSTOMERS).tears()
    assert main(["runs", "--json"]) == 0
    gone, broken = printed(capsys)
    assert (gone["status"], gone["counts"]) == ("interrupted", {"interrupted": 1})
    assert (broken["status"], broken["phase"]) == ("failed", "error")


def test_without_runs_there_is_an_empty_list_and_a_hint(shop, capsys):
    assert main(["runs", "--json"]) == 0
    assert printed(capsys) == []
    assert main(["runs"]) == 0
    told = capsys.readouterr()
    assert (told.out, "dbtree materialize" in told.err) == ("", True)


def test_the_log_is_printed_by_level_without_control_sequences(shop, capsys):
    run_of(shop, "a3f1").starts().says("\x1b[32mfine\x1b[0m [red]x[/]").says(
        "hidden", "debug"
    ).says("first\nsecond", "error").ends()
    assert main(["logs", "a3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[-1] for line in lines] == [
        "info   fine [red]x[/]",
        "error  first",
        "second",
    ]
    assert main(["logs", "--level", "debug"]) == 0
    assert "hidden" in capsys.readouterr().out


def test_the_raw_output_goes_where_the_run_wrote_it(shop, capfdbinary):
    run = run_of(shop, "a3f1").starts().ends()
    (run.directory / "stdout").write_bytes(b"out \xff\x1b[1m\n")
    (run.directory / "stderr").write_bytes(b"err\n")
    assert main(["logs", "latest", "--raw"]) == 0
    told = capfdbinary.readouterr()
    assert (told.out, told.err) == (b"out \xff\x1b[1m\n", b"err\n")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("logs nope", "There is no run nope"),
        ("cancel nope", "There is no run nope"),
        ("cancel latest", "No runs yet"),
        ("logs", "No runs yet"),
    ],
)
def test_a_run_that_does_not_exist_is_said_to(shop, capsys, command, error):
    assert main(command.split()) == 2
    assert error in capsys.readouterr().err


def test_an_id_that_means_several_runs_is_refused(shop, capsys):
    run_of(shop, "a3f1").starts().ends()
    run_of(shop, "a3f2").starts().ends()
    assert main(["logs", "a3"]) == 2
    assert "Several runs begin with a3: a3f1, a3f2" in capsys.readouterr().err


# -------------------------------------------------------------- runs that go on

POLITE = """
import signal, sys, time
sys.path.insert(0, sys.argv[2])
from tui.protocol import events
def stop(*_):
    with open(sys.argv[1], "a") as log:
        log.write(events.to_line(events.RunCancelling(3000.0)) + "\\n")
        log.write(events.to_line(events.RunFinished(3001.0, "cancelled", 1.0)) + "\\n")
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
signal.pause()
"""
DEAF = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
while True: signal.pause()
"""


@pytest.fixture
def going(shop):
    """A run whose process is real: call it with what the process does."""
    processes = []

    def start(code):
        run = run_of(shop, "c0de", 2000)
        root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(run.path), root],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        first = events.RunStarted(
            2000.0, "c0de", "dbt build", "build", "all", "shop", "dev", "duckdb",
            process.pid, process_start(process.pid), nodes=[CUSTOMERS],
        )  # fmt: skip
        run.write(first, events.NodeStarted(2001.0, CUSTOMERS))
        return run, process

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_run_that_goes_on_is_running(going, capsys):
    going(DEAF)
    assert main(["runs", "--json"]) == 0
    (run,) = printed(capsys)
    assert (run["status"], run["finished_at"], run["counts"]) == ("running", None, {"running": 1})


def test_cancel_asks_the_run_which_ends_in_its_own_words(going, shop, capsys):
    _run, process = going(POLITE)
    assert main(["cancel", "c0"]) == 0
    assert "c0de asked to stop" in capsys.readouterr().err
    process.wait(timeout=120)
    assert main(["runs", "--json"]) == 0
    (record,) = printed(capsys)
    assert (record["status"], record["counts"]) == ("cancelled", {"cancelled": 1})
    assert main(["cancel", "c0"]) == 2
    assert "is not running: cancelled" in capsys.readouterr().err


def test_a_run_that_does_not_listen_is_killed_and_recorded_as_cancelled(going, shop, capsys):
    run, process = going(DEAF)
    run.tears()
    reaper = threading.Thread(target=process.wait)
    reaper.start()
    assert main(["cancel", "c0de"]) == 0
    assert is_alive(process.pid, "")
    assert main(["cancel", "c0de", "--kill", "--json"]) == 0
    assert printed(capsys)["status"] == "cancelled"
    reaper.join(timeout=120)
    assert process.returncode == -signal.SIGKILL
    store = RunStore(shop / ".dbtree")
    stored = store.run("c0de")
    store.close()
    assert stored is not None
    assert (stored.status, stored.message) == ("cancelled", "killed")


def test_a_log_is_followed_until_the_run_is_over(going, capsys):
    run, process = going(POLITE)
    run.says("before")
    follower = threading.Thread(target=lambda: main(["logs", "c0de", "-f"]))
    follower.start()
    run.says("after")
    process.send_signal(signal.SIGINT)
    process.wait(timeout=120)
    follower.join(timeout=120)
    assert not follower.is_alive()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == ["before", "after"]
