"""Two runs side by side: what is new, gone, slower, faster, failed now and not then. Pure.

`compare` says in which ways each asset and check differs between the two; `difference` says what
of an asset's code and configuration differs. The screen, the headless command and its JSON all show
these values.
"""

from __future__ import annotations

import difflib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.graph.history import Materialization
from tui.graph.input_reasons import is_known_change
from tui.protocol.plain import plain
from tui.protocol.records import Fingerprint
from tui.runs.values import BAD, GOOD, STOPPED, NodeRun, Run

KINDS = (
    "failed", "fixed", "warned", "cancelled", "skipped", "ran", "new", "gone", "rows", "code",
    "config", "inputs", "compiled", "slower", "faster",
)  # fmt: skip
"""Ways in which a node differs, the most telling first."""
TIMED = GOOD | {"warn", "fail"}
"""Statuses of what ran to its end, so that its durations can be compared."""
LEFT_OUT = STOPPED | {"skipped"}
"""Statuses of what a run did not do."""
RATIO = 1.3
"""A node is slower (or faster) from this ratio of its durations on,"""
LEAST = 0.25
"""and from so many seconds on: less is noise."""
TREND = 20
"""So many of the latest durations make a trend."""


@plain(frozen=True)
class NodeChange:
    """One asset or check in two runs."""

    unique_id: str
    kinds: tuple[str, ...]
    """In which ways it differs, of KINDS and in their order; empty where it does not."""
    then: NodeRun | None = None
    now: NodeRun | None = None
    rows_then: int | None = None
    """How many rows it had; failing rows of a check."""
    rows_now: int | None = None
    trend: tuple[float, ...] = ()
    """Seconds that its latest successful runs before the later run took, the oldest first."""

    @property
    def slower_by(self) -> float:
        """Seconds that it took longer; negative where it was faster, 0 where it ran only once."""
        before, after = self.seconds
        if self.then is None or self.now is None or before is None or after is None:
            return 0.0
        if self.then.status not in TIMED or self.now.status not in TIMED:
            return 0.0
        return after - before

    @property
    def seconds(self) -> tuple[float | None, float | None]:
        """How long it took then and now; None where it did not run to its end or failure."""
        then, now = (
            node.duration if node is not None and node.status in TIMED | BAD else None
            for node in (self.then, self.now)
        )
        return then, now

    @property
    def usual(self) -> float:
        """Seconds that it usually took before the later run: the median of the trend, 0.0 where
        there is none.
        """
        return statistics.median(self.trend) if self.trend else 0.0

    @property
    def durations(self) -> tuple[float, ...]:
        """The trend with the later run at its end, where that ran to its end."""
        ran = self.now is not None and self.now.status in TIMED
        return (*self.trend, self.now.duration)[-TREND:] if ran and self.now else self.trend


@plain(frozen=True, eq=False)
class Comparison:
    """Two runs, the earlier one first, and every node of either."""

    then: Run
    now: Run
    changes: tuple[NodeChange, ...] = ()
    """What differs, the most telling first; then what does not."""

    @property
    def differing(self) -> tuple[NodeChange, ...]:
        """The nodes that differ in some way."""
        return tuple(change for change in self.changes if change.kinds)

    def counts(self) -> dict[str, int]:
        """How many nodes differ in each way, in the order of KINDS; a node may count in several."""
        found = Counter(kind for change in self.changes for kind in change.kinds)
        return {kind: found[kind] for kind in KINDS if found[kind]}


Records = Mapping[str, Materialization]
"""What a run recorded of its nodes, by unique_id."""


