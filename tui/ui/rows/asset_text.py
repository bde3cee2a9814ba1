"""What the state says of one asset or check, in words: its name, its status, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tui.graph import Asset, AssetStatus, Status, in_order, told_attempt
from tui.graph.partition_reasons import failed_partitions
from tui.text.formats import human_ago, human_duration
from tui.ui.rows.run_waiting import waiting_notes
from tui.workspace.source_freshness import SourceFreshness
from tui.workspace.state import WorkspaceState

REASONS = {
    "sql": "SQL",
    "layout": "layout",
    "input": "inputs",
    "compiled": "SQL",
    "config": "config",
    "macro": "macro",
    "seed": "seed file",
    "contract": "contract",
    "upstream": "upstream",
    "upstream_stale": "upstream",
    "never_built": "never built",
    "relation_missing": "gone",
    "limited": "partial",
    "edited": "edited",
    "deferred": "deferred",
}
"""The short word for each kind of reason."""
WHERE = re.compile(r"^[\w ]*(Error|Exception) in [\w ]+ \S+ \(.*\)$")
CHECK_WORDS = {
    "pass": "passed",
    "fail": "failed",
    "warn": "warned",
    "error": "error",
    "skipped": "skipped",
}
VERDICTS = {"pass": "fresh", "warn": "late", "error": "too old", "runtime error": "not readable"}
"""What dbt's verdicts on a source's freshness are called."""


def name_of(state: WorkspaceState, unique_id: str) -> str:
    """The name of an asset or check; of what is gone the last part of its unique_id."""
    known = state.graph.assets.get(unique_id) or state.graph.checks.get(unique_id)
    if known:
        return known.name
    parts = unique_id.split(".")
    # A generic test's unique_id ends with a hash: its name is the part before it.
    return parts[2] if parts[0] == "test" and len(parts) > 3 else parts[-1]


def kind_of(asset: Asset) -> str:
    """In one word: how a model is materialized, else the resource type."""
    if asset.resource_type == "model":
        return asset.materialized or "model"
    return asset.resource_type


def status_words(
    asset: Asset, found: AssetStatus | None, state: WorkspaceState, now: float
) -> tuple[str, tuple[str, ...]]:
    """The word for a status, and notes on why it is so, from long to short."""
    if found is None:
        return ("", ())
    status = found.status
    word = "never" if status is Status.NEVER else status.value
    match status:
        case Status.STALE:
            details, kinds = _why(found)
            warned = ", ".join(_failing(state, asset.unique_id)) if found.because else ""
            notes = (details, ", ".join(kinds), *kinds[:1])
            if warned:
                both = (f"{details}; warned: {warned}", f"{', '.join(kinds)} · warned")
                return (word, (*both, f"{kinds[0]} · warned", "warned", *kinds[:1]))
            return (word, notes)
        case Status.QUEUED if state.waits_for_dbt:
            return (word, ("waiting for dbt", "dbt"))
        case Status.QUEUED:
            return (word, waiting_notes(state, found.run_id))
        case Status.RUNNING:
            return (f"running {ticking(now - found.since)}", ())
        case Status.FAILED:
            return (word, _beside(found, _failure(asset, state)))
        case Status.SKIPPED:
            name = name_of(state, found.because) if found.because else ""
            return (word, _beside(found, (f"because of {name}", name) if name else ()))
        case Status.CHECKS_FAILED | Status.WARNED:
            return (word, _beside(found, (", ".join(_failing(state, asset.unique_id)),)))
        case Status.SOURCE if asset.freshness or asset.unique_id in state.freshness:
            checked = state.freshness.get(asset.unique_id)
            if checked is None:
                return (word, freshness_words(None, now))
            said = (words.partition(": ")[2] for words in freshness_words(checked, now))
            return (VERDICTS[checked.verdict], tuple(filter(None, said)))
        case Status.EXPOSURE:
            return (asset.materialized or "exposure", ())
    return (word, ())


def _failure(asset: Asset, state: WorkspaceState) -> tuple[str, ...]:
    """What it failed with; of an asset with partitions, at which of them."""
    attempt = told_attempt(state.history, asset.unique_id)
    message = gist(attempt.message) if attempt is not None else ""
    if which := failed_partitions(state.history, asset.unique_id):
        return (f"{which} · {message}", which) if message else (which,)
    return (message,) if attempt is not None else ()


def _why(found: AssetStatus) -> tuple[str, list[str]]:
    """The first reason in words with how many more there are, and the short word of each kind."""
    reasons = in_order(found.reasons)
    kinds = list(dict.fromkeys(REASONS.get(r.kind, r.kind) for r in reasons))
    more = f" +{len(reasons) - 1}" if len(reasons) > 1 else ""
    return (f"{reasons[0].detail}{more}" if reasons and reasons[0].detail else ""), kinds


def _beside(found: AssetStatus, notes: tuple[str, ...]) -> tuple[str, ...]:
    """The notes on a status, behind what the asset is as well: `stale · SQL`, `never built`."""
    also = found.also
    if also is None:
        return notes
    if also is Status.NEVER:
        word = REASONS["never_built"]
        return (*(f"{word} · {note}" for note in notes), word)
    _, kinds = _why(found)
    short = f"{also.value} · {kinds[0]}"
    return (*(f"{short} · {note}" for note in notes), short, also.value)


def freshness_words(found: SourceFreshness | None, now: float) -> tuple[str, ...]:
    """What is known of a source's freshness, from long to short."""
    if found is None:
        return ("freshness never checked", "not checked")
    word = VERDICTS[found.verdict]
    loaded = f"loaded {human_ago(now - found.loaded_at)}" if found.loaded_at else ""
    checked = f"checked {human_ago(now - found.checked_at)}" if found.checked_at else ""
    said = [", ".join(part for part in (loaded, checked) if part), loaded, ""]
    return tuple(dict.fromkeys(f"{word}: {more}" if more else word for more in said))


def _failing(state: WorkspaceState, unique_id: str) -> Iterator[str]:
    for key in state.graph.checks_of.get(unique_id, ()):
        result = state.history.checks.get(key)
        if result and result.status not in ("pass", "skipped"):
            yield state.graph.checks[key].name


def ticking(seconds: float) -> str:
    """How long something has been running: in tenths, so that it moves and does not flicker."""
    seconds = max(seconds, 0.0)
    return f"{seconds:.1f}s" if seconds < 60 else human_duration(seconds)


def first_line(text: str) -> str:
    """The first line of a message that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def gist(message: str) -> str:
    """The line of dbt's message that says what is wrong, not where: that is on the screen."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if len(lines) > 1 and WHERE.match(lines[0]):
        return lines[1]
    return lines[0] if lines else ""
