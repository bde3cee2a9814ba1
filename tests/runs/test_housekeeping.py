"""Old runs go, and never one that a status stands on."""

from __future__ import annotations

import pytest

from tests.runs.logs import RunWriter
from tui.protocol.recorded_code import RecordedCode
from tui.runs.compressed_files import compressed_path
from tui.runs.housekeeping import COMPRESSED_AFTER, DAY, LARGE, sizes, tidy
from tui.runs.store import RunStore

NOW = 100 * DAY
ORDERS, CUSTOMERS, CHECK = "model.shop.orders", "model.shop.customers", "test.shop.unique.1"


def finished(tmp_path, run_id: str, days_ago: float, *built: str, **fields) -> RunWriter:
    target = fields.pop("target", "dev")
    writer = RunWriter(tmp_path, run_id, NOW - days_ago * DAY).starts(*built, target=target)
    for key in built:
        writer.builds(key, "pass" if key.startswith("test") else "success", **fields)
    return writer.ends()


@pytest.fixture
def store(tmp_path):
    found = RunStore(tmp_path, lambda pid, _: pid == 77)
    yield found
    found.close()


def kept(
    store: RunStore, *, keep_days: int = 30, keep_runs: int = 1
) -> tuple[list[str], tuple[str, ...]]:
    """The runs that are left, and those that went."""
    done = tidy(store, keep_days=keep_days, keep_runs=keep_runs, now=NOW)
    assert done.kept == len(store.runs(100))
    return sorted(run.run_id for run in store.runs(100)), done.removed


def test_a_run_stays_while_it_is_young_or_among_the_newest(tmp_path, store) -> None:
    for place, days in enumerate((1, 29, 31, 40, 50)):
        finished(tmp_path, f"a00{place}", days, ORDERS)
    assert kept(store, keep_runs=3) == (["a000", "a001", "a002"], ("a003", "a004"))
    assert not (tmp_path / "runs" / "a004").exists()
    assert kept(store, keep_runs=1) == (["a000", "a001"], ("a002",))
    assert kept(store, keep_runs=0, keep_days=0) == (["a000"], ("a001",))


def test_a_run_that_a_status_stands_on_stays_however_old(tmp_path, store) -> None:
    finished(tmp_path, "f001", 90, ORDERS, CUSTOMERS, CHECK)
    finished(tmp_path, "f002", 80, ORDERS)
    finished(tmp_path, "f003", 70, ORDERS, CHECK)
    finished(tmp_path, "f004", 60, ORDERS, target="prod")
    newest = RunWriter(tmp_path, "f005", NOW - 50 * DAY).starts(ORDERS)
    newest.builds(ORDERS, "error").ends("failed")
    finished(tmp_path, "f006", 1, "model.shop.other")
    # f001 built customers last, f003 built orders last and has the check, f005 tried orders last.
    assert kept(store) == (["f001", "f003", "f004", "f005", "f006"], ("f002",))
    history = store.history("dev")
    assert history.built[ORDERS].run_id == "f003"
    assert history.latest[ORDERS].run_id == "f005"
    assert history.checks[CHECK].run_id == "f003"


def test_a_run_that_goes_on_stays(tmp_path, store) -> None:
    RunWriter(tmp_path, "a001", NOW - 90 * DAY).starts(ORDERS, pid=77).begins(ORDERS)
    finished(tmp_path, "a002", 80, ORDERS)
    finished(tmp_path, "a003", 1, ORDERS)
    assert kept(store) == (["a001", "a003"], ("a002",))


def test_a_dry_run_only_says_what_would_go(tmp_path, store) -> None:
    finished(tmp_path, "a001", 90, ORDERS)
    finished(tmp_path, "a002", 1, ORDERS)
    done = tidy(store, keep_days=30, keep_runs=1, now=NOW, dry_run=True)
    assert (done.removed, done.kept) == (("a001",), 1)
    assert done.freed == (tmp_path / "runs" / "a001" / "events.jsonl").stat().st_size
    assert len(store.runs()) == 2


def test_code_goes_with_the_last_run_that_was_built_from_it(tmp_path, store) -> None:
    finished(tmp_path, "a001", 90, ORDERS, fingerprint=["one"])
    finished(tmp_path, "a002", 1, ORDERS, fingerprint=["two"])
    code = RecordedCode(tmp_path)
    code.add({"one": lambda: "select 1", "two": lambda: "select 2"})
    kept(store)
    assert code.texts(["one", "two"]) == {"two": "select 2"}


def test_large_logs_are_compressed_when_they_are_old(tmp_path, store) -> None:
    old, young, small = (
        finished(tmp_path, run_id, days, ORDERS)
        for run_id, days in (("a001", 20), ("a002", 1), ("a003", 20))
    )
    for writer in (old, young):
        (writer.directory / "stdout").write_text("printed\n" * (LARGE // 8))
    done = tidy(store, keep_days=30, keep_runs=200, now=NOW)
    assert done.compressed == ("a001",)
    assert done.saved > LARGE * 0.9
    assert compressed_path(old.directory / "stdout").exists()
    assert (young.directory / "stdout").exists()
    assert small.path.exists()
    assert COMPRESSED_AFTER < 20 * DAY


def test_an_interrupted_removal_is_finished_and_strangers_stay(tmp_path, store) -> None:
    finished(tmp_path, "a001", 1, ORDERS)
    half = tmp_path / "runs" / ".removed-b001"
    half.mkdir()
    (half / "stdout").write_text("x")
    (tmp_path / "runs" / "notes.txt").write_text("mine")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    finished(tmp_path, "c001", 90, ORDERS)
    directory = tmp_path / "runs" / "c001"
    directory.rename(tmp_path / "moved")
    directory.symlink_to(tmp_path / "moved")
    kept(store)
    assert not half.exists()
    assert not directory.is_symlink()
    assert (tmp_path / "moved" / "events.jsonl").exists()
    assert (tmp_path / "runs" / "notes.txt").exists()
    assert (outside / "precious").exists()


def test_sizes_are_those_of_the_files(tmp_path, store) -> None:
    finished(tmp_path, "a001", 1, ORDERS)
    store.sync()
    found = sizes(tmp_path)
    assert found.run_count == 1
    assert found.runs == (tmp_path / "runs" / "a001" / "events.jsonl").stat().st_size
    assert found.total >= found.runs + found.history + found.code
