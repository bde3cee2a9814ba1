"""dbt's JSON log, a line at a time: the same for dbt-core and for dbt v2. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_BACKTRACE = re.compile(r"\n\s+\d+: (?:<unknown>|\S+)(?:\n\s+at \S+)?(?=\n|\Z)")
"""dbt v2 adds the frames of its own program to an error."""
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class LogRecord:
    """One event of dbt's log."""

    name: str
    """dbt's: NodeFinished, CommandCompleted, …; empty for a line that is no event."""
    level: str
    """debug, info, warn or error."""
    text: str
    """As a console would show it, without colours and without the program's own frames."""
    data: dict[str, Any] = field(default_factory=dict)
    at: float = 0.0
    """Seconds since the epoch; 0.0 where the line does not say."""
    invocation_id: str = ""
    thread: str = ""

    @property
    def unique_id(self) -> str:
        """The node that it is about, where it names one."""
        node = self.data.get("node_info")
        return str(node.get("unique_id") or "") if isinstance(node, dict) else ""


def log_record(line: str) -> LogRecord:
    """The event of a line. What is no JSON (a wrapper's own words) is a line of text."""
    text = line.strip("\r\n")
    if text.startswith("{"):
        try:
            return _of_event(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
    return LogRecord("", "info", _plain(text))


def _of_event(event: dict[str, Any]) -> LogRecord:
    info, data = event["info"], event.get("data")
    return LogRecord(
        name=str(info.get("name") or ""),
        level=str(info.get("level") or "info"),
        text=_plain(str(info.get("msg") or "")),
        data=data if isinstance(data, dict) else {},
        at=seconds_of(str(info.get("ts") or "")),
        invocation_id=str(info.get("invocation_id") or ""),
        thread=str(info.get("thread") or ""),
    )


def _plain(text: str) -> str:
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _BACKTRACE.sub("", text).rstrip()


def seconds_of(stamp: str) -> float:
    """Seconds since the epoch of `2026-11-29T17:34:05.293764Z`; 0.0 where it is no such time.

    dbt-core leaves the zone out, and means UTC.
    """
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?", stamp)
    if found is None:
        return 0.0
    whole = datetime.fromisoformat(f"{found[1]}+00:00").timestamp()
    return whole + float(found[2] or 0.0)
