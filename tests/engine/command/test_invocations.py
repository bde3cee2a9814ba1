"""Invocations of the command: one at a time in a lane, and what they failed with in words."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tui.engine.command import invocations
from tui.engine.command.invocations import DbtCommand, Ended, Invocation, Job, Lane
from tui.engine.command.log_records import log_record
from tui.engine.command.project_report import refusal
from tui.protocol.messages import Open


class Started:
    """An invocation that ends when a test says so."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words, self.is_over, self.is_killed = list(words), False, False

    def ended(self) -> Ended:
        return Ended(0, [], "")

    def kill(self) -> None:
        self.is_killed = True


class Bench:
    """A lane, what was started in it, and what came of it."""

    def __init__(self) -> None:
        self.started: list[Started] = []
        self.told: list[str] = []
        self.lane = Lane(self.start)  # type: ignore[arg-type]

    def start(self, words: Sequence[str]) -> Started:
        if words == ["missing"]:
            raise FileNotFoundError(2, "No such file or directory")
        self.started.append(Started(words))
        return self.started[-1]

    def job(self, name: str, **options: Any) -> Job:
        return Job(
            [name],
            lambda ended: self.told.append(f"{name} {ended.code}"),
            dropped=lambda: self.told.append(f"{name} dropped"),
            **options,
        )


def test_one_goes_on_at_a_time_in_the_order_of_asking() -> None:
    bench = Bench()
    for name in "abc":
        bench.lane.add(bench.job(name))
    assert [one.words for one in bench.started] == [["a"]]
    bench.started[0].is_over = True
    bench.lane.poll()
    assert (bench.told, [one.words for one in bench.started]) == (["a 0"], [["a"], ["b"]])
    bench.lane.end()
    assert bench.started[1].is_killed
    assert bench.lane.is_idle
    assert len(bench.started) == 2


def test_what_gives_way_is_ended_and_told_and_the_next_begins() -> None:
    bench = Bench()
    for name in "ab":
        bench.lane.add(bench.job(name, gives_way=True))
    bench.lane.add(bench.job("c"))
    bench.lane.give_way()
    assert bench.started[0].is_killed
    assert sorted(bench.told) == ["a dropped", "b dropped"]
    assert [one.words for one in bench.started] == [["a"], ["c"]]


def test_what_may_not_start_is_passed_over() -> None:
    bench = Bench()
    bench.lane.add(bench.job("a", may_start=lambda: False))
    bench.lane.add(bench.job("b"))
    assert [one.words for one in bench.started] == [["b"]]


def test_a_program_that_is_gone_is_an_answer() -> None:
    bench = Bench()
    bench.lane.add(bench.job("missing"))
    assert bench.told == ["missing 127"]


def test_an_invocation_ends_with_its_log_and_its_errors(tmp_path: Path) -> None:
    code = "import sys; print('hello'); print('oh', file=sys.stderr); sys.exit(3)"
    ended = Invocation([sys.executable, "-c", code], tmp_path, {}).ended()
    assert (ended.code, [one.text for one in ended.records], ended.stderr) == (3, ["hello"], "oh\n")
    command = DbtCommand(("uv", "run", "dbt"), tmp_path)
    assert ended.failure(command) == "`uv run dbt` failed: oh"
    assert Ended(127, [], "").failure(command) == (
        "`uv run dbt` could not be started: it was not found."
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: Failed to spawn: `dbt`\n  Caused by: x", "error: Failed to spawn: `dbt`"),
        (
            "Usage: dbt parse [OPTIONS]\nTry 'dbt parse -h' for help.\n\n"
            "Error: Invalid value for '--profiles-dir': Directory '/p' does not exist.",
            "Error: Invalid value for '--profiles-dir': Directory '/p' does not exist.",
        ),
        ('time="2026" level=warning msg="obsolete"\nno such service: dbt', "no such service: dbt"),
        ("Traceback (most recent call last):\n  File 1\nModuleNotFoundError: No module named 'dbt'",
         "ModuleNotFoundError: No module named 'dbt'"),
        ("", "exit code 1"),
    ],
)  # fmt: skip
def test_of_what_a_command_says_the_reason_is_told(said: str, reason: str) -> None:
    failed = Ended(1, [], said).failure(DbtCommand(("docker", "run", "dbt"), Path()))
    assert failed == f"`docker run dbt` failed: {reason}"


