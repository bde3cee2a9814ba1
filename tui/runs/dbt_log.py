"""dbt's own log, `logs/dbt.log`: which invocations of dbt there were, and what they came to.

The log is read as it grows, in dbt's text format or in JSON. It tells what the artifacts do not: of
a dbt that was killed which nodes it had done, the target, and whether an invocation has ended. What
several dbt write at the same time is told apart in JSON only; in text a new invocation takes over.
Pure but for the reading of the file.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_READ = 4 * 1024 * 1024
"""Bytes of a log that are read at once; of a longer one, the end."""
HEAD = 256
"""Bytes at the beginning of a log, with a time and an invocation's name, by which it is known."""
LONGEST_MESSAGE = 2000
HEADER = re.compile(r"^=+ (\d\d:\d\d:\d\d\.\d+) \| ([0-9a-f-]{36}) =+$")
CLOCK = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?")
LINE = re.compile(r"^(\d\d:\d\d:\d\d\.\d+) \[(\w+) *\] \[([^\]]*)\]: ?(.*)$")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ARGUMENTS = "running dbt with arguments "
CONCURRENCY = re.compile(r"^Concurrency: (\d+) threads? \(target='([^']*)'\)")
BEGAN = re.compile(r"^Began running node (\S+)$")
ENDED_NODE = re.compile(r"^Finished running node (\S+)$")
RESULT = re.compile(r"^\d+ of \d+ (OK|ERROR|PASS|FAIL|WARN|SKIP|NO-OP|PARTIAL SUCCESS)\b")
COMMAND = re.compile(
    r"^Command `([^`]*)` (succeeded|failed) at (\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"(?: after (\d+(?:\.\d+)?) seconds)?"
)
TELLING = re.compile(
    rb"^(?:\x1b\[0m)?(?:\{|=+ \d\d:|\d\d:\d\d:\d\d\.\d+ \[\w+ *\] \[[^\]]*\]: Command `)",
    re.MULTILINE,
)
"""The lines that say which invocation those after them are of."""
A_CLOCK = re.compile(rb"^(?:\x1b\[0m)?(?:=+ )?(\d\d:\d\d:\d\d\.\d+) ", re.MULTILINE)
A_HEADER = re.compile(rb"\n=+ \d\d:\d\d:\d\d\.\d+ \| [0-9a-f-]{36} =+(?=\r?\n)")
LATEST = 4
"""Invocations that are read of a log at first: what is older is not looked for, and of so many only
where their lines are mixed with those of the latest.
"""
TAIL = 64 * 1024
"""Bytes at the end of what was read in which a time of day is looked for."""
DAY = 86_400.0
DOUBTFUL = 0.5
"""Seconds by which the beginning of an invocation must fit better than that of another."""
ENCOUNTERED = "Encountered an error:"
FIRST_LETTERS = frozenset("rCBF0123456789")
"""With which a line begins that one of these matches; most lines are looked at no further."""
BY_HAND = ("CTRL-C", "keyboard interrupt", "KeyboardInterrupt")
STATUSES = {
    "OK": "success", "ERROR": "error", "PASS": "pass", "FAIL": "fail", "WARN": "warn",
    "SKIP": "skipped", "NO-OP": "no-op", "PARTIAL SUCCESS": "partial success",
}  # fmt: skip
"""The words of dbt's console, and the statuses that they stand for."""


@dataclass
class LoggedNode:
    """One node of an invocation, as far as the log tells."""

    unique_id: str
    began: str
    """The time of day, as the log has it."""
    ended: str = ""
    status: str = ""
    """dbt's; empty while it is not known."""


