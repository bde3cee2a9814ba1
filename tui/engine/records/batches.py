"""The batches of event time that dbt builds a microbatch model in, as partitions that it has."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

from tui.engine.records.run_limits import is_microbatch

FORMS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}
"""How batches are called, by their size: by where they start, as dbt's own log writes it."""
TICKS = {"year": "0 0 1 1 *", "month": "0 0 1 * *", "day": "0 0 * * *", "hour": "0 * * * *"}
"""When batches of a size start, as a cron expression in UTC."""
FIELDS = ("year", "month", "day", "hour")


def batch_size(node: Any) -> str:
    """The size of a model's batches: hour, day, month or year."""
    size = getattr(node.config, "batch_size", None)
    return str(getattr(size, "value", size))


def batches_of(node: Any) -> str:
    """All batches of a microbatch model from its `begin` to that of now, as the row of
    `tui.definitions.partitions`; empty for other models.
    """
    size = batch_size(node)
    begin = _moment(getattr(node.config, "begin", None)) if is_microbatch(node) else None
    if begin is None or size not in FORMS:
        return ""
    kept = FIELDS[: FIELDS.index(size) + 1]
    first = dict.fromkeys(FIELDS[:3], 1) | {name: getattr(begin, name) for name in kept}
    start = datetime(**first, tzinfo=timezone.utc)
    return json.dumps({
        "type": "time", "start": start.timestamp(), "end": None, "fmt": FORMS[size],
        "cron": TICKS[size], "timezone": "UTC", "end_offset": 1, "exclusions": [],
    })  # fmt: skip


def _moment(given: Any) -> datetime | None:
    """A `begin` as dbt takes it: a datetime, a date, or a text; in UTC."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip().replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(given, date) and not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day)  # noqa: DTZ001  in UTC next
    if not isinstance(given, datetime):
        return None
    return given.astimezone(timezone.utc) if given.tzinfo else given.replace(tzinfo=timezone.utc)
