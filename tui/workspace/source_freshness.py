"""How fresh the sources were when dbt last checked: read from `target/sources.json`, offline.

`dbt source freshness` writes the file, in whatever terminal it runs. What it says is of the moment
when it looked; dbtree tells it as that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.protocol.plain import plain
from tui.text.formats import plural

FILE = "sources.json"
INTERVAL = 2.0
"""Seconds between two looks whether dbt has looked at the sources again."""
VERDICTS = frozenset({"pass", "warn", "error", "runtime error"})


@plain(frozen=True, slots=True)
class SourceFreshness:
    """What dbt found when it looked at one source's table."""

    verdict: str
    """dbt's: pass, warn, error (too old), runtime error (it could not be asked)."""
    checked_at: float = 0.0
    """When dbt looked, in seconds since the epoch; 0 where that is not said."""
    loaded_at: float = 0.0
    """When the newest row was loaded, in seconds since the epoch; 0 where that is not known."""
    message: str = ""
    """Why it could not be asked."""


def read_freshness(path: Path) -> dict[str, SourceFreshness]:
    """The results in a sources.json: unique_id → what was found. Empty where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    results = found.get("results") if isinstance(found, dict) else None
    metadata = found.get("metadata") if isinstance(found, dict) else None
    generated = _seconds(metadata.get("generated_at")) if isinstance(metadata, dict) else 0.0
    return {
        result["unique_id"]: _result(result, generated)
        for result in (results if isinstance(results, list) else ())
        if isinstance(result, dict)
        and isinstance(result.get("unique_id"), str)
        and result.get("status") in VERDICTS
    }


async def follow_freshness(
    directory: Callable[[], Path],
) -> AsyncIterator[dict[str, SourceFreshness]]:
    """The results whenever dbt has looked at the sources, in whatever terminal.

    `directory` says where dbt writes its artifacts, which another configuration may move.
    """
    seen = 0.0
    while True:
        path = directory() / FILE
        try:
            changed = (await asyncio.to_thread(path.stat)).st_mtime
        except OSError:
            changed = 0.0
        if changed != seen:
            seen = changed
            yield await asyncio.to_thread(read_freshness, path)
        await asyncio.sleep(INTERVAL)


def _result(result: Mapping[str, Any], generated: float) -> SourceFreshness:
    return SourceFreshness(
        result["status"],
        _seconds(result.get("snapshotted_at")) or generated,
        _seconds(result.get("max_loaded_at")),
        str(result.get("error") or ""),
    )


def _seconds(text: object) -> float:
    """A time as dbt writes it (UTC unless it says otherwise), in seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = datetime.fromisoformat(f"{moment.isoformat()}+00:00")
    return moment.timestamp()


def declared_in_words(text: str) -> str:
    """A source's declared freshness in words: `warns after 12 hours`."""
    try:
        declared = json.loads(text) if text else {}
    except ValueError:
        return ""
    parts = []
    for key, word in (("warn_after", "warns"), ("error_after", "fails")):
        after = declared.get(key) if isinstance(declared, dict) else None
        if isinstance(after, dict) and after.get("count"):
            parts.append(f"{word} after {plural(after['count'], str(after.get('period', '')))}")
    return " · ".join(parts)
