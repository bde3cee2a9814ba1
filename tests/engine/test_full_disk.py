"""A run's log on a full disk: whole up to the last line that fitted, and what matters fits."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_disk import SmallDisk, small_disk
from tui.engine.execution.events import EventLog
from tui.engine.process.full_disk import lossy_text
from tui.protocol.events import RESERVE, NodeFinished, RunFinished
from tui.runs.event_reader import EventFile


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "1m") as disk:
        yield disk


def finished(number: int) -> NodeFinished:
    return NodeFinished(float(number), f"model.shop.m{number}", "success", float(number), 0.0)


def kinds(path: Path) -> list[str]:
    return [type(event).__name__ for _, event in EventFile(path).poll()]


def test_the_facts_of_a_run_are_written_though_the_disk_is_full(disk: SmallDisk) -> None:
    path = disk.path / "events.jsonl"
    log = EventLog(path)
    log.write(finished(1))
    disk.fill()
    for number in range(2000):
        log.say("info", f"line {number} of what dbt says of itself " * 4)
    log.write(finished(2))
    log.say("info", "one more")
    log.finish(RunFinished(3.0, "success", 1.0))
    events = [event for _, event in EventFile(path).poll()]
    names = [event.unique_id for event in events if isinstance(event, NodeFinished)]
    assert names == ["model.shop.m1", "model.shop.m2"]
    assert isinstance(events[-1], RunFinished)
    warning = next(event for event in events if getattr(event, "level", "") == "warn")
    assert warning.text == "No space left on device: from here on, dbt's own lines are left out."
    assert not (disk.path / RESERVE).exists()


def test_what_did_not_fit_is_written_when_there_is_room_again(disk: SmallDisk) -> None:
    path = disk.path / "events.jsonl"
    log = EventLog(path)
    disk.fill()
    for number in range(1500):
        log.write(finished(number))
    written = kinds(path).count("NodeFinished")
    assert 0 < written < 1500
    disk.empty()
    log.finish(RunFinished(3.0, "success", 1.0))
    assert kinds(path).count("NodeFinished") == 1500
    assert kinds(path)[-1] == "RunFinished"


def test_every_line_that_is_not_torn_can_be_read(disk: SmallDisk) -> None:
    path = disk.path / "events.jsonl"
    log = EventLog(path)
    disk.fill(leave=8192)
    for number in range(3000):
        log.write(finished(number))
    disk.empty()
    log.finish(RunFinished(3.0, "success", 1.0))
    torn = 0
    for line in path.read_text().splitlines():
        try:
            json.loads(line)
        except ValueError:
            torn += bool(line)
    assert torn <= 2
    assert kinds(path).count("NodeFinished") == 3000


def test_output_that_does_not_fit_is_lost_and_not_raised() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        stream = lossy_text(full.fileno())
        print("nobody reads this", file=stream, flush=True)
