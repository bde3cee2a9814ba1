"""The log and the results of dbt become the events of a run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine_process import read_events
from tui.engine.command.log_records import LogRecord
from tui.engine.command.run_events import RunEvents
from tui.engine.execution.events import EventLog
from tui.protocol.events import LogLine, NodeFinished, NodeStarted

A, B, C, T = "model.shop.a", "model.shop.b", "model.shop.c", "test.shop.t"
RECORDED: dict[str, dict[str, Any]] = {
    A: {"above": [], "path": "models/a.sql", "relation": '"db"."a"', "fingerprint": ["1"],
        "macros": {"macro.shop.m": "2"}},
    B: {"above": [A], "path": "models/b.sql"},
    C: {"above": [B], "path": "models/c.sql", "is_ephemeral": True},
    T: {"above": [A], "path": "models/_models.yml"},
}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "events.jsonl")


@pytest.fixture
def events(log: EventLog) -> RunEvents:
    return RunEvents(log, RECORDED, lambda path: "select\n  wrong\nfrom a\n")


def started(key: str) -> LogRecord:
    return LogRecord("NodeStart", "debug", "began", {"node_info": {"unique_id": key}}, 5.0, "inv")


def finished(key: str, status: str, at: float = 7.0, **result: Any) -> LogRecord:
    told = {"status": status, "execution_time": 1.5, **result}
    data = {"node_info": {"unique_id": key}, "run_result": told}
    return LogRecord("NodeFinished", "debug", "finished", data, at, "inv", "T1")


def error(key: str, text: str) -> LogRecord:
    data = {"node_info": {"unique_id": key}} if key else {}
    return LogRecord("Generic", "error", text, data, 6.0, "inv")


def written(tmp_path: Path, kind: type) -> list[Any]:
    return [event for event in read_events(tmp_path) if isinstance(event, kind)]


def write_results(path: Path, *results: dict[str, Any], invocation: str = "inv") -> Path:
    file = path / "run_results.json"
    told = {"metadata": {"invocation_id": invocation}, "results": list(results)}
    file.write_text(json.dumps(told))
    return file


def test_a_node_starts_and_ends_with_what_was_built(events: RunEvents, tmp_path: Path) -> None:
    for record in (started(A), finished(A, "success", message="OK")):
        events.take(record)
    [start], [end] = written(tmp_path, NodeStarted), written(tmp_path, NodeFinished)
    assert (start.unique_id, start.at) == (A, 5.0)
    assert (end.status, end.at, end.started_at, end.duration) == ("success", 7.0, 5.5, 1.5)
    assert (end.relation, end.fingerprint, end.macros) == ('"db"."a"', ["1"], {"macro.shop.m": "2"})
    assert end.failures is None


def test_the_failures_of_a_check_count_by_either_name(events: RunEvents, tmp_path: Path) -> None:
    events.take(finished(T, "fail", num_failures=3))
    assert written(tmp_path, NodeFinished)[0].failures == 3


def test_an_error_is_told_in_dbts_words_where_the_result_says_nothing(
    events: RunEvents, tmp_path: Path
) -> None:
    text = '[error] [X (dbt1)]: Binder Error: column "wrong" not found\n  --> run/shop/a.sql:9:1'
    for record in (error(A, text), finished(A, "error")):
        events.take(record)
    [end] = written(tmp_path, NodeFinished)
    assert end.message == 'Binder Error: column "wrong" not found'
    assert (end.path, end.line) == ("models/a.sql", 2), (
        "the line of the source, not of what is sent"
    )


def test_a_skipped_node_names_the_nearest_that_failed(events: RunEvents, tmp_path: Path) -> None:
    for record in (finished(A, "error", message="no"), finished(B, "skipped", message="Skipped")):
        events.take(record)
    skipped = written(tmp_path, NodeFinished)[1]
    assert (skipped.skipped_because, skipped.message) == (A, "")
    assert skipped.started_at == skipped.at


def test_a_node_behind_a_failed_check_names_the_check(events: RunEvents, tmp_path: Path) -> None:
    for record in (finished(A, "success"), finished(T, "fail"), finished(B, "skipped")):
        events.take(record)
    assert written(tmp_path, NodeFinished)[2].skipped_because == T


def test_what_dbt_walks_through_ends_as_it_says(events: RunEvents, tmp_path: Path) -> None:
    exposure = "exposure.shop.e"
    for record in (
        started(exposure), finished(exposure, "no-op", message="NO-OP"),
        started(C), finished(C, "success"), finished(C, "error", message="no"),
    ):  # fmt: skip
        events.take(record)
    assert [start.unique_id for start in written(tmp_path, NodeStarted)] == [exposure]
    assert [(e.unique_id, e.status) for e in written(tmp_path, NodeFinished)] == [
        (exposure, "no-op"), (C, "error"),
    ]  # fmt: skip


def test_results_that_the_log_did_not_tell_are_added(events: RunEvents, tmp_path: Path) -> None:
    events.take(finished(A, "success"))
    events.reconcile(
        write_results(
            tmp_path,
            {"unique_id": A, "status": "success"},
            {"unique_id": B, "status": "error", "message": "no", "execution_time": 2},
            {"unique_id": C, "status": "skipped"},
        )
    )
    assert [(end.unique_id, end.status) for end in written(tmp_path, NodeFinished)] == [
        (A, "success"), (B, "error"),
    ]  # fmt: skip
    assert events.not_run([A, B, C, T, "exposure.shop.e"]) == [T]


@pytest.mark.parametrize("text", ["", "{", '{"results": 1}', '{"results": []}'])
def test_results_that_cannot_be_read_add_nothing(
    events: RunEvents, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "run_results.json"
    file.write_text(text)
    events.take(started(A))
    events.reconcile(file)
    events.reconcile(tmp_path / "none.json")
    assert written(tmp_path, NodeFinished) == []


def test_results_of_another_run_add_nothing(events: RunEvents, tmp_path: Path) -> None:
    events.take(started(A))
    events.reconcile(
        write_results(tmp_path, {"unique_id": A, "status": "success"}, invocation="other")
    )
    assert written(tmp_path, NodeFinished) == []


def test_how_a_run_ended(events: RunEvents) -> None:
    assert events.end(0).status == "success"
    events.take(LogRecord("", "info", "no such thing"))
    assert events.end(127).message == "no such thing"
    events.take(error("", "Encountered an error:\nRuntime Error\n  no profile (profiles.yml)"))
    ended = events.end(2)
    assert (ended.status, ended.message, ended.path) == (
        "error", "no profile (profiles.yml)", "profiles.yml",
    )  # fmt: skip
    events.take(finished(A, "error"))
    assert events.end(1).status == "failed"


def test_a_hook_that_fails_is_no_node_and_fails_the_run(events: RunEvents, tmp_path: Path) -> None:
    hook = "operation.shop.shop-on-run-start-0"
    events.take(started(hook))
    events.take(finished(hook, "error", message="no such schema"))
    assert written(tmp_path, NodeFinished) == written(tmp_path, NodeStarted) == []
    assert (events.end(1).status, events.end(1).message) == ("failed", "no such schema")


def test_a_query_that_was_interrupted_is_no_failure(
    events: RunEvents, log: EventLog, tmp_path: Path
) -> None:
    log.cancel()
    events.take(error("", "Operation cancelled"))
    events.take(finished(A, "error", message="cancelled"))
    events.take(finished(B, "skipped"))
    assert written(tmp_path, NodeFinished) == []
    assert {line.level for line in written(tmp_path, LogLine)} == {"debug"}
    assert events.end(1).status == "cancelled"


def test_no_secret_is_written_whatever_dbt_says(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl", lambda text: text.replace("hunter22", "*****"))
    events = RunEvents(log, RECORDED, lambda path: "")
    events.take(LogRecord("", "info", "password=hunter22"))
    events.take(error(A, "cannot log in with hunter22"))
    events.take(finished(A, "error", message="hunter22 is wrong"))
    events.take(LogRecord("Generic", "error", "hunter22"))
    log.finish(events.end(2))
    text = (tmp_path / "events.jsonl").read_text()
    assert "hunter22" not in text
    assert text.count("*****") >= 4


def test_what_fail_fast_left_out_was_not_skipped_because_of_the_failure(
    log: EventLog, tmp_path: Path
) -> None:
    events = RunEvents(log, {**RECORDED, "model.shop.d": {}}, lambda path: "", fail_fast=True)
    events.take(finished(A, "error", message="no such table"))
    for key in (B, "model.shop.d"):
        events.take(finished(key, "skipped", message="Skipping due to fail_fast"))
    _, below, apart = written(tmp_path, NodeFinished)
    assert (below.skipped_because, below.message) == (A, "")
    assert (apart.skipped_because, apart.message) == ("", "not run: --fail-fast")


def test_sources_end_as_their_own_artifact_says(log: EventLog, tmp_path: Path) -> None:
    old, new, gone = "source.shop.raw.old", "source.shop.raw.new", "source.shop.raw.gone"
    events = RunEvents(log, {old: {"path": "models/s.yml"}}, lambda path: "")
    for key in (old, new, gone):
        events.take(started(key))
    told = error(gone, "1 of 3 ERROR freshness of raw.gone")
    events.take(replace(told, name="LogFreshnessResult"))
    events.take(error(gone, "Catalog Error: no table gone"))
    results = [
        {"unique_id": old, "status": "error", "max_loaded_at_time_ago_in_s": 3 * 86_400.0},
        {"unique_id": new, "status": "pass", "max_loaded_at_time_ago_in_s": 3.0},
    ]
    events.take_freshness(write_results(tmp_path, *results))
    ends = {end.unique_id: end for end in written(tmp_path, NodeFinished)}
    assert (ends[old].status, ends[old].message, ends[old].path) == (
        "error", "Its newest row was loaded 3 days ago.", "models/s.yml",
    )  # fmt: skip
    assert (ends[new].status, ends[new].message) == ("pass", "")
    assert (ends[gone].status, ends[gone].message) == (
        "runtime error", "Catalog Error: no table gone",
    )  # fmt: skip
    assert events.end(1).status == "failed"
