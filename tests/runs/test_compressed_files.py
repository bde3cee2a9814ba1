"""Compressed logs are read as the logs that they were, from any place."""

from __future__ import annotations

import functools
import gzip
import os
import random
import subprocess

import pytest

from tests.runs.logs import RunWriter
from tui.runs.compressed_files import MEMBER, compress, compressed_path, log_size, open_log
from tui.runs.event_reader import EventFile, last_written
from tui.runs.log import LogFilter, RunLog
from tui.runs.raw_output import RawOutput
from tui.runs.store import RunStore

ORDERS = "model.shop.orders"


WORDS = bytes(b"abcdef "[byte % 7] for byte in range(256))
"""The letter for each byte."""


@functools.cache
def lines_of(count: int) -> bytes:
    chance = random.Random(7)
    return b"".join(
        b"%d %s\n" % (number, chance.randbytes(chance.randrange(200)).translate(WORDS))
        for number in range(count)
    )


@pytest.mark.parametrize("written", [b"", b"x", None], ids=["empty", "one", "many"])
def test_any_piece_of_a_compressed_file_is_as_it_was(tmp_path, written) -> None:
    path = tmp_path / "log"
    data = lines_of(9000) if written is None else written
    path.write_bytes(data)
    compress(path)
    assert not path.exists()
    assert log_size(path) == len(data)
    assert gzip.decompress(compressed_path(path).read_bytes()) == data
    assert oct(compressed_path(path).stat().st_mode)[-3:] == "600"
    chance = random.Random(11)
    with open_log(path) as stream:
        assert stream.read() == data
        for _ in range(60):
            at, size = chance.randrange(len(data) + 2), chance.randrange(2 * MEMBER)
            stream.seek(at)
            assert stream.read(size) == data[at : at + size]
            assert stream.tell() == min(at + size, max(len(data), at))
        stream.seek(0)
        assert stream.readline() == data[: data.find(b"\n") + 1 or len(data)]


def test_other_tools_read_it(tmp_path) -> None:
    path = tmp_path / "log"
    path.write_bytes(lines_of(9000))
    whole = path.read_bytes()
    assert compress(path) > 0
    done = subprocess.run(["gzip", "-dc", compressed_path(path)], capture_output=True, check=True)
    assert done.stdout == whole


def test_a_file_that_somebody_packed_with_gzip_is_read_too(tmp_path) -> None:
    path = tmp_path / "log"
    compressed_path(path).write_bytes(gzip.compress(b"one\ntwo\n"))
    assert log_size(path) == 8
    with open_log(path) as stream:
        stream.seek(4)
        assert stream.readline() == b"two\n"


def test_a_file_that_is_not_there_and_one_that_is_damaged_raise_os_errors(tmp_path) -> None:
    path = tmp_path / "log"
    with pytest.raises(FileNotFoundError):
        open_log(path)
    path.write_bytes(lines_of(9000))
    compress(path)
    packed = compressed_path(path)
    data = bytearray(packed.read_bytes())
    data[1000:1100] = bytes(100)
    packed.write_bytes(data)
    with open_log(path) as stream, pytest.raises(OSError, match="damaged"):
        stream.read(100)


def written(tmp_path) -> RunWriter:
    writer = RunWriter(tmp_path, "a3f1").starts(ORDERS)
    for number in range(3000):
        writer.says(f"line {number} " + "x" * 200, "warn" if number % 100 == 0 else "info")
    writer.builds(ORDERS, "error", message="no").ends("failed")
    (writer.directory / "stdout").write_bytes(lines_of(3000))
    return writer


def test_every_reader_of_a_run_reads_it_compressed(tmp_path) -> None:
    writer = written(tmp_path)
    before = reading(writer)
    for name in ("events.jsonl", "stdout"):
        compress(writer.directory / name)
    assert reading(writer) == before
    store = RunStore(tmp_path, lambda *_: False)
    run = store.run("a3f1")
    assert run is not None
    assert (run.status, run.nodes[ORDERS].message) == ("failed", "no")
    store.close()


def reading(writer: RunWriter) -> list[object]:
    """What the readers say of a run."""
    log, raw = RunLog(writer.directory), RawOutput(writer.directory, "stdout")
    while not log.caught_up:
        log.poll()
    while not raw.caught_up:
        raw.poll()
    warned = LogFilter("warn")
    while not log.covers(warned):
        log.count(warned)
    file = EventFile(writer.path, lines=False)
    return [
        log.size, log.count(warned), log.lines(1500, 1503), log.find("line 2999"),
        log.find("line 1200 ", log.size - 1, backwards=True), log.lines(20, 22, warned),
        raw.count(), raw.lines(2990, 2993), len(file.poll()), file.position,
        last_written(writer.path),
    ]  # fmt: skip


def test_a_log_that_is_compressed_while_it_is_shown_goes_on_being_shown(tmp_path) -> None:
    writer = written(tmp_path)
    log = RunLog(writer.directory)
    while not log.caught_up:
        log.poll()
    rows = log.lines(0, 5)
    compress(writer.path)
    assert log.poll() == []
    assert (log.size, log.lines(0, 5)) == (3000, rows)


def test_where_there_is_no_room_the_log_stays(tmp_path, monkeypatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(lines_of(9000))

    def full(_piece: bytes) -> bytes:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("tui.runs.compressed_files._member", full)
    with pytest.raises(OSError, match="No space"):
        compress(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["log"]
    assert path.read_bytes() == lines_of(9000)
