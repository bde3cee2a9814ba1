"""Lines of dbt's own log, taken over with what it says of them: level, node, kind of line. Pure.

In text a line names its thread, and the thread says which node it begins and ends. In JSON a line
names its node itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tui.engine.execution.events import LEVELS

LINE = re.compile(r"^(\d\d:\d\d:\d\d\.\d+) \[(\w+) *\] \[([^\]]*)\]: ?(.*)$")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CLOCK = re.compile(r"\d\d:\d\d:\d\d\.\d+")
BEGAN = re.compile(r"^Began running node (\S+)$")
ENDED = re.compile(r"^Finished running node (\S+)$")
FAILED = re.compile(r"^[A-Z][\w ]* in (\w+) ([^\s(]+) \(")
"""`Failure in test not_null_orders_id (models/orders.yml)`, in the summary at the end."""
SUMMARIES = ("Completed with ", "Completed successfully", "Done. ")
NAMES = (
    (re.compile(r"^\d+ of \d+ START "), "LogStartLine"),
    (re.compile(r"^\d+ of \d+ (?:PASS|FAIL|WARN|ERROR) .* \[(?:PASS|FAIL|WARN|ERROR)\b"),
     "LogTestResult"),
    (re.compile(r"^\d+ of \d+ [A-Z]"), "LogModelResult"),
    (re.compile(r"^ *\[WARNING\]\[(\w+)\]"), ""),
    (FAILED, "RunResultFailure"),
    (re.compile(r"^ *compiled code at "), "SQLCompiledPath"),
)  # fmt: skip
"""By how a line begins, dbt's name of such a line; the empty one is what the line itself names."""


@dataclass
class TakenLine:
    """One line, which may be of several rows."""

    clock: str
    """The time of day, as the log has it."""
    level: str
    texts: list[str] = field(default_factory=list)
    unique_id: str = ""
    name: str = ""

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(self.texts).rstrip()


def taken_lines(text: str, unique_ids: Iterable[str]) -> list[TakenLine]:
    """The lines of a part of dbt's log, in its text format or in JSON.

    Args:
        text: The part.
        unique_ids: The nodes of the run, of which the summary at its end tells names only.
    """
    named = {_named(key): key for key in unique_ids}
    working: dict[str, str] = {}
    failed = ""
    taken: list[TakenLine] = []
    for raw in text.splitlines():
        if raw.startswith("{"):
            taken += _of_json(raw)
            continue
        found = LINE.match(line := COLOURS.sub("", raw))
        if found is None:
            if taken and not line.startswith("====="):
                taken[-1].texts.append(line)
            continue
        clock, level, thread, words = found.groups()
        if began := BEGAN.match(words):
            working[thread] = began[1]
        if told := FAILED.match(words):
            failed = named.get((told[1], told[2]), "")
        elif words.startswith(SUMMARIES):
            failed = ""
        key = working.get(thread, "") or failed
        taken.append(TakenLine(clock, LEVELS.get(level, "info"), [words], key, _name(words)))
        if ENDED.match(words):
            working.pop(thread, None)
    return taken


def _named(unique_id: str) -> tuple[str, str]:
    parts = unique_id.split(".")
    return parts[0], parts[min(2, len(parts) - 1)]


def _name(words: str) -> str:
    for pattern, name in NAMES:
        if found := pattern.match(words):
            return name or found[1]
    return ""


def _of_json(raw: str) -> Iterator[TakenLine]:
    try:
        data = json.loads(raw)
        info: dict[str, Any] = data["info"]
        clock = CLOCK.search(str(info["ts"]))
        node = (data.get("data") or {}).get("node_info") or {}
        level, words, name = str(info["level"]), str(info["msg"]), str(info.get("name") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    if clock is not None:
        rows = COLOURS.sub("", words).split("\n")
        key = str(node.get("unique_id") or "")
        yield TakenLine(clock[0], LEVELS.get(level, "info"), rows, key, name)
