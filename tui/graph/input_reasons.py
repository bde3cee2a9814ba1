"""Reasons that come from what an asset's code reads: variables, environment, relations, target."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tui.graph.status import StaleReason

NOT_RENDERED = frozenset({"descriptions", "packages", "relation"})
"""Inputs that are sent beside the code: equal code does not make them equal."""
LONGEST = 60
"""Characters of a value in a reason."""


def input_reasons(
    before: str, now: str, relations: tuple[str, str], *, rendered: bool
) -> Iterator[StaleReason]:
    """Why an asset is stale by its inputs.

    Args:
        before: The inputs that it was built from, as `Fingerprint.inputs`.
        now: Those of today.
        relations: Its own relation without quotes, before and now, as its configuration tells.
        rendered: Whether those that its code renders count, or only what is sent beside it.
    """
    was, will = _read(before), _read(now)
    if was is None or will is None:
        return
    for key in sorted(was.keys() | will.keys()):
        old, new = was.get(key), will.get(key)
        if key == "graph" or old == new or not is_known_change(old, new):
            continue
        if key not in NOT_RENDERED:
            # Names come and go with the code and the macros, which are reasons of their own.
            if rendered and old is not None and new is not None:
                yield _reason(key, old, new)
        elif key == "relation":
            if old is not None and new is not None and relations[0] == relations[1]:
                yield StaleReason("config", f"quoting: {_short(old)} → {_short(new)}")
        elif key == "packages":
            if old is not None and new is not None:
                yield StaleReason("config", f"packages: {_short(old)} → {_short(new)}")
        elif old is not None and new is not None:
            yield StaleReason("config", "descriptions changed (persist_docs)")


def is_known_change(old: str | None, new: str | None) -> bool:
    """Whether two different values, or digests of them, mean a change: those that are made with
    different keys, or with none, say nothing.
    """
    if old is None or new is None:
        return True
    if not old or not new:
        return False
    keys = [value.partition(":")[0] if is_digest(value) else "" for value in (old, new)]
    return keys[0] == keys[1] or not all(keys)


def is_digest(value: str) -> bool:
    """Whether this stands for a value that is kept secret: `4f02:` and sixteen digits."""
    key, _, digits = value.partition(":")
    return len(key) == 4 and len(digits) == 16 and not set(key + digits) - set("0123456789abcdef")


def _reason(key: str, old: str, new: str) -> StaleReason:
    word, _, name = key.partition(" ")
    if word in ("ref", "source", "function"):
        return StaleReason("input", f"{word} {name} is now {_resolved(old, new)}")
    if word == "properties":
        return StaleReason("input", "meta, columns or description changed (its code reads them)")
    if is_digest(old) or is_digest(new):
        return StaleReason("input", f"{key} changed")
    return StaleReason("input", f"{key}: {_short(old)} → {_short(new)}")


def _resolved(old: str, new: str) -> str:
    """What a ref or source is resolved to now, as short as tells it from what it was."""
    versions = [value.partition(" ")[0] if value.startswith("v") else "" for value in (old, new)]
    if versions[1] and versions[0] != versions[1]:
        return versions[1]
    was, now = (value.partition(" ")[2] if value.startswith("v") else value for value in (old, new))
    plain_was, plain_now = (value.replace('"', "").replace("`", "") for value in (was, now))
    if plain_was == plain_now:
        return now  # only its quotes are others
    before, after = plain_was.split("."), plain_now.split(".")
    if len(before) == len(after) == 3 and before[0] == after[0]:
        return ".".join(after[1:])
    return plain_now


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _read(text: str) -> Mapping[str, str] | None:
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