@dataclass
class LoggedInvocation:
    """One invocation of dbt, as far as the log tells."""

    invocation_id: str
    start: int
    """Where it begins in the log, in bytes."""
    began: str
    """The time of day, as the log has it."""
    command: str = ""
    target: str = ""
    target_path: str = ""
    """Where it writes its artifacts, where it was told so (`--target-path`, DBT_TARGET_PATH)."""
    threads: int = 0
    nodes: dict[str, LoggedNode] = field(default_factory=dict)
    last: str = ""
    """The time of day of its latest line."""
    stop: int = 0
    """Where its latest line ends, in bytes."""
    ended_command: str = ""
    """What its last line calls it: `dbt build`, `cli build`."""
    outcome: str = ""
    """succeeded or failed; empty while it has not ended."""
    is_stopped_by_hand: bool = False
    message: str = ""
    """The error that ended it."""
    _tells_error: bool = False
    _working: dict[str, str] = field(default_factory=dict)
    """By thread, the node that it works on."""

    def take(self, clock: str, level: str, thread: str, text: str) -> None:
        """Take a line of it in."""
        self.last = clock
        if text[:1] in FIRST_LETTERS:
            self._take_telling(clock, thread, text)
        if any(word in text for word in BY_HAND):
            self.is_stopped_by_hand = True
        is_first = level == "error" and not self.message
        self._tells_error = is_first and (not self.nodes or text.startswith(ENCOUNTERED))
        if self._tells_error:
            self.message = text.strip().removeprefix(ENCOUNTERED).strip()

    def _take_telling(self, clock: str, thread: str, text: str) -> None:
        if text.startswith(ARGUMENTS):
            self._take_arguments(text.removeprefix(ARGUMENTS))
        elif found := CONCURRENCY.match(text):
            self.threads, self.target = int(found[1]), found[2]
        elif found := BEGAN.match(text):
            self._working[thread] = found[1]
            self.nodes[found[1]] = LoggedNode(found[1], clock)
        elif found := ENDED_NODE.match(text):
            if (node := self.nodes.get(found[1])) is not None:
                node.ended = clock
        elif found := RESULT.match(text):
            if (node := self.nodes.get(self._working.get(thread, ""))) is not None:
                node.status, node.ended = STATUSES[found[1]], clock
        elif found := COMMAND.match(text):
            self.ended_command, self.outcome = found[1], found[2]

    def take_further(self, text: str) -> None:
        """Take a further line of the latest one in."""
        if self._tells_error and len(self.message) < LONGEST_MESSAGE:
            self.message = f"{self.message}\n{text}".strip("\n")

    def _take_arguments(self, text: str) -> None:
        try:
            told = ast.literal_eval(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return
        if isinstance(told, dict):
            self.command = str(told.get("invocation_command") or "")
            target_path = str(told.get("target_path") or "")
            self.target_path = "" if target_path == "None" else target_path


class DbtLog:
    """Reads one log as it grows."""

    def __init__(self, path: Path, needed: str = "") -> None:
        """`needed`: an invocation that is read at first however long ago it was."""
        self.path = path
        self._needed = needed
        self.invocations: dict[str, LoggedInvocation] = {}
        """Those that were read so far, in the order in which they began."""
        self.latest = ""
        """The invocation that the latest line is of."""
        self.own: frozenset[str] = frozenset()
        """The invocations of dbtree's runs that go on: their lines are passed over, and what comes
        after the end of another one is theirs again."""
        self.last_clock = ""
        """The time of day of the latest line of all."""
        self._position = -1
        self._file = 0
        """The inode of the file that was read,"""
        self._head = b""
        """and its first bytes: a file that was deleted and made anew may have the same inode."""

    def poll(self) -> bool:
        """Read what is new, at most a piece of it; whether there was something."""
        try:
            with self.path.open("rb") as stream:
                size = stream.seek(0, 2)
                if self._position < 0:
                    self._position = self._first(stream, size)
                before = self._file
                if self._is_another(stream) or size < self._position:
                    self._begin_anew(before)
                if size == self._position:
                    return False
                if size - self._position > LONGEST_READ:  # nobody looked for a long time
                    self._position, self.latest = size - LONGEST_READ, ""
                stream.seek(self._position)
                data = stream.read(LONGEST_READ)
        except OSError:
            return False
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) == LONGEST_READ:
            whole = len(data)
        if whole:
            self._take(data[:whole])
        return whole > 0

    def _is_another(self, stream: BinaryIO) -> bool:
        """Whether this is another file than the one that was read before."""
        file, known = os.fstat(stream.fileno()).st_ino, self._head
        stream.seek(0)
        self._head = stream.read(HEAD)
        is_another = self._file not in (0, file) or not self._head.startswith(known)
        self._file = file
        return is_another

    def _first(self, stream: BinaryIO, size: int) -> int:
        """Where to begin in a log that was not read yet: a few invocations before its end."""
        start = max(0, size - LONGEST_READ)
        stream.seek(start)
        data = stream.read(LONGEST_READ)
        headers = [found.start() for found in A_HEADER.finditer(data)]
        if len(headers) <= LATEST:
            return start
        needed = data.find(f" | {self._needed} =".encode()) if self._needed else -1
        before = [at for at in headers if at <= needed]
        return start + min([headers[-LATEST], *before[-1:]])

    def _begin_anew(self, before: int) -> None:
        """The log is another file: it was deleted, or dbt has rotated it. Then what goes on in it
        began in the one before (of this inode), of which the rest is read.
        """
        if self._read_rest(before):
            for one in self.invocations.values():
                one.start = one.stop = 0  # of this file
        else:
            self.invocations.clear()
            self.latest = ""
        self._position = 0

    def _read_rest(self, file: int) -> bool:
        """Read what is new in the file that was the log, if it was put aside; whether it was."""
        try:
            with self.path.with_name(f"{self.path.name}.1").open("rb") as stream:
                if os.fstat(stream.fileno()).st_ino != file:
                    return False
                stream.seek(self._position)
                data = stream.read(LONGEST_READ)
        except OSError:
            return False
        self._take(data[: data.rfind(b"\n") + 1])
        return True

    def _take(self, data: bytes) -> None:
        base, start = self._position, 0
        while start < len(data):
            if self.latest in self.own:
                found = TELLING.search(data, start)
                start = found.start() if found else len(data)
            stop = data.find(b"\n", start)
            stop = stop if stop >= 0 else len(data)
            if start < stop:
                self._take_line(data[start:stop], base + start, base + stop + 1)
            start = stop + 1
        self._position = base + len(data)
        if clocks := A_CLOCK.findall(data, max(len(data) - TAIL, 0)):
            self.last_clock = clocks[-1].decode()

    def _take_line(self, raw: bytes, position: int, after: int) -> None:
        text = raw.decode("utf-8", "replace").rstrip("\r")
        if "\x1b" in text:
            text = COLOURS.sub("", text)
        if text.startswith("{"):
            self._take_json(text, position)
        elif text.startswith("=") and (found := HEADER.match(text)):
            self._begin(found[2], found[1], position)
        elif (found := LINE.match(text)) and self.latest:
            self._take_text(after, *found.groups())
            return
        elif self.latest and text.strip():
            self.invocations[self.latest].take_further(text)
        if self.latest:
            self.invocations[self.latest].stop = after

    def _take_text(self, after: int, clock: str, level: str, thread: str, text: str) -> None:
        """A line in text, which does not say of which invocation it is: of the one that began last,
        but for the line with which one ends, which says when it began.
        """
        owner = self.invocations[self.latest]
        if ended := COMMAND.match(text):
            owner = self._that_ends(ended[3], ended[4]) or owner
        owner.take(clock, level, thread, text)
        owner.stop = after
        if ended and owner.invocation_id == self.latest and self.latest not in self.own:
            going_on = [key for key in self.invocations if key in self.own]
            self.latest = going_on[-1] if going_on else self.latest

    def _that_ends(self, at: str, took: str | None) -> LoggedInvocation | None:
        """The invocation that ended at a time of day, after so many seconds, of those that are
        open; None where it is not said. In doubt, the one that began last.
        """
        if not took:
            return None

        def off_by(one: LoggedInvocation) -> float:
            apart = abs((_seconds(at) - float(took) - _seconds(one.began)) % DAY)
            return min(apart, DAY - apart)

        going_on = [one for one in reversed(self.invocations.values()) if not one.outcome]
        best = min(going_on, key=off_by, default=None)
        if best is None or off_by(going_on[0]) < off_by(best) + DOUBTFUL:
            return going_on[0] if going_on else None
        return best

    def _begin(self, invocation_id: str, clock: str, position: int) -> None:
        self.latest = invocation_id
        if invocation_id not in self.invocations:
            self.invocations[invocation_id] = LoggedInvocation(
                invocation_id, position, clock, last=clock
            )

    def _take_json(self, text: str, position: int) -> None:
        try:
            info = json.loads(text)["info"]
            told: Iterable[Any] = (info["invocation_id"], info["ts"], info["level"], info["msg"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        invocation_id, at, level, message = map(str, told)
        clock = at.partition("T")[2].rstrip("Z")
        if not CLOCK.fullmatch(clock):
            return
        self._begin(invocation_id, clock, position)
        self.last_clock = clock
        thread = str(info.get("thread") or "")
        self.invocations[invocation_id].take(clock, level, thread, COLOURS.sub("", message))

    def forget(self, invocation_id: str) -> None:
        """Keep one in memory no longer, if it has ended."""
        found = self.invocations.get(invocation_id)
        if found is not None and found.outcome and invocation_id != self.latest:
            del self.invocations[invocation_id]


def seconds_between(earlier: str, later: str) -> float:
    """The time between two times of day: over midnight where it seems to go back by most of a day.
    By less, two threads have written in the other order.
    """
    apart = _seconds(later) - _seconds(earlier)
    return apart + DAY if apart < -DAY / 2 else max(apart, 0.0)


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
