"""The history is an index of the runs' logs: deleted, broken or shared, it says the same."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runs.logs import RunWriter
from tests.small_disk import small_disk
from tui.errors import RunError
from tui.protocol import events
from tui.protocol.records import Fingerprint
from tui.runs import directories, schema
from tui.runs.event_reader import EventFile
from tui.runs.history import remember
from tui.runs.store import RunStore
from tui.runs.values import History, NodeRun, Run

A, B, C = "model.shop.a", "model.shop.b", "model.shop.c"
T, U = "test.shop.unique_a.1", "unit_test.shop.a.adds_up"

Opener = Callable[..., RunStore]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opener]:
    """Opens a store on the state directory; processes live unless said otherwise."""
    opened: list[RunStore] = []

    def open_store(alive: bool = True, directory: Path = tmp_path) -> RunStore:
        opened.append(RunStore(directory, alive=lambda pid, started: alive))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def nodes_of(store: RunStore, run_id: str) -> list[NodeRun]:
    run = store.ingest(run_id)
    assert run is not None
    return [*run.nodes.values()]


def everything(store: RunStore) -> dict[str, Any]:
    """All that an index can say."""
    runs = store.runs(1000)
    return {
        "summaries": [vars(run) for run in runs],
        "nodes": {run.run_id: nodes_of(store, run.run_id) for run in runs},
        "history": {target: vars(store.history(target)) for target in ("dev", "prod")},
        "attempts": [store.materializations(key, "dev") for key in (A, B, C)],
        "results": [store.check_results(key, "dev") for key in (T, U)],
        "durations": store.durations([A, B, C, T, U], "dev"),
    }


def table_rows(path: Path) -> dict[str, list]:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: sorted(map(repr, db.execute(f"SELECT * FROM {table}")))
            for table in schema.TABLES
        }


# -- directories and ids ----------------------------------------------------


def test_the_state_directory_ignores_itself_in_git(tmp_path: Path):
    directories.ensure_state_dir(tmp_path / "deep" / ".dbtree")
    assert (tmp_path / "deep" / ".dbtree" / ".gitignore").read_text() == "*\n"


def test_a_state_directory_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="Cannot write to the state directory"):
        RunStore(tmp_path / "file" / ".dbtree")


def test_ids_are_short_unique_and_begin_with_a_letter(tmp_path: Path):
    ids = [directories.new_run_id(tmp_path) for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(run_id) == 4 and run_id[0].isalpha() for run_id in ids)
    assert directories.run_ids(tmp_path) == sorted(ids)


def test_an_id_grows_where_the_short_ones_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("secrets.choice", lambda letters: "a")
    monkeypatch.setattr("secrets.token_hex", lambda length: "0" * 2 * length)
    assert [directories.new_run_id(tmp_path) for _ in range(3)] == ["a000", "a0000", "a00000"]


def test_an_id_that_was_not_used_is_given_back(opens: Opener):
    store = opens()
    run_id = store.new_run_id()
    store.release_run_id(run_id)
    assert store.resolve(run_id) is None


def test_a_run_is_found_by_the_beginning_of_its_id(tmp_path: Path, opens: Opener):
    for run_id in ("a3f1", "a3f2", "b77c"):
        RunWriter(tmp_path, run_id).starts(A).ends()
    store = opens()
    found = store.run("b7")
    assert found is not None
    assert found.run_id == "b77c"
    assert store.run("zz") is None
    assert store.run("") is None
    assert store.run("../a3f1") is None
    with pytest.raises(RunError, match="Several runs begin with a3: a3f1, a3f2"):
        store.run("a3")


# -- history ----------------------------------------------------------------


def test_the_latest_success_and_the_latest_attempt_are_remembered(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1", 1000).starts(A).builds(
        A, rows=5, fingerprint=["sql", "code", "{}", "", ""], macros={"macro.shop.m": "d1"}
    ).ends()
    RunWriter(tmp_path, "a2", 2000).starts(A).builds(A, "error", message="no such column").ends()
    store = opens()
    store.sync()
    history = store.history("dev")
    built, latest = history.built[A], history.latest[A]
    assert (built.run_id, built.rows, built.status) == ("a1", 5, "success")
    assert built.fingerprint == Fingerprint("sql", "code", "{}")
    assert built.macros == {"macro.shop.m": "d1"}
    assert (latest.run_id, latest.status, latest.message) == ("a2", "error", "no such column")
    assert [m.run_id for m in store.materializations(A, "dev")] == ["a2", "a1"]
    assert store.materializations(A, "dev", limit=1) == [latest]
    assert store.history("prod").latest == {}


def test_each_target_has_a_history_of_its_own(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1").starts(A, target="dev").builds(A).ends()
    RunWriter(tmp_path, "a2").starts(A, target="prod").builds(A, "error").ends()
    store = opens()
    store.sync()
    assert store.history("dev").latest[A].status == "success"
    assert store.history("prod").latest[A].status == "error"
    assert [run.run_id for run in store.runs(target="prod")] == ["a2"]


def test_a_skipped_check_does_not_replace_a_result(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1", 1000).starts(T).builds(T, "fail", failures=3).builds(U, "pass").ends()
    RunWriter(tmp_path, "a2", 2000).starts(T).builds(T, "skipped").builds(U, "warn").ends()
    store = opens()
    store.sync()
    checks = store.history("dev").checks
    assert (checks[T].status, checks[T].failures, checks[T].run_id) == ("fail", 3, "a1")
    assert (checks[U].status, checks[U].run_id) == ("warn", "a2")
    assert [result.run_id for result in store.check_results(T, "dev")] == ["a1"]


def test_a_run_of_tests_counts_for_checks_only(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1").starts(A, kind="test").builds(A).builds(T, "pass").ends()
    store = opens()
    store.sync()
    assert store.history("dev").latest == {}
    assert [*store.history("dev").checks] == [T]


def test_what_a_run_that_failed_by_itself_never_began_is_no_attempt(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1").starts(A, B).builds(A).finishes(B, "skipped").ends("failed")
    RunWriter(tmp_path, "a2", at=2000.0).starts(A, B).ends("error")  # the database was held
    store = opens()
    store.sync()
    assert [m.run_id for m in store.materializations(A, "dev")] == ["a1"]
    assert [m.run_id for m in store.materializations(B, "dev")] == ["a1"]


def test_hooks_exposures_and_compilations_are_no_materializations(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1").starts().builds("operation.shop.on-run-end-0").builds(
        "exposure.shop.board", "no-op"
    ).ends()
    RunWriter(tmp_path, "a2").starts(kind="compile").builds(A).ends()
    store = opens()
    store.sync()
    history = store.history("dev")
    assert not (history.built or history.latest or history.checks)  # noqa: PT018


def test_an_asset_that_was_stopped_was_attempted_but_one_that_waited_was_not(
    tmp_path: Path, opens: Opener
):
    RunWriter(tmp_path, "a1").starts(A, B, C).builds(A).begins(B).ends("cancelled")
    store = opens()
    store.sync()
    latest = store.history("dev").latest
    assert {key: value.status for key, value in latest.items()} == {A: "success", B: "cancelled"}
    assert latest[B].finished_at == 1005.0


def test_expected_times_are_medians_of_the_latest_successes(tmp_path: Path, opens: Opener):
    for number, duration in enumerate([9.0, 1.0, 2.0, 3.0]):
        writer = RunWriter(tmp_path, f"a{number}", 1000.0 * number).starts(A)
        done = events.NodeFinished(writer.tick(), A, "success", writer.at, duration)
        writer.write(done).ends()
    RunWriter(tmp_path, "a9", 9000).starts(A).builds(A, "error").ends()
    store = opens()
    store.sync()
    assert store.durations([A, B], "dev", latest=3) == {A: 2.0}


# -- following the logs -----------------------------------------------------


def test_a_run_is_indexed_as_it_goes_on(tmp_path: Path, opens: Opener):
    store = opens()
    writer = RunWriter(tmp_path, "a3f1").starts(A, T)
    run = store.ingest("a3f1")
    assert run is not None
    assert run.is_active
    assert run.counts() == {"queued": 2}
    assert [run.run_id for run in store.active()] == ["a3f1"]
    writer.builds(A).says("hello").tears()
    run = store.ingest("a3f1")
    assert run is not None
    assert run.counts() == {"success": 1, "queued": 1}
    assert A in store.history("dev").built
    with writer.path.open("a") as stream:
        stream.write("\n")
    writer.builds(T, "fail").ends("failed")
    run = store.ingest("a3f1")
    assert run is not None
    assert run.status == "failed"
    assert store.active() == []
    assert store.runs()[0].counts() == {"success": 1, "fail": 1}
    assert store.sync() == []


def test_a_directory_without_a_log_or_with_an_empty_one_is_no_run(tmp_path: Path, opens: Opener):
    (tmp_path / "runs" / "none").mkdir(parents=True)
    RunWriter(tmp_path, "empty").tears("")
    RunWriter(tmp_path, "torn").tears()
    RunWriter(tmp_path, "words").says("only words").tears("garbage\n")
    (tmp_path / "runs" / ".hidden").mkdir()
    store = opens()
    assert store.sync() == []
    assert store.runs() == []
    assert store.ingest("none") is store.ingest("empty") is store.ingest("words") is None


def test_a_run_whose_process_is_gone_was_interrupted_at_its_last_line(
    tmp_path: Path, opens: Opener
):
    writer = RunWriter(tmp_path, "a3f1").starts(A, B).begins(A).says("last words")
    at = writer.at
    writer.tears()
    [run] = opens(alive=False).sync()
    assert (run.status, run.finished_at) == ("interrupted", at)
    assert run.counts() == {"interrupted": 2}
    assert opens(alive=False).sync() == []


def test_the_end_of_a_log_counts_more_than_a_process_that_is_gone(tmp_path: Path, opens: Opener):
    writer = RunWriter(tmp_path, "a3f1").starts(A).begins(A)

    def dies_after_its_last_words(pid: int, started: str) -> bool:
        writer.finishes(A).ends()
        return False

    store = opens()
    store._alive = dies_after_its_last_words
    [run] = store.sync()
    assert run.status == "success"


def test_an_interrupted_run_whose_end_is_written_later_has_that_end(tmp_path: Path, opens: Opener):
    writer = RunWriter(tmp_path, "a3f1").starts(A, B).begins(A)
    store = opens(alive=False)
    store.sync()
    assert store.history("dev").latest[A].status == "interrupted"
    writer.tears("\n").ends("cancelled")
    [run] = store.sync()
    assert run.status == "cancelled"
    assert store.history("dev").latest[A].status == "cancelled"


def test_a_run_whose_directory_was_deleted_is_forgotten(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1", 1000).starts(A).builds(A, rows=1).ends()
    later = RunWriter(tmp_path, "a2", 2000).starts(A, B).builds(A, rows=2).builds(B).ends()
    store = opens()
    store.sync()
    assert store.history("dev").built[A].rows == 2
    later.path.unlink()
    later.directory.rmdir()
    store.sync()
    assert store.history("dev").built[A].rows == 1
    assert B not in store.history("dev").latest
    assert [run.run_id for run in store.runs()] == ["a1"]


def test_a_log_that_was_replaced_is_indexed_again(tmp_path: Path, opens: Opener):
    writer = RunWriter(tmp_path, "a1").starts(A, B, C).builds(A).builds(B)
    store = opens()
    store.sync()
    writer.path.unlink()
    RunWriter(tmp_path, "a1").starts(C).builds(C).ends()
    store.sync()
    assert [*store.history("dev").latest] == [C]


def test_ended_runs_are_not_read_again(tmp_path: Path, opens: Opener):
    writer = RunWriter(tmp_path, "a1").starts(A).builds(A).ends()
    opens().sync()
    writer.path.write_text("")
    store = opens()
    assert store.sync() == []
    assert A in store.history("dev").built


def test_runs_that_others_start_are_noticed_once(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "old").starts(A).ends()
    store = opens()
    store.sync()
    store.note_listed()
    assert store.started_since(set()) == []
    writer = RunWriter(tmp_path, "new").starts(A)
    assert [run.run_id for run in store.started_since(set())] == ["new"]
    assert store.started_since({"new"}) == []
    RunWriter(tmp_path, "quick").starts(A).ends()
    assert [run.run_id for run in store.started_since({"new"})] == ["quick"]
    writer.ends()
    store.ingest("new")
    assert store.started_since(set()) == []


def test_a_run_that_another_window_has_brought_into_the_index_is_noticed(
    tmp_path: Path, opens: Opener
):
    here, there = opens(), opens()
    here.sync()
    RunWriter(tmp_path, "quick").starts(A).ends()
    there.ingest("quick")
    assert [run.run_id for run in here.started_since(set())] == ["quick"]
    assert here.started_since(set()) == []


def test_runs_are_listed_with_the_active_first_then_the_newest(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "going", 500).starts(A)
    for number in range(3):
        RunWriter(tmp_path, f"a{number}", 1000 + 100 * number).starts(A).ends()
    store = opens()
    store.sync()
    assert [run.run_id for run in store.runs()] == ["going", "a2", "a1", "a0"]
    assert [run.run_id for run in store.runs(2, offset=1)] == ["a2", "a1"]


def test_a_log_larger_than_a_slice_is_indexed_whole(
    tmp_path: Path, opens: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(EventFile.poll, "__defaults__", (300,))
    writer = RunWriter(tmp_path, "a1").says("words " * 200).starts(A, B)
    for _ in range(20):
        writer.says("words " * 20)
    writer.builds(A).builds(B, "error").ends("failed")
    store = opens()
    store.sync()
    assert store.runs()[0].counts() == {"success": 1, "error": 1}


# -- what goes wrong with the index -----------------------------------------


@pytest.fixture
def indexed(tmp_path: Path) -> Path:
    RunWriter(tmp_path, "a1").starts(A, T).builds(A).builds(T, "pass").ends()
    store = RunStore(tmp_path)
    store.sync()
    store.close()
    return tmp_path / "history.db"


def test_a_deleted_index_is_made_again(indexed: Path, opens: Opener):
    before = table_rows(indexed)
    indexed.unlink()
    store = opens()
    store.sync()
    assert table_rows(indexed) == before
    assert store.notices == []


@pytest.mark.parametrize(
    "content", [b"", b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_broken_index_is_moved_aside_and_made_again(indexed: Path, opens: Opener, content: bytes):
    indexed.write_bytes(content)
    store = opens()
    store.sync()
    assert A in store.history("dev").built
    if content:
        assert "history.db.broken-1" in store.notices[0]
        assert indexed.with_name("history.db.broken-1").read_bytes() == content


def test_an_index_of_another_program_is_moved_aside(indexed: Path, opens: Opener):
    indexed.unlink()
    with closing(sqlite3.connect(indexed)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
    store = opens()
    assert "has no table" in store.notices[0]
    store.sync()
    assert A in store.history("dev").built


def test_an_index_that_breaks_while_it_is_used_is_made_again(indexed: Path, opens: Opener):
    with closing(sqlite3.connect(indexed)) as db:
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'latest'")
        [(size,)] = db.execute("PRAGMA page_size")
    with indexed.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)
    store = opens()
    assert A in store.history("dev").built
    assert "was rebuilt" in store.notices[0]
    assert indexed.with_name("history.db.broken-1").exists()


def test_an_index_of_a_newer_dbtree_is_left_as_it_is(indexed: Path, opens: Opener):
    with closing(sqlite3.connect(indexed)) as db:
        db.execute("PRAGMA user_version = 99")
    content = indexed.read_bytes()
    store = opens()
    store.sync()
    assert A in store.history("dev").built
    assert "newer dbtree" in store.notices[0]
    assert f"history-{schema.VERSION}.db is used instead" in store.notices[0]
    assert indexed.read_bytes() == content


def test_an_index_that_cannot_be_a_file_is_kept_in_memory(indexed: Path, opens: Opener):
    indexed.unlink()
    indexed.mkdir()
    store = opens()
    store.sync()
    assert A in store.history("dev").built
    assert "in memory" in store.notices[0]


def test_a_locked_index_is_said_to_be(
    indexed: Path, opens: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schema, "BUSY", 0.01)
    store = opens()
    RunWriter(indexed.parent, "a2").starts(A)
    with closing(sqlite3.connect(indexed, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunError, match="keeps the run history locked"):
            store.ingest("a2")
        other.execute("ROLLBACK")
    assert store.ingest("a2") is not None


# -- the same, however it was made ------------------------------------------

NODES = (A, B, C, T, U, "exposure.shop.board", "operation.shop.hook")
STATUSES = ("success", "error", "skipped", "pass", "fail", "warn", "no-op")
node_events = st.tuples(st.sampled_from(NODES), st.sampled_from((*STATUSES, "begin", "say")))
run_logs = st.tuples(
    st.sampled_from(("build", "test")),
    st.sampled_from(("dev", "prod")),
    st.lists(node_events, max_size=8),
    st.sampled_from(("success", "failed", "cancelled", "", "torn")),
)


def write_step(writer: RunWriter, node: str, status: str) -> None:
    match status:
        case "begin":
            writer.begins(node)
        case "say":
            writer.says("words\nwords", unique_id=node)
        case _:
            fields = {"fingerprint": [str(writer.at)]} if status == "success" else {}
            writer.builds(node, status, **fields)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(logs=st.lists(run_logs, min_size=1, max_size=4), data=st.data())
def test_an_index_made_step_by_step_equals_one_made_at_once(
    tmp_path_factory: pytest.TempPathFactory, logs: list, data: st.DataObject
):
    directory = tmp_path_factory.mktemp("state")
    with closing(RunStore(directory, alive=lambda *_: True)) as first:
        second = RunStore(directory, alive=lambda *_: True)
        writers = []
        for number, (kind, target, _, _) in enumerate(logs):
            writer = RunWriter(directory, f"r{number}", 1000.0 * data.draw(st.integers(1, 3)))
            writers.append(writer.starts(A, T, kind=kind, target=target))
        steps = [(w, *step) for w, log in zip(writers, logs, strict=True) for step in log[2]]
        for writer, node, status in data.draw(st.permutations(steps)):
            write_step(writer, node, status)
            store = data.draw(st.sampled_from((first, second, None)))
            if store is not None:
                store.ingest(writer.run_id)
        for writer, log in zip(writers, logs, strict=True):
            if log[3]:
                writer.tears() if log[3] == "torn" else writer.ends(log[3])
        second.close()
    with closing(RunStore(directory, alive=lambda *_: False)) as incremental:
        incremental.sync()
        kept = table_rows(incremental.path), everything(incremental)
    (directory / "history.db").unlink()
    with closing(RunStore(directory, alive=lambda *_: False)) as again:
        again.sync()
        assert (table_rows(again.path), everything(again)) == kept
        for run in again.runs():
            from_log = Run(run.run_id, "running").apply(
                event
                for _, event in EventFile(directory / "runs" / run.run_id / "events.jsonl").poll()
            )
            if from_log.is_active:
                from_log = from_log.interrupted(run.finished_at)
            from_index = again.ingest(run.run_id)
            assert from_index is not None
            assert from_index.nodes == from_log.nodes
            assert [*from_index.nodes] == [*from_log.nodes]


def test_two_windows_index_the_same_logs_at_once(tmp_path: Path, opens: Opener):
    stores = [opens(), opens()]
    writers = [RunWriter(tmp_path, f"r{n}", 1000.0 * n).starts(A, B, T) for n in range(4)]
    failures: list[BaseException] = []
    written = threading.Event()

    def index(store: RunStore) -> None:
        try:
            while True:
                done = written.is_set()
                store.sync()
                if done:
                    return
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=index, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for _ in range(30):
        for writer in writers:
            writer.builds(A).builds(B, "error").builds(T, "pass")
    for writer in writers:
        writer.ends("failed")
    written.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert everything(stores[0]) == everything(stores[1])
    shared = table_rows(stores[0].path)
    for store in stores:
        store.close()
    stores[0].path.unlink()
    opens().sync()
    assert table_rows(tmp_path / "history.db") == shared


def test_one_store_serves_several_threads(tmp_path: Path, opens: Opener):
    RunWriter(tmp_path, "a1").starts(A).builds(A).ends()
    store, found = opens(), []

    def ask() -> None:
        store.sync()
        found.append(store.history("dev").built[A].run_id)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["a1"] * 4


def test_an_index_on_a_full_disk_goes_on_in_memory(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        store = RunStore(disk.path)
        first = RunWriter(disk.path, "a1").starts("model.shop.a").finishes("model.shop.a")
        first.ends()
        store.sync()
        second = RunWriter(disk.path, "a2", at=2000.0).starts(
            *(f"model.shop.{n}" for n in range(99))
        )
        for number in range(99):
            second.finishes(f"model.shop.{number}")
        second.ends()
        disk.fill()
        run = store.ingest("a2")
        assert run is not None
        assert (run.status, len(run.nodes)) == ("success", 99)
        assert [each.run_id for each in store.runs()] == ["a2", "a1"]
        assert store.history("dev").built["model.shop.a"].run_id == "a1"
        assert store.is_in_memory
        (notice,) = store.notices
        assert notice.startswith("history.db cannot be written")
        store.close()


# -- partitions -------------------------------------------------------------


def test_each_partition_has_the_latest_run_that_tried_it(opens: Opener, tmp_path: Path):
    written = [
        RunWriter(tmp_path, "aaaa", 1000).starts(A, B, partitions=["x", "y"]).builds(A),
        RunWriter(tmp_path, "bbbb", 2000).starts(A, partitions=["y"]).builds(A, "error"),
        RunWriter(tmp_path, "cccc", 3000).starts(A).builds(A),
        RunWriter(tmp_path, "dddd", 4000).starts(A, partitions=["x"], target="prod").builds(A),
    ]
    store, followed = opens(), History()
    for run in written:
        run.ends()
    store.sync()
    for run_id in ("aaaa", "bbbb", "cccc"):
        new = [event for _, event in EventFile(directories.events_path(tmp_path, run_id)).poll()]
        followed, _ = remember(followed, Run(run_id, "running").apply(new), new)
    history = store.history("dev")
    assert history.partitions == followed.partitions
    x, y = (history.partitions[A][key] for key in "xy")
    assert (x.latest.run_id, x.built and x.built.run_id) == ("aaaa", "aaaa")
    assert (y.latest.run_id, y.latest.status, y.built and y.built.run_id) == (
        "bbbb", "error", "aaaa",
    )  # fmt: skip
    assert B not in history.partitions
    assert history.built[A].run_id == "cccc"
    assert store.history("prod").partitions[A].keys() == {"x"}
    assert {"aaaa", "bbbb"} <= store.pinned()  # the partitions of old runs are not forgotten
    old = store.run("aaaa")
    assert old is not None
    assert old.partitions == ("x", "y")


def test_runs_are_found_by_their_tags(tmp_path: Path, opens: Opener):
    for run_id, tags in (
        ("a001", {"team": "fin", "a.b/c": "1"}),
        ("b001", {}),
        ("c001", {"x": ""}),
    ):
        RunWriter(tmp_path, run_id).starts(tags=tags, config='{"ops":{}}').ends("success")
    store = opens()
    store.sync()
    assert [run.run_id for run in store.runs(tags=["team"])] == ["a001"]
    assert [run.run_id for run in store.runs(tags=["team=fin", "a.b/c=1"])] == ["a001"]
    assert not store.runs(tags=["team=ops"])
    assert [run.run_id for run in store.runs(tags=["x="], target="dev")] == ["c001"]
    [found] = store.runs(tags=["team"])
    assert (found.tags, found.config) == ({"team": "fin", "a.b/c": "1"}, '{"ops":{}}')


def test_each_batch_of_a_microbatch_model_has_the_latest_run_that_tried_it(
    opens: Opener, tmp_path: Path
) -> None:
    def run(run_id: str, at: float, status: str, **batches: str) -> RunWriter:
        written = RunWriter(tmp_path, run_id, at).starts(A).begins(A)
        for name, became in batches.items():
            written.write(events.BatchStarted(written.tick(), A, name))
            now = written.tick()
            written.write(events.BatchFinished(now, A, name, became, now - 1, 1.0, "no such row"))
        return written.finishes(A, status)

    run("aaaa", 1000, "partial success", x="success", y="error").ends()
    run("bbbb", 2000, "success", z="success").ends()
    store, followed = opens(), History()
    store.sync()
    for run_id in ("aaaa", "bbbb"):
        new = [event for _, event in EventFile(directories.events_path(tmp_path, run_id)).poll()]
        followed, _ = remember(followed, Run(run_id, "running").apply(new), new)
    history = store.history("dev")
    assert history.partitions == followed.partitions
    told = {key: (one.latest.run_id, one.latest.status)
            for key, one in history.partitions[A].items()}  # fmt: skip
    assert told == {
        "x": ("aaaa", "success"), "y": ("aaaa", "error"), "z": ("bbbb", "success"),
    }  # fmt: skip
    assert history.partitions[A]["y"].latest.message == "no such row"


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.sampled_from("a\x00\x1b\ud800\udc00\udcff\U0001f600"), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)
"""What a program can put into metadata: NaN, infinity, halves of surrogate pairs, large numbers."""


@given(value=ODD, message=st.text(st.sampled_from("a\ud800\udfff\x00"), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_metadata_and_no_message_costs_a_run_its_record(
    tmp_path: Path, value: Any, message: str
) -> None:
    run_id = f"r{len(list(tmp_path.glob('runs/*')))}"
    metadata = {"odd": {"kind": "json", "value": value}}
    RunWriter(tmp_path, run_id).starts(A).builds(A, metadata=metadata, message=message).ends()
    with closing(RunStore(tmp_path)) as store:
        store.sync()
        (node,) = nodes_of(store, run_id)
        assert node.status == "success"
        assert [run.status for run in [store.run(run_id)] if run] == ["success"]
        json.dumps(node.metadata, allow_nan=False)
        node.message.encode()