def test_what_the_engine_asks_leaves_the_artifacts_of_the_last_run_alone(tmp_path: Path) -> None:
    opened = Open(
        0, str(tmp_path), f"{tmp_path}/.dbtree", f"{tmp_path}/profiles", target="prod",
        dbt_command=["dbt"],
    )  # fmt: skip
    command = DbtCommand.of(opened)
    flags = ["--target", "prod", "--profiles-dir", "profiles", "--log-format", "json"]
    assert command.line("build") == ["dbt", "build", *flags]
    own_log = ("--log-path", ".dbtree/dbt/logs")
    own = command.own_line("parse", "parse", "--x")
    assert own == ["dbt", "parse", *flags, "--target-path", ".dbtree/dbt/parse", *own_log, "--x"]
    assert command.own_artifacts("parse") == tmp_path / ".dbtree/dbt/parse"


def test_the_first_parse_begins_with_what_dbt_core_parsed(tmp_path: Path) -> None:
    command = DbtCommand.of(Open(0, str(tmp_path), f"{tmp_path}/.dbtree"))
    command.share_partial_parse("parse")  # nothing there
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "partial_parse.msgpack").write_bytes(b"1")
    command.share_partial_parse("parse")
    own = command.own_artifacts("parse") / "partial_parse.msgpack"
    assert own.read_bytes() == b"1"
    own.write_bytes(b"2")
    command.share_partial_parse("parse")
    assert own.read_bytes() == b"2", "its own is newer"


def test_the_first_run_begins_with_what_the_engine_parsed(tmp_path: Path) -> None:
    command = DbtCommand.of(Open(0, str(tmp_path), f"{tmp_path}/.dbtree"))
    command.lend_partial_parse("parse", "out")  # dbt v2 leaves none
    own = command.own_artifacts("parse") / "partial_parse.msgpack"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"1")
    command.lend_partial_parse("parse", "out")
    users = tmp_path / "out" / "partial_parse.msgpack"
    assert users.read_bytes() == b"1"
    own.write_bytes(b"2")
    command.lend_partial_parse("parse", "out")
    assert users.read_bytes() == b"1", "it is newer"


@pytest.mark.parametrize(
    ("version", "stderr", "words"),
    [
        ("=1.7.4", "", "is dbt 1.7.4, but dbtree needs 1.8 or newer"),
        ("=1.8.0", "", ""),
        ("=2.0.0-preview.196", "", ""),
        ("", "dbt Cloud CLI - 0.38", "is the dbt Cloud CLI"),
        ("", "", ""),
    ],
)
def test_a_command_that_cannot_be_driven_is_refused(version: str, stderr: str, words: str) -> None:
    line = f'{{"info": {{"name": "MainReportVersion"}}, "data": {{"version": "{version}"}}}}'
    said = refusal(Ended(0, [log_record(line)], stderr), DbtCommand(("dbt",), Path()))
    assert words in said
    assert bool(said) is bool(words)


@pytest.mark.parametrize(
    ("script", "silent", "why"),
    [
        ("sleep 1000 & kill -STOP $!; wait", 1000.0, "a signal had stopped it, so it was ended."),
        ("echo parsing; sleep 1000", 0.5, "it said nothing for 0 minutes, so it was ended."),
    ],
    ids=["stopped", "silent"],
)
def test_what_hangs_is_ended_with_a_sentence_and_the_next_begins(
    script: str, silent: float, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocations, "LOOK", 0.1)
    monkeypatch.setattr(invocations, "SILENT", silent)
    said: list[str] = []
    lane = Lane(lambda words: Invocation(words, tmp_path, os.environ))
    command = DbtCommand(("dbt",), tmp_path)
    for text in (script, "exit 3"):
        words = ["sh", "-c", text]
        lane.add(Job(words, lambda ended: said.append(ended.failure(command))))
    while len(said) < 2:
        lane.poll()
        lane.end_hung()
    assert said == [f"`dbt` failed: {why} Save a file to try again.", "`dbt` failed: exit code 3"]
