"""One run's log: its events as they come, and an index of its log lines for the log pane.

The lines stay in the file. Of each the index holds where it is, its level and its asset: 17 bytes,
so that a log of a million lines stays small. A row is one line of text: an event whose text has
several lines is as many rows, because rows are what is scrolled, counted and searched.

Not thread-safe: all calls come from one thread, or one after the other.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from tui.protocol import events
from tui.protocol.plain import plain
from tui.runs.compressed_files import open_log
from tui.runs.event_reader import LINE_END, LOG_LINE_WORD, EventFile, LineHead, parse

LEVELS = ("debug", "info", "warn", "error")
STARTS = frozenset({"LogStartLine", "LogStartBatch", "LogHookStartLine", "SQLCompiledPath"})
"""dbt's names of the lines that say what another says better: that it begins with a node, where
what came of it is told; where the code of an error lies, which the errors of the run have.
"""
CODES = ("debug", "info", "info", "warn", "error")
"""The level of a row by its code; of the two of `info` the lower one is that of a start line."""
START, WARN = 1, 3
ROWS_A_STEP = 100_000
"""Rows that a filter considers at once without reading the file, about 20 ms."""
VIEWS_KEPT = 3
DEPRECATION, SUMMARY = "Deprecation", "DeprecationsSummary"
"""How dbt's names of what is deprecated end, and the name of its list of them at the end of a run:
a row of each is enough beside results, and the other rows are for who looks at everything."""
STACK_TRACE = "Traceback (most recent call last)"
"""How the lines begin that tell where in dbt's own code an error came up: the error that they
belong to has a line of its own."""
WRITTEN_TRACE = STACK_TRACE.encode()
FRAME = 512 * 1024
"""Bytes that are parsed at once, so that who calls it for each frame stays fluid."""
BLOCK = 128 * 1024
"""Bytes that are searched at once."""

_OCCURRENCES = re.compile(r"^- \w+: (\d+) occurrence", re.M)
_DECORATION = re.compile(
    r"^\s*\[WARNING\](?:\[\w+\])?:?\s*(?:Deprecated\s+functionality\s*)?", re.I
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[@-Z\\-_]?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
    r"|[\u2028-\u202e\u2066-\u2069]"  # line ends and changes of the writing direction
)


@plain(frozen=True)
class LogFilter:
    """Which rows a view shows."""

    level: str = "debug"
    """The least level: debug, info, warn or error."""
    unique_ids: frozenset[str] | None = None
    """Only rows of these assets and checks; None for all rows."""
    text: str = ""
    """Only rows that contain this, in any case."""
    starts: bool = True
    """Whether start lines of nodes are among them; at the level debug they always are."""


@plain(frozen=True, slots=True)
class LogRow:
    """One line of text of dbt's log."""

    at: float
    """Seconds since the epoch."""
    level: str
    text: str
    """Without line ends and control characters; of any length."""
    unique_id: str = ""
    name: str = ""
    """dbt's name of the event."""
    is_continuation: bool = False
    """Whether it is a further line of the row above it."""


ALL = LogFilter()


class _View:
    """The rows that a filter lets through, among the first `considered` of all."""

    def __init__(self) -> None:
        self.rows = array("I")
        self.considered = 0


