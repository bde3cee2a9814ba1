"""What dbt says, as it stands in a run's log."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui.engine.execution.error_place import place_of_error
from tui.engine.execution.events import (
    CUT_SHORT,
    NOT_RUN,
    EventLog,
    after_fail_fast,
    not_run,
    reason_in_words,
)
from tui.engine.patches.lazy_graph import LazyGraph
from tui.engine.python.dbt_invocation import InnerDbt
from tui.engine.run.git_commit import head_commit
from tui.protocol.events import LogLine, NodeStarted, RunCancelling, RunFinished, from_object
from tui.runs.event_reader import EventFile, LineHead


def read(path: Path) -> list[Any]:
    return [from_object(json.loads(line)) for line in path.read_text().splitlines()]


def said(text: str, level: str = "info", name: str = "Note", unique_id: str = "") -> Any:
    data = SimpleNamespace(node_info=SimpleNamespace(unique_id=unique_id))
    return SimpleNamespace(info=SimpleNamespace(msg=text, level=level, name=name), data=data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_a_line_of_dbts_log_is_read_back_as_it_was_written(path: Path) -> None:
    EventLog(path).on_dbt_event(said('a "b"\n\\c é\U0001f600', "warn", "Warned", "model.a.b"))
    (line,) = read(path)
    assert line == LogLine(line.at, "warn", 'a "b"\n\\c é\U0001f600', "model.a.b", "Warned")


def test_what_a_window_needs_of_a_line_can_be_told_without_decoding_it(path: Path) -> None:
    log = EventLog(path)
    log.on_dbt_event(said('create table "é" as (\n  select 1)\n', "debug", "SQL", "model.a.b"))
    log.say("info", "Run on dev")
    heads = [head for _, head in EventFile(path, heads=True).poll()]
    text = 'create table \\"é\\" as (\\n  select 1)\\n'.encode()
    assert heads == [
        LineHead(b"debug", text, b"model.a.b", b"SQL"), LineHead(b"info", b"Run on dev", b"", b""),
    ]  # fmt: skip


def test_control_sequences_and_secrets_are_left_out(path: Path) -> None:
    log = EventLog(path, lambda text: text.replace("hunter2", "*****"))
    log.on_dbt_event(said("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x07\r\n\x00hunter2\ttab"))
    assert read(path)[0].text == "red link\n*****\ttab"


def test_a_surrogate_in_a_message_does_not_stop_the_log(path: Path) -> None:
    EventLog(path).on_dbt_event(said("torn \udcff name"))
    assert "torn" in read(path)[0].text


def test_empty_lines_and_the_cache_s_bookkeeping_are_left_out(path: Path) -> None:
    log = EventLog(path)
    log.on_dbt_event(said("  \n"))
    log.on_dbt_event(said("adding relation", "debug", "CacheAction"))
    assert read(path) == []


def test_nothing_follows_the_last_event(path: Path) -> None:
    log = EventLog(path)
    log.finish(RunFinished(at=1.0, status="success", elapsed=0.5))
    log.on_dbt_event(said("Wrote artifact"))
    assert len(read(path)) == 1


def test_a_cancel_is_told_once_and_its_traceback_is_for_the_curious(path: Path) -> None:
    log = EventLog(path)
    log.cancel()
    log.cancel()
    log.on_dbt_event(said("KeyboardInterrupt", "error", "MainStackTrace"))
    first, second = read(path)
    assert isinstance(first, RunCancelling)
    assert second.level == "debug"


def test_two_writers_of_one_log_never_mix_their_lines(path: Path) -> None:
    logs = [EventLog(path), EventLog(path)]
    for number in range(200):
        logs[number % 2].on_dbt_event(said(str(number) * 50))
    assert [line.text for line in read(path)] == [str(n) * 50 for n in range(200)]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("Compilation Error in model m (models/m.sql)\n  unexpected '}'\n    line 2\n      x", 2),
        ("Runtime Error in model m (models/m.sql)\n  LINE 9:   missing_one,\n   ^", 2),
        ('Binder Error: Referenced column "missing_one" not found in FROM clause!', 2),
        ('Catalog Error: Table with name other_table does not exist!\nDid you mean "m"?', 3),
        ("Conversion Error: Could not convert", 0),
    ],
)
def test_an_error_is_led_back_to_its_line(message: str, line: int) -> None:
    source = "select id,\n  missing_one,\nfrom other_table\nwhere id = id"
    node = SimpleNamespace(raw_code=source, original_file_path="models/m.sql")
    assert place_of_error(message, node) == ("models/m.sql", line)


def test_who_holds_the_database_is_said_in_one_sentence() -> None:
    message = (
        'IO Error: Could not set lock on file "/data/shop.duckdb": Conflicting lock is held in '
        "/usr/bin/python3.11 (PID 4711) by user ann. See also https://duckdb.org/docs"
    )
    assert reason_in_words(message) == (
        "The database /data/shop.duckdb is in use by python3.11 (PID 4711): "
        "close it there, then run again."
    )


def test_the_lazy_graph_is_dbts_when_it_is_looked_into() -> None:
    built = {"nodes": {"model.a.b": {"name": "b"}}, "sources": {}}

    class Manifest:
        flat_graph: Any = {}
        times = 0

        def build_flat_graph(self) -> None:
            self.times += 1
            self.flat_graph = dict(built)

    manifest = Manifest()
    manifest.flat_graph = LazyGraph(manifest)
    assert manifest.times == 0
    assert manifest.flat_graph == built
    assert dict(manifest.flat_graph) == built
    assert json.dumps(manifest.flat_graph) == json.dumps(built)
    assert [*manifest.flat_graph] == [*built]
    assert "nodes" in manifest.flat_graph
    assert manifest.times == 1


def test_the_commit_is_read_from_git_s_files(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("# pack-refs\n" + "1" * 40 + " refs/heads/main\n")
    project = tmp_path / "dbt" / "shop"
    project.mkdir(parents=True)
    assert head_commit(project) == "1" * 40
    (git / "refs" / "heads" / "main").write_text("2" * 40 + "\n")
    assert head_commit(project) == "2" * 40
    (git / "HEAD").write_text("3" * 40 + "\n")
    assert head_commit(project) == "3" * 40


def test_a_project_without_git_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere")
    assert head_commit(tmp_path) == ""
    assert os.listdir(tmp_path) == [".git"]


def test_what_a_cancel_interrupts_is_no_error_in_the_log(path: Path) -> None:
    log = EventLog(path)
    log.on_dbt_event(said("Failed before", "error", "LogModelResult", "model.shop.a"))
    log.cancel()
    log.on_dbt_event(
        said("INTERRUPT Error: Interrupted!", "error", "LogModelResult", "model.shop.b")
    )
    log.on_dbt_event(said("The disk is on fire", "error", "Note"))
    lines = [event for event in read(path) if isinstance(event, LogLine)]
    assert [line.level for line in lines] == ["error", "debug", "error"]


@pytest.mark.parametrize(
    ("status", "message", "because", "expected"),
    [
        ("error", "Runtime Error\n  INTERRUPT Error: Interrupted!", "", ("cancelled", CUT_SHORT)),
        ("error", "canceling statement due to user request", "", ("cancelled", CUT_SHORT)),
        ("error", "Catalog Error: no such table", "", ("error", "Catalog Error: no such table")),
        ("skipped", "Skipping due to fail_fast", "", ("skipped", NOT_RUN)),
        (
            "skipped", "Skipping due to fail_fast", "model.shop.bad",
            ("skipped", "Skipping due to fail_fast"),
        ),
        ("fail", "Got 3 results", "", ("fail", "Got 3 results")),
    ],
)  # fmt: skip
def test_what_fail_fast_left_out_is_no_victim_and_what_it_interrupted_no_failure(
    status: str, message: str, because: str, expected: tuple[str, str]
) -> None:
    assert after_fail_fast(status, message, because) == expected


def test_errors_of_what_fail_fast_interrupted_are_quiet(path: Path) -> None:
    log = EventLog(path)
    log.write(NodeStarted(1.0, "model.shop.slow"))
    log.on_dbt_event(said("ERROR creating bad", "error", unique_id="model.shop.bad"))
    log.cut_running()
    log.on_dbt_event(said("ERROR creating slow", "error", unique_id="model.shop.slow"))
    assert [line.level for line in read(path)[1:]] == ["error", "debug"]


def test_what_dbt_refuses_to_do_is_said_in_the_log_and_of_each_node(path: Path) -> None:
    unused: Any = None
    inner = InnerDbt(unused, unused, unused, EventLog(path))
    inner.note_refusal(
        "build", SimpleNamespace(exception=ValueError("No such option"), result=None)
    )
    assert inner.refusal == "dbt build: No such option"
    (line,) = read(path)
    assert (line.level, line.text) == ("error", inner.refusal)
    assert not_run("model.shop.a", inner.refusal).message == inner.refusal
    inner.note_refusal("build", SimpleNamespace(exception=ValueError("told"), result=object()))
    assert not inner.refusal