def compare(
    then: Run,
    now: Run,
    recorded_then: Records,
    recorded_now: Records,
    trends: Mapping[str, Sequence[float]] | None = None,
) -> Comparison:
    """Two runs with their nodes, compared node by node.

    Args:
        then: The earlier one, with its nodes.
        now: The later one, with its nodes.
        recorded_then: What the earlier one recorded: fingerprints and counted rows.
        recorded_now: What the later one recorded.
        trends: The latest durations of nodes, the oldest first, in seconds.
    """
    trends = trends or {}
    changes = [
        _change(
            key, then.nodes.get(key), now.nodes.get(key), recorded_then.get(key),
            recorded_now.get(key), tuple(trends.get(key, ()))[-TREND:],
        )
        for key in dict.fromkeys((*now.nodes, *then.nodes))
    ]  # fmt: skip
    return Comparison(then, now, tuple(sorted(changes, key=_weight)))


def baseline_of(run: Run, runs: Iterable[Run]) -> Run | None:
    """What to compare a run with: the latest good run of the same selection before it.

    The same selection is the same dbt command on the same target; where no such run went well, the
    same kind and label.
    """
    earlier = [
        other
        for other in runs
        if other.run_id != run.run_id
        and other.status == "success"
        and other.target == run.target
        and other.started_at < run.started_at
    ]
    earlier.sort(key=lambda other: other.started_at, reverse=True)
    for is_same in (
        lambda other: other.command == run.command,
        lambda other: (other.kind, other.label) == (run.kind, run.label),
    ):
        found = next((other for other in earlier if is_same(other)), None)
        if found is not None:
            return found
    return None


def in_order(first: Run, second: Run) -> tuple[Run, Run]:
    """Two runs, the one that started earlier first."""
    pair = sorted((first, second), key=lambda run: (run.started_at, run.run_id))
    return pair[0], pair[1]


def _change(
    key: str,
    then: NodeRun | None,
    now: NodeRun | None,
    was: Materialization | None,
    made: Materialization | None,
    trend: tuple[float, ...],
) -> NodeChange:
    rows = _rows(then, was), _rows(now, made)
    bare = NodeChange(key, (), then, now, *rows, trend)
    found = {*_of_status(then, now), *_of_time(bare)}
    if was is not None and made is not None:
        found |= set(_of_build(was, made))
    if then is not None and now is not None and None not in rows and rows[0] != rows[1]:
        found.add("rows")
    kinds = tuple(kind for kind in KINDS if kind in found)
    return NodeChange(key, kinds, then, now, *rows, trend)


def _rows(node: NodeRun | None, recorded: Materialization | None) -> int | None:
    """Rows that an asset had, or that a check found to be wrong."""
    if node is None:
        return None
    if node.failures is not None:
        return node.failures
    return recorded.counted if recorded is not None else node.rows


def _of_status(then: NodeRun | None, now: NodeRun | None) -> Iterable[str]:
    if now is None:
        yield "gone"
        return
    if now.status in BAD and (then is None or then.status not in BAD):
        yield "failed"
    if then is None:
        yield "new"
        return
    if now.status in GOOD and then.status in BAD:
        yield "fixed"
    if now.status == "warn" != then.status:
        yield "warned"
    if now.status in STOPPED and then.status not in STOPPED:
        yield "cancelled"
    if now.status == "skipped" != then.status:
        yield "skipped"
    if then.status in LEFT_OUT and now.status in TIMED:
        yield "ran"


def _of_time(change: NodeChange) -> Iterable[str]:
    by = change.slower_by
    if change.then is None or change.now is None or not by:
        return
    after = change.now.duration
    # Against what is usual too: one slow run long ago does not make all later ones faster.
    references = [change.then.duration, *([change.usual] if len(change.trend) > 2 else [])]
    if all(is_telling(before, after) and (after > before) == (by > 0) for before in references):
        yield "slower" if by > 0 else "faster"


def is_telling(before: float, after: float) -> bool:
    """Whether two durations (seconds) differ by more than chance."""
    low, high = sorted((before, after))
    return high - low >= LEAST and high >= RATIO * low


