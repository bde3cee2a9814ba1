"""A log file that keeps lines back for a moment holds what `logging` would have written."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.process.log_file import ROOM, flush_logs, write_to_log


@pytest.fixture
def handler(tmp_path: Path) -> Iterator[RotatingFileHandler]:
    handler = RotatingFileHandler(tmp_path / "dbt.log", maxBytes=10**7, encoding="utf-8")
    yield handler
    handler.close()


def written(handler: RotatingFileHandler) -> str:
    return Path(handler.baseFilename).read_text("utf-8")


def test_a_line_is_in_the_file_soon(handler: RotatingFileHandler) -> None:
    write_to_log(handler, "häßlich")
    while written(handler) != "häßlich\n":
        pass


def test_lines_of_many_threads_stay_whole_and_in_order(handler: RotatingFileHandler) -> None:
    def write(name: str) -> None:
        for number in range(500):
            write_to_log(handler, f"{name} {number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flush_logs()
    lines = [line.split() for line in written(handler).splitlines()]
    assert len(lines) == 2000
    for name in "abcd":
        assert [int(number) for who, number in lines if who == name] == list(range(500))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_what_is_kept_back_at_a_fork_is_written_once(handler: RotatingFileHandler) -> None:
    write_to_log(handler, "before")
    pid = os.fork()
    if pid == 0:
        try:
            write_to_log(handler, "in the child")
            flush_logs()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    flush_logs()
    assert written(handler) == "before\nin the child\n"


def test_a_closed_handler_opens_its_file_itself(handler: RotatingFileHandler) -> None:
    write_to_log(handler, "kept back")
    handler.close()
    assert written(handler) == "kept back\n"
    handler.emit(logging.makeLogRecord({"msg": "its own"}))
    write_to_log(handler, "and again")
    flush_logs()
    assert written(handler) == "kept back\nits own\nand again\n"


def test_the_next_handler_of_a_file_writes_behind_the_last(handler: RotatingFileHandler) -> None:
    other = RotatingFileHandler(handler.baseFilename, maxBytes=10**7, encoding="utf-8")
    for number in range(100):
        write_to_log(handler, f"first {number}")
    write_to_log(other, "second")
    other.close()
    flush_logs()
    assert written(handler).splitlines() == [*(f"first {n}" for n in range(100)), "second"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300), max_size=40))
def test_a_full_file_is_rotated_by_its_handler(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("logs") / "dbt.log"
    limit = ROOM + 2000
    handler = RotatingFileHandler(path, maxBytes=limit, backupCount=100, encoding="utf-8")
    for line in lines:
        write_to_log(handler, line)
    handler.close()
    files = [path, *(path.with_name(f"dbt.log.{number}") for number in range(1, 101))]
    texts = [file.read_bytes() for file in reversed(files) if file.exists()]
    assert b"".join(texts).decode() == "".join(f"{line}\n" for line in lines)
    assert all(len(text) <= limit for text in texts)
