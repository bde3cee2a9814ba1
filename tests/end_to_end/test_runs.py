"""Runs that are cancelled, left alone, killed, or started somewhere else; and what is remembered
of them."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.processes import engine_of
from tests.end_to_end.headless import dbtree, dbtree_json
from tests.end_to_end.user import User, opens
from tests.endless import ENDLESS_QUERY
from tui.protocol.processes import is_alive

SLOW_MODEL = "models/staging/slow.sql"


@pytest.fixture
def slow_shop(shop: Path) -> Iterator[Path]:
    """The demo with a model that would take days, on one thread. No run of it is left behind."""
    config = "{{ config(materialized='table', pre_hook='set threads = 1') }}\n"
    (shop / SLOW_MODEL).write_text(config + ENDLESS_QUERY, "utf-8")
    yield shop
    for pid, started in run_processes(shop):
        if is_alive(pid, started):
            os.killpg(pid, signal.SIGKILL)


def starts_the_slow_model(user: User) -> int:
    """Press m on it; returns the process id of the run."""
    user.sees_ready()
    user.goes_to("slow")
    user.presses("m")
    user.sees_asset("slow", "running")
    return run_processes(user.terminal.cwd)[-1][0]


def run_processes(project: Path) -> list[tuple[int, str]]:
    """Process id and start of all runs, the latest last, as their logs tell."""
    logs = (project / ".dbtree" / "runs").glob("*/events.jsonl")
    starts = [json.loads(log.read_text("utf-8").partition("\n")[0]) for log in logs]
    starts.sort(key=lambda start: start["at"])
    return [(start["pid"], start["process_started"]) for start in starts]


def latest_run(project: Path) -> dict:
    return dbtree_json(project, "runs", "--json")[0]


def test_a_run_is_cancelled_with_x(slow_shop: Path) -> None:
    with opens(slow_shop) as user:
        starts_the_slow_model(user)
        user.sees(lambda: "0/1" in user.terminal.title)
        user.presses("x")
        user.sees_run("build slow", "cancelled")
        user.sees(lambda: "build slow cancelled" in user.terminal.title)
        user.sees_asset("slow", "never")
        assert latest_run(slow_shop)["status"] == "cancelled"


def test_a_killed_run_is_recorded_as_interrupted_and_the_window_goes_on(slow_shop: Path) -> None:
    with opens(slow_shop) as user:
        pid = starts_the_slow_model(user)
        os.killpg(pid, signal.SIGKILL)
        user.sees_run("build slow", "interrupted")
        assert latest_run(slow_shop)["status"] == "interrupted"
        user.goes_to("raw_orders")
        user.presses("m")
        user.sees_asset("raw_orders", "fresh")


def test_a_killed_engine_comes_back_and_its_run_goes_on(slow_shop: Path) -> None:
    with opens(slow_shop) as user:
        pid = starts_the_slow_model(user)
        engine = engine_of(user.terminal.process.pid)
        os.kill(engine, signal.SIGKILL)
        user.sees(lambda: has_other_engine(user, engine))
        user.sees_ready()
        os.kill(pid, 0)
        user.sees_asset("slow", "running")
        user.presses("x")
        user.sees_run("build slow", "cancelled")
        user.goes_to("raw_orders")
        user.presses("m")
        user.sees_asset("raw_orders", "fresh")


def has_other_engine(user: User, engine: int) -> bool:
    try:
        return engine_of(user.terminal.process.pid) != engine
    except (LookupError, OSError):
        return False


def test_a_killed_window_leaves_the_run_going_and_the_next_one_finds_it(slow_shop: Path) -> None:
    with opens(slow_shop) as user:
        pid = starts_the_slow_model(user)
        user.terminal.kill()
        user.terminal.wait_for_exit()
    os.kill(pid, 0)
    assert latest_run(slow_shop)["status"] == "running"
    with opens(slow_shop) as user:
        user.sees(lambda: user.pane_title("build slow"))
        user.sees_ready()
        user.goes_to("slow")
        user.sees_asset("slow", "running")
        user.presses("x")
        user.sees_run("build slow", "cancelled")
    assert latest_run(slow_shop)["status"] == "cancelled"


def test_leaving_with_a_run_asks_and_a_detached_run_goes_on(slow_shop: Path) -> None:
    with opens(slow_shop) as user:
        pid = starts_the_slow_model(user)
        user.presses("q")
        user.sees("Detach")
        user.presses("d")
        assert user.terminal.wait_for_exit() == 0
    os.kill(pid, 0)
    run = latest_run(slow_shop)
    assert run["status"] == "running"
    assert dbtree(slow_shop, "cancel", run["run_id"]).returncode == 0
    with opens(slow_shop) as user:
        user.sees_run("build slow", "cancelled")
        assert user.leaves() == 0


def test_two_windows_on_one_project_see_the_same_run(slow_shop: Path) -> None:
    with opens(slow_shop) as first, opens(slow_shop) as second:
        second.sees_ready()
        second.goes_to("slow")
        starts_the_slow_model(first)
        second.sees_asset("slow", "running")
        second.presses("x")
        first.sees_run("build slow", "cancelled")
        second.sees_run("build slow", "cancelled")
        first.goes_to("raw_orders")
        first.presses("m")
        first.sees_asset("raw_orders", "fresh")
        second.goes_to("raw_orders")
        second.sees_asset("raw_orders", "fresh")
