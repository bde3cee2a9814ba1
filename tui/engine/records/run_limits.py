"""What the options of a run make of a node: rows left out, parents read from elsewhere.

It becomes a part of the fingerprint of what was built, so that nothing built empty, from a sample
or from another target's tables is taken for what the project makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

EMPTY = "empty"
NOT_CLONED = "No-op"
"""What dbt says of a clone that it did not make: the relation is there already."""


class RunLimits(NamedTuple):
    """The options of one run that change what its nodes are built from."""

    empty: bool = False
    sample: str = ""
    """The window as it was typed: `3 days`; empty where the run reads all rows."""
    defers: bool = False
    """Whether what it does not build is read from another state, where that is not here."""
    is_clone: bool = False
    """Whether it copies relations of another state, and builds nothing."""

    @classmethod
    def of_flags(cls, flags: Sequence[str]) -> RunLimits:
        """The limits that words for dbt's command line set."""
        sample = ""
        for place, word in enumerate(flags):
            if word == "--sample" and place + 1 < len(flags):
                sample = flags[place + 1]
            elif word.startswith("--sample="):
                sample = word.partition("=")[2]
        return cls("--empty" in flags, sample, "--defer" in flags)

    def rows_of(self, node: Any, manifest: Any) -> str:
        """Which rows a node was built from, where not from all: `empty`, `sample 3 days`."""
        if not (self.empty or self.sample) or str(node.resource_type) not in ("model", "snapshot"):
            return ""
        inputs = list(_inputs(node, manifest))
        if self.empty and inputs:
            return EMPTY
        is_sampled = any(getattr(one.config, "event_time", None) for one in inputs)
        if self.sample and (is_sampled or is_microbatch(node)):
            return f"sample {self.sample}"
        return ""


ALL_ROWS = RunLimits()
OF_BUILDS = {"--empty": 1, "--sample": 2, "--event-time-start": 2, "--event-time-end": 2}
"""Flags that not every command of dbt has that runs nodes, each with how many words it takes."""
WITH_ALL = frozenset({"build", "run"})


def flags_for(command: str, flags: Sequence[str]) -> list[str]:
    """The flags of a run, as far as a command of dbt has them: `dbt seed` has no `--empty`."""
    if command in WITH_ALL:
        return [*flags]
    kept: list[str] = []
    words = iter(flags)
    for word in words:
        if word == "--empty" and command == "snapshot":
            kept.append(word)
            continue
        for _ in range(OF_BUILDS.get(word, 0) - 1):
            next(words, None)
        if word not in OF_BUILDS:
            kept.append(word)
    return kept


def is_microbatch(node: Any) -> bool:
    """Whether a model is built in batches of its event time."""
    strategy = getattr(node.config, "incremental_strategy", None)
    return str(strategy) == "microbatch" and node.config.materialized == "incremental"


def read_elsewhere(
    node: Any, manifest: Any, code: str, elsewhere: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """The parents that compiled code reads from another place than the project builds them in.

    Args:
        node: What was compiled.
        manifest: In which its parents are.
        code: What it was compiled to.
        elsewhere: unique_id → its relation here, and in the state that is deferred to.

    Returns:
        unique_id of the parent → `database.schema.name`, without quotes.
    """
    if not elsewhere or not code:
        return {}
    plain = _unquoted(code)
    found = {}
    for one in _inputs(node, manifest):
        here, there = map(_unquoted, elsewhere.get(one.unique_id, ("", "")))
        if there and there != here and re.search(rf"(?<![\w.]){re.escape(there)}(?![\w.])", plain):
            found[one.unique_id] = there
    return found


def options_part(
    rows: str,
    deferred: Mapping[str, str],
    *,
    has_other_vars: bool = False,
    may_be_deferred: bool = False,
    edited: str = "",
) -> str:
    """The part of the fingerprint: canonical JSON, empty where the options changed nothing.

    Args:
        rows: which rows were read, where not all.
        deferred: what was read from another state.
        has_other_vars: whether it was built with other variables than its other parts are made
            with.
        may_be_deferred: whether nobody knows what was read from another state.
        edited: a file that was written after the run, of which nobody knows what it was then.
    """
    told: dict[str, Any] = {}
    if rows:
        told["rows"] = rows
    if deferred:
        told["deferred"] = dict(deferred)
    if edited:
        told["edited"] = edited
    if may_be_deferred:
        told["deferred"] = None
    if has_other_vars:
        told["vars"] = True
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""


def clone_part(node: Any) -> str:
    """The part of the fingerprint of what was copied from another state, and not built."""
    there = str(getattr(getattr(node, "defer_relation", None), "relation_name", "") or "")
    return json.dumps({"cloned": _unquoted(there)}, separators=(",", ":"))


def _inputs(node: Any, manifest: Any) -> Iterator[Any]:
    """What a node reads from the database: through ephemeral models, which are compiled into it."""
    seen: set[str] = set()
    todo: list[str] = [*_parents(node)]
    while todo:
        key = todo.pop()
        one = manifest.nodes.get(key) or manifest.sources.get(key)
        if key in seen or one is None:
            continue
        seen.add(key)
        if getattr(one.config, "materialized", None) == "ephemeral":
            todo += _parents(one)
        else:
            yield one


def _parents(node: Any) -> Iterable[str]:
    return getattr(getattr(node, "depends_on", None), "nodes", None) or ()


def _unquoted(text: str) -> str:
    return text.replace('"', "").replace("`", "")