class RunLog:
    """Reads and follows the log of the run in `run_dir`.

    `poll` takes in what is new; everything else speaks of what was taken in so far. Positions of
    rows (`start`, `stop`, what `find` takes and returns) count the rows of the given filter.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._file = EventFile(run_dir / "events.jsonl", heads=True)
        self._clear()

    def _clear(self) -> None:
        self._restarts = self._file.restarts
        self._offsets = array("Q")
        self._parts = array("I")
        self._levels = bytearray()
        self._assets = array("i")
        self._problems = array("I")
        """The rows with which warnings and errors begin."""
        self._asset_index: dict[str, int] = {"": 0}
        self._written: dict[bytes, int] = {b"": 0}
        """As `_asset_index`, by unique_ids as they are in the file."""
        self._codes: dict[tuple[bytes, bytes], tuple[int, int]] = {}
        """By level and name as they are in the file: the codes of the first row and of others."""
        self._views: OrderedDict[LogFilter, _View] = OrderedDict()

    # -- taking in ----------------------------------------------------------

    def poll(self, budget: int = FRAME) -> list[Any]:
        """The events since the last call, without the log lines, which are indexed.

        Takes in about `budget` bytes, so that a huge log can be taken in by several calls, until
        `caught_up`. Never raises for what is in the log.
        """
        return self._take(self._file.poll(budget))

    def take_in(self, budget: int = FRAME) -> None:
        """As `poll`, for who wants no events: what is not a log line is not even parsed."""
        self._take(self._file.poll(budget, having=LOG_LINE_WORD))

    def _take(self, found: list[tuple[int, Any]]) -> list[Any]:
        if self._file.restarts != self._restarts:
            self._clear()
        new = []
        for offset, event in found:
            if type(event) is LineHead:
                self._index_head(offset, event)
            elif type(event) is events.LogLine:
                self._index(offset, event)
            else:
                new.append(event)
        return new

    @property
    def caught_up(self) -> bool:
        """Whether the last poll reached the end of the log."""
        return self._file.caught_up

    @property
    def size(self) -> int:
        """How many rows were taken in."""
        return len(self._offsets)

    def _index(self, offset: int, event: Any) -> None:
        level, further = _codes(event.level, event.name)
        if event.text.startswith(STACK_TRACE):
            level = further = 0
        asset = self._asset_index.setdefault(event.unique_id, len(self._asset_index))
        self._add(offset, level, further, asset, len(_physical(event.text)))

    def _index_head(self, offset: int, head: LineHead) -> None:
        """Index a line that need not be decoded: what `_index` would of its event."""
        key = (head.level, head.name)
        codes = self._codes.get(key)
        if codes is None:
            codes = self._codes[key] = _codes(head.level.decode(), head.name.decode())
        level, further = codes
        text = head.text
        if text.startswith(WRITTEN_TRACE):
            level = further = 0
        asset = self._written.get(head.unique_id)
        if asset is None:
            unique_id = head.unique_id.decode("utf-8", "replace")
            asset = self._asset_index.setdefault(unique_id, len(self._asset_index))
            self._written[head.unique_id] = asset
        rows = 1
        if LINE_END in text:
            while text.endswith(LINE_END):
                text = text[: -len(LINE_END)]
            rows += text.count(LINE_END)
        self._add(offset, level, further, asset, rows)

    def _add(self, offset: int, level: int, further: int, asset: int, rows: int) -> None:
        """Add the rows of an event: the codes of its first row and of the further ones."""
        if level >= WARN:
            self._problems.append(len(self._offsets))
        for part in range(rows):
            self._offsets.append(offset)
            self._parts.append(part)
            self._levels.append(further if part else level)
            self._assets.append(asset)

    # -- rows ---------------------------------------------------------------

    def covers(self, wanted: LogFilter = ALL) -> bool:
        """Whether the view of this filter has considered all that was taken in. While it has not,
        each `count` and each `lines` brings it a bounded step further.
        """
        return wanted == ALL or self._view(wanted).considered == len(self._offsets)

    def count(self, wanted: LogFilter = ALL) -> int:
        """How many rows the filter lets through, as far as it `covers` the log."""
        return len(self._rows(wanted))

    def lines(self, start: int, stop: int, wanted: LogFilter = ALL) -> list[LogRow]:
        """The rows from `start` up to `stop` of those that the filter lets through."""
        rows = self._rows(wanted)[max(start, 0) : max(stop, 0)]
        return list(self._read(rows))

    def find(
        self, text: str, start: int = 0, wanted: LogFilter = ALL, *, backwards: bool = False
    ) -> int | None:
        """The nearest row at or after `start` (at or before, if `backwards`) that contains `text`,
        in any case; None where there is none.
        """
        needle = text.casefold()
        rows = self._rows(wanted)
        if not needle or not rows:
            return None
        for block in self._blocks(rows, start, backwards):
            if not self._may_contain(rows, block, needle):
                continue
            found = [
                place
                for place, row in zip(
                    block, self._read(rows[block.start : block.stop]), strict=True
                )
                if needle in row.text.casefold()
            ]
            if found:
                return found[-1 if backwards else 0]
        return None

    def problem(
        self, start: int, wanted: LogFilter = ALL, *, backwards: bool = False
    ) -> int | None:
        """The nearest row behind `start` (before it, if `backwards`) with which a warning or an
        error begins; None where there is none.
        """
        rows = self._rows(wanted)
        if not rows:
            return None
        known = self._problems
        if backwards:
            before = rows[min(start, len(rows) - 1)] if start < len(rows) else rows[-1] + 1
            near = range(bisect_left(known, before) - 1, -1, -1)
        else:
            behind = rows[start] if 0 <= start < len(rows) else -1 if start < 0 else rows[-1]
            near = range(bisect_right(known, behind), len(known))
        for index in near:
            place = bisect_left(rows, known[index])
            if place < len(rows) and rows[place] == known[index]:
                return place
        return None

    def place_after(self, place: int, before: LogFilter, wanted: LogFilter) -> int:
        """Where the row at a place among those of one filter is among those of another, or the
        next one that this lets through.
        """
        rows = self._rows(before)
        return bisect_left(self._rows(wanted), rows[place]) if 0 <= place < len(rows) else 0

    # -- views --------------------------------------------------------------

    def _view(self, wanted: LogFilter) -> _View:
        view = self._views.pop(wanted, None) or _View()
        self._views[wanted] = view
        while len(self._views) > VIEWS_KEPT:
            self._views.popitem(last=False)
        return view

    def _rows(self, wanted: LogFilter) -> Sequence[int]:
        """The numbers of the rows that the filter lets through, brought one step further."""
        total = len(self._offsets)
        if wanted == ALL:
            return range(total)
        view = self._view(wanted)
        if view.considered < total:
            start, stop = view.considered, self._step_end(view.considered, wanted)
            view.rows.extend(self._let_through(range(start, stop), wanted))
            view.considered = stop
        return view.rows

    def _step_end(self, start: int, wanted: LogFilter) -> int:
        """Where a step of a view ends: a number of rows, or of bytes where they must be read."""
        stop = min(len(self._offsets), start + ROWS_A_STEP)
        if wanted.text:
            reach = self._offsets[start] + FRAME
            stop = min(stop, max(start + 1, bisect_right(self._offsets, reach)))
        return stop

    def _let_through(self, rows: range, wanted: LogFilter) -> Iterable[int]:
        least = CODES.index(wanted.level)
        if least == START and not wanted.starts:
            least += 1
        levels, assets = self._levels, self._assets
        found: list[int] = [row for row in rows if levels[row] >= least]
        if wanted.unique_ids is not None:
            known = {self._asset_index.get(unique_id, -1) for unique_id in wanted.unique_ids}
            found = [row for row in found if assets[row] in known]
        return self._containing(found, wanted.text.casefold()) if wanted.text else found

    def _containing(self, rows: list[int], needle: str) -> Iterator[int]:
        """Those of these rows whose text has the needle."""
        for block in self._blocks(rows, 0, backwards=False):
            if self._may_contain(rows, block, needle):
                few = rows[block.start : block.stop]
                for row, line in zip(few, self._read(few), strict=True):
                    if needle in line.text.casefold():
                        yield row

    # -- reading ------------------------------------------------------------

    def _read(self, rows: Iterable[int]) -> Iterator[LogRow]:
        """These rows from the file; rows whose line is gone from it are empty."""
        try:
            stream: BinaryIO = open_log(self._file.path)
        except OSError:
            yield from (LogRow(0.0, CODES[self._levels[row]], "") for row in rows)
            return
        with stream:
            at, event, texts = -1, None, [""]
            for row in rows:
                offset, part = self._offsets[row], self._parts[row]
                if offset != at:
                    if stream.tell() != offset:
                        stream.seek(offset)
                    at, event = offset, parse(stream.readline())
                    texts = _physical(event.text) if type(event) is events.LogLine else [""]
                level = CODES[self._levels[row]]
                if event is None or part >= len(texts):
                    yield LogRow(0.0, level, "")
                else:
                    text = clean(texts[part] if part else gist(event.name, event.text))
                    yield LogRow(event.at, level, text, event.unique_id, event.name, part > 0)

    def _blocks(self, rows: Sequence[int], start: int, backwards: bool) -> Iterator[range]:
        """Ranges of places to search, in the order of the search: at most BLOCK bytes apart."""
        if backwards:
            stop = min(start, len(rows) - 1) + 1
            while stop > 0:
                reach = self._offsets[rows[stop - 1]] - BLOCK
                first = bisect_left(rows, reach, 0, stop, key=self._offsets.__getitem__)
                first = min(first, stop - 1)
                yield range(first, stop)
                stop = first
        else:
            first = max(start, 0)
            while first < len(rows):
                reach = self._offsets[rows[first]] + BLOCK
                stop = bisect_right(rows, reach, first, len(rows), key=self._offsets.__getitem__)
                yield range(first, stop)
                first = stop

    def _may_contain(self, rows: Sequence[int], block: range, needle: str) -> bool:
        """Whether the file holds `needle` in this block: at the speed of a search in bytes, so
        that only blocks with a chance are parsed.
        """
        if not needle.isascii():
            return True
        first, last = self._offsets[rows[block.start]], self._offsets[rows[block.stop - 1]]
        try:
            with open_log(self._file.path) as stream:
                stream.seek(first)
                data = stream.read(last - first) + stream.readline()
        except OSError:
            return False
        # Letters outside ASCII may fold into it, and whatever is escaped may hide a match.
        written = json.dumps(needle)[1:-1].encode()
        return written in data.lower() or b"\\u" in data or b"\\t" in data or not data.isascii()


def _codes(level: str, name: str) -> tuple[int, int]:
    """The codes of the rows of an event with this level and dbt's name: of the first, and of the
    further ones.
    """
    code = CODES.index(level) if level in LEVELS else START
    if code == START and name not in STARTS:
        code += 1
    elif name == SUMMARY:
        code = CODES.index("info") + 1  # each has its own warning
    return code, 0 if is_folded(name) else code


def _physical(text: str) -> list[str]:
    """The lines of an event's text; empty lines at its end are left out."""
    if "\n" not in text and "\r" not in text:
        return [text]
    return _LINE_END.split(text.rstrip("\r\n"))


def is_folded(name: str) -> bool:
    """Whether of the rows of such an event (dbt's name) the first tells enough."""
    return name == SUMMARY or name.endswith(DEPRECATION)


def gist(name: str, text: str) -> str:
    """The first row of an event: its first line, or what all of it says where it is folded."""
    if name == SUMMARY:
        counts = [int(count) for count in _OCCURRENCES.findall(text)]
        told = f"{sum(counts):,} deprecated " + ("place" if sum(counts) == 1 else "places")
        return f"{told} of {len(counts):,} " + ("kind" if len(counts) == 1 else "kinds")
    if name.endswith(DEPRECATION):
        return " ".join(_DECORATION.sub("", text).split())
    return _physical(text)[0]


def clean(text: str) -> str:
    """Text that can be put on a screen as one line: without control sequences and control
    characters (tabs become spaces), and without halves of surrogate pairs.
    """
    if text.isprintable():
        return text
    text = _CONTROL.sub("", text).expandtabs(4)
    return text.encode("utf-8", "replace").decode("utf-8")