def _of_build(was: Materialization, made: Materialization) -> Iterable[str]:
    before, after = was.fingerprint, made.fingerprint
    if before == Fingerprint() or after == Fingerprint():
        return
    if before.sql != after.sql or before.seed != after.seed or was.macros != made.macros:
        yield "code"
    if before.config != after.config or before.contract != after.contract:
        yield "config"
    if before.inputs != after.inputs and before.inputs and after.inputs:
        yield "inputs"
    if before.sql == after.sql and _compiled_differs(before, after):
        yield "compiled"


def _compiled_differs(before: Fingerprint, after: Fingerprint) -> bool:
    return before.compiled != after.compiled and is_known_change(before.compiled, after.compiled)


def _weight(change: NodeChange) -> tuple[int, float, str]:
    """What matters most first; of the slower ones that which lost most."""
    place = KINDS.index(change.kinds[0]) if change.kinds else len(KINDS)
    return place, -abs(change.slower_by), change.unique_id


# ------------------------------------------------------- what an asset was built from


@plain(frozen=True)
class ValueChange:
    """One named value: of the configuration, or of what the code reads."""

    name: str
    then: str
    """As JSON of a string would be, without quotes; empty where it was not there."""
    now: str


@plain(frozen=True)
class AssetDifference:
    """What differs in what one asset was built from in two runs."""

    sql: tuple[str, ...] = ()
    """Lines of a unified diff of its code, without the file names."""
    sql_note: str = ""
    """Why there is no diff although the code differs."""
    compiled: tuple[str, ...] = ()
    """Lines of a unified diff of what its code was compiled to, where the code is the same."""
    compiled_note: str = ""
    """Why there is no diff although that differs."""
    config: tuple[ValueChange, ...] = ()
    inputs: tuple[ValueChange, ...] = ()
    macros: tuple[ValueChange, ...] = ()
    """Names of macros, with the digests of their code."""
    contract: bool = False
    """Whether declared columns or constraints differ."""
    seed: bool = False
    """Whether the content of the seed differs."""


def difference(
    was: Materialization | None, made: Materialization | None, code: Mapping[str, str]
) -> AssetDifference:
    """What an asset was built from in two runs.

    Args:
        was: What the earlier run recorded of it.
        made: What the later run recorded of it.
        code: The recorded code by its digest, as far as it is known.
    """
    if was is None or made is None:
        return AssetDifference()
    before, after = was.fingerprint, made.fingerprint
    if Fingerprint() in (before, after):  # one of the runs did not build it
        return AssetDifference()
    lines, note = _diff(before.sql, after.sql, code)
    compiled, compiled_note = _compiled_diff(before, after, code)
    return AssetDifference(
        sql=lines,
        sql_note=note,
        compiled=compiled,
        compiled_note=compiled_note,
        config=_values(before.config, after.config),
        inputs=_values(before.inputs, after.inputs),
        macros=tuple(_changed(was.macros, made.macros)),
        contract=before.contract != after.contract,
        seed=before.seed != after.seed,
    )


def _diff(before: str, after: str, code: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    if before == after:
        return (), ""
    if not before or not after:
        return (), "One of the runs recorded no code of it."
    if before not in code or after not in code:
        return (), "The code differs, but its text was not recorded by both runs."
    return _unified(code[before], code[after]), ""


def _compiled_diff(
    before: Fingerprint, after: Fingerprint, code: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """What differs in the compiled SQL of the same source: a variable, a macro, the environment."""
    if before.sql != after.sql or not _compiled_differs(before, after):
        return (), ""
    if before.compiled not in code or after.compiled not in code:
        return (), "The compiled SQL differs, but its text was not recorded by both runs."
    lines = _unified(code[before.compiled], code[after.compiled])
    return lines, "" if lines else "Only what it is compiled to in another case differs."


def _unified(before: str, after: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=3, lineterm="")
    return tuple(lines)[2:]


def _values(before: str, after: str) -> tuple[ValueChange, ...]:
    """The values that differ in two objects as JSON."""
    return tuple(_changed(_read(before), _read(after))) if before != after else ()


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[ValueChange]:
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield ValueChange(name, _written(was), _written(now))


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
