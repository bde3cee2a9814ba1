"""Reads a run's `events.jsonl` piece by piece, while it is being written.

Only whole lines count: a torn last line waits until it is whole. What is not an event of ours
(garbage, an event of another version, a field of the wrong type) is passed over, so that whatever
is in the file, reading never raises and everything above can trust the types of what it gets.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from tui.protocol import events
from tui.protocol.writable_values import paired
from tui.runs.compressed_files import open_log

SLICE = 4 * 1024 * 1024
"""Bytes read at once where the caller names no budget."""
TAIL = 256 * 1024
LARGEST_INTEGER = 2**63
LOG_LINE = b'{"event":"log_line"'
WRITTEN_LINE = re.compile(
    rb'\{"event":"log_line","at":[1-9]\d{0,11}\.\d{1,9},"level":"(\w+)",'
    rb'"text":"([^"\\\x00-\x1f]*(?:\\[n"][^"\\\x00-\x1f]*)*)"'
    rb'(?:,"unique_id":"([^"\\\x00-\x1f]*)")?(?:,"name":"(\w*)")?\}'
)
"""A line as `EventLog.say` writes it, of which only line feeds and quotation marks are escaped:
what it says can be told without decoding its JSON. Its level, text, unique_id, name."""
LINE_END = b"\\n"
"""A line feed in the text of such a line."""
LOG_LINE_WORD = b"log_line"
"""What a line of dbt's log has in it, however its JSON is laid out."""


class LineHead(NamedTuple):
    """What an index of a log needs of a line of dbt's, as it is written."""

    level: bytes
    text: bytes
    """As JSON has it, with no other escapes than those of line feeds and quotation marks."""
    unique_id: bytes
    name: bytes


class EventFile:
    """The events of one file, in the order and at the pace in which the caller asks for them.

    `position` is where to begin, in bytes: the start of a line. With `lines=False`, lines of dbt's
    log are passed over without being parsed, which makes them nearly free; with `heads=True` they
    are given as a `LineHead`, wherever that can be done without parsing them.
    """

    def __init__(
        self, path: Path, position: int = 0, *, lines: bool = True, heads: bool = False
    ) -> None:
        self.path = path
        self.position = position
        self.restarts = 0
        """How often the file turned out shorter than what was read of it: it is another file then,
        and is read again from its start."""
        self.caught_up = False
        """Whether the latest poll came to the end of the file."""
        self._lines = lines
        self._match = WRITTEN_LINE.fullmatch if heads else None
        self._torn_size = -1

    def poll(self, budget: int = SLICE, *, having: bytes = b"") -> list[tuple[int, Any]]:
        """The events of the next whole lines, each with the byte offset of its line.

        Reads about `budget` bytes (more only where one line is longer) and nothing where the file
        has not grown. A file that does not exist is an empty one. Lines without the bytes `having`
        are passed over without being parsed.
        """
        data = self._read(budget)
        found: list[tuple[int, Any]] = []
        offset = self.position
        match = self._match
        # By line feeds alone: a carriage return inside garbage must not move the offsets.
        for line in data.split(b"\n")[:-1]:
            if match is not None and (head := match(line)) is not None:
                found.append((offset, LineHead(*head.groups(b""))))
            elif having in line if having else self._lines or not line.startswith(LOG_LINE):
                event = parse(line)
                if event is not None:
                    found.append((offset, event))
            offset += len(line) + 1
        self.position = offset
        return found

    def _read(self, budget: int) -> bytes:
        """The next whole lines as bytes, about `budget` of them."""
        try:
            with open_log(self.path) as stream:
                size = stream.seek(0, 2)
                if size < self.position:
                    self.position, self._torn_size = 0, -1
                    self.restarts += 1
                self.caught_up = size in (self.position, self._torn_size)
                if self.caught_up:
                    return b""
                stream.seek(self.position)
                data = stream.read(budget)
                while b"\n" not in data:
                    more = stream.read(max(budget, len(data)))
                    if not more:
                        break
                    data += more
        except OSError:
            self.caught_up = True
            return b""
        whole = data.rfind(b"\n") + 1
        self.caught_up = self.position + len(data) >= size
        self._torn_size = self.position + len(data) if self.caught_up and not whole else -1
        return data[:whole]


def last_written(path: Path) -> float:
    """When the last readable line of a log was written (seconds since the epoch): the nearest to
    an end that an interrupted run has. 0.0 where nothing can be read.
    """
    try:
        with open_log(path) as stream:
            stream.seek(max(0, stream.seek(0, 2) - TAIL))
            lines = stream.read().split(b"\n")[:-1]
    except OSError:
        return 0.0
    for line in reversed(lines):
        event = parse(line)
        if event is not None:
            return float(event.at)
    return 0.0


def parse(line: bytes) -> Any | None:
    """The event of one line, or None where it is none."""
    try:
        data = _DECODER.decode(line.decode("utf-8", "replace"))
        if b"\\ud" in line or b"\\uD" in line:
            data = paired(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        return None
    if data["event"] == "log_line":
        return _log_line(data)
    event = events.from_object(data)
    return event if event is not None and _is_sound(event) else None


def _log_line(data: dict[str, Any]) -> Any | None:
    """A line of dbt's log, the short way: a log has thousands of them a second."""
    at, level, text = data.get("at"), data.get("level"), data.get("text")
    unique_id, name = data.get("unique_id", ""), data.get("name", "")
    if not isinstance(at, int | float) or not _is_number(at):
        return None
    if not isinstance(level, str) or not isinstance(text, str):
        return None
    if not isinstance(unique_id, str) or not isinstance(name, str):
        return None
    return events.LogLine(at, level, text, unique_id, name)


_DECODER = json.JSONDecoder(parse_constant=lambda _name: None)
"""NaN and infinity, which JSON does not have, are read as null: what stands beside them stays."""


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) < LARGEST_INTEGER


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _are_strings(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


SOUND: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "float": _is_number,
    "int": _is_integer,
    "bool": lambda value: isinstance(value, bool),
    "int | None": lambda value: value is None or _is_integer(value),
    "list[str]": lambda value: isinstance(value, list) and _are_strings(value),
    "list[list[str]]": lambda value: (
        isinstance(value, list)
        and all(isinstance(item, list) and _are_strings(item) for item in value)
    ),
    "dict[str, Any]": lambda value: isinstance(value, dict),
    "dict[str, str]": lambda value: isinstance(value, dict) and _are_strings(value.values()),
}
"""What a field may hold, by its annotation."""

CHECKS = {
    cls: tuple((field.name, SOUND[str(field.type)]) for field in fields(cls))
    for cls in events.EVENTS.values()
}


def _is_sound(event: Any) -> bool:
    return all(check(getattr(event, name)) for name, check in CHECKS[type(event)])
