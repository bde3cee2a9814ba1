"""What is asked of the index over the event logs, in SQL.

`RunStore` calls these under its lock, and has the index made again where it is broken. A run's
summary has no nodes. Times are seconds since the epoch, durations seconds.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tui.graph.history import PartitionRecord, note_attempt
from tui.runs import index_rows as indexing
from tui.runs.batches import batch_attempts
from tui.runs.values import ACTIVE, CheckResult, History, Materialization, Run

_ACTIVE = ", ".join(f"'{status}'" for status in sorted(ACTIVE))


def runs(
    db: sqlite3.Connection,
    limit: int,
    *,
    target: str | None,
    offset: int,
    tags: Iterable[str],
    without: Collection[str] = (),
) -> list[Run]:
    """Summaries of runs: those that go on first, then the newest first."""
    conditions: list[tuple[str, list[str]]]
    conditions = [] if target is None else [("target = ?", [target])]
    conditions += [_of_tag(tag) for tag in tags]
    if without:
        conditions += [(f"message NOT IN ({', '.join('?' * len(without))})", [*without])]
    where = f"WHERE {' AND '.join(words for words, _ in conditions)}" if conditions else ""
    found = indexing.summaries(
        db,
        f"{where} ORDER BY status IN ({_ACTIVE}) DESC, started_at DESC, run_id LIMIT ? OFFSET ?",
        [*(value for _, values in conditions for value in values), limit, offset],
    )
    return [run for _, run in found]


def count_between(
    db: sqlite3.Connection, first: float, messages: Collection[str], tags: Iterable[str]
) -> int:
    """How many runs since a time, in seconds since the epoch, ended with one of these messages."""
    conditions = [_of_tag(tag) for tag in tags]
    words = " AND ".join(
        ("started_at >= ?", f"message IN ({', '.join('?' * len(messages))})",
         *(words for words, _ in conditions))
    )  # fmt: skip
    values = [first, *messages, *(value for _, values in conditions for value in values)]
    (count,) = db.execute(f"SELECT count(*) FROM runs WHERE {words}", values).fetchone()
    return int(count)


def _of_tag(tag: str) -> tuple[str, list[str]]:
    """The condition of SQL for runs with a tag (`team`, `team=finance`), and its values."""
    name, mark, value = tag.partition("=")
    words = "json_each(CASE tags WHEN '' THEN '{}' ELSE tags END) WHERE key = ?"
    words += " AND value = ?" if mark else ""
    return f"EXISTS (SELECT 1 FROM {words})", [name, *([value] if mark else [])]


def active(db: sqlite3.Connection) -> list[Run]:
    """Summaries of the runs that go on, newest first."""
    clause = f"WHERE status IN ({_ACTIVE}) ORDER BY started_at DESC, run_id"
    return [run for _, run in indexing.summaries(db, clause, ())]


def ended(db: sqlite3.Connection) -> list[str]:
    """The ids of the runs that have ended."""
    found = db.execute(f"SELECT run_id FROM runs WHERE status NOT IN ({_ACTIVE})")
    return [run_id for (run_id,) in found]


def history(db: sqlite3.Connection, target: str) -> History:
    """The latest records of every asset and check on a target."""
    attempts = _latest(db, target, indexing.ATTEMPT, "")
    latest = {found.unique_id: found for found, _ in attempts}
    # An attempt that succeeded is the latest success too; the others are read in their turn.
    built = {found.unique_id: found for found, records in attempts if records & indexing.BUILT}
    earlier = _latest(
        db,
        target,
        indexing.BUILT,
        "AND NOT EXISTS (SELECT 1 FROM latest a WHERE a.target = l.target AND "
        f"a.unique_id = l.unique_id AND a.record = {indexing.ATTEMPT} "
        "AND a.run_id = l.run_id)",
    )
    built.update((found.unique_id, found) for found, _ in earlier)
    checks = db.execute(
        f"SELECT {indexing.CHECK_RESULT} FROM latest l "
        "JOIN node_runs n ON n.run_id = l.run_id AND n.unique_id = l.unique_id "
        f"WHERE l.target = ? AND l.record = {indexing.CHECKED} AND n.records & l.record",
        (target,),
    )
    results = {row[0]: indexing.check_result(row) for row in checks}
    return History(built, latest, results, partitions=_partitions(db, target))


def _latest(
    db: sqlite3.Connection, target: str, record: int, further: str
) -> list[tuple[Materialization, int]]:
    """The latest records of a kind on a target, each with all that it counts as."""
    rows = db.execute(
        f"SELECT {indexing.MATERIALIZATION}, n.records FROM latest l "
        "JOIN node_runs n ON n.run_id = l.run_id AND n.unique_id = l.unique_id "
        f"WHERE l.target = ? AND l.record = {record} AND n.records & l.record {further}",
        (target,),
    ).fetchall()
    found = indexing.materializations(rows)
    return [(value, row[-1]) for value, row in zip(found, rows, strict=True)]


def _partitions(db: sqlite3.Connection, target: str) -> dict[str, dict[str, PartitionRecord]]:
    """What runs left for the partitions of each asset on a target, and for dbt's batches."""
    found: dict[str, dict[str, PartitionRecord]] = {}
    for new, text in _attempts_with(db, target, "r.partitions"):
        note_attempt(found.setdefault(new.unique_id, {}), indexing.partitions_in(text), new)
    for new, text in _attempts_with(db, target, "n.batches"):
        known = found.setdefault(new.unique_id, {})
        for batch, one in batch_attempts(new, text):
            note_attempt(known, [batch], one)
    return found


def _attempts_with(
    db: sqlite3.Connection, target: str, column: str
) -> Iterator[tuple[Materialization, str]]:
    """All attempts on a target that have something in a column, with that, the oldest first."""
    rows = db.execute(
        f"SELECT {indexing.MATERIALIZATION}, {column} FROM runs r "
        f"JOIN node_runs n ON n.run_id = r.run_id WHERE r.target = ? AND {column} <> '' "
        "AND n.records & ? ORDER BY n.finished_at, n.run_id",
        (target, indexing.ATTEMPT),
    ).fetchall()
    for new, row in zip(indexing.materializations(rows), rows, strict=True):
        yield new, row[-1]


def materializations(
    db: sqlite3.Connection, unique_id: str, target: str, limit: int
) -> list[Materialization]:
    """What runs made of an asset on a target, newest first."""
    rows = _records(db, indexing.MATERIALIZATION, indexing.ATTEMPT, unique_id, target, limit)
    return indexing.materializations(rows)


def check_results(
    db: sqlite3.Connection, unique_id: str, target: str, limit: int
) -> list[CheckResult]:
    """The results of a check on a target, newest first."""
    rows = _records(db, indexing.CHECK_RESULT, indexing.CHECKED, unique_id, target, limit)
    return [indexing.check_result(row) for row in rows]


def durations(
    db: sqlite3.Connection, unique_ids: Iterable[str], target: str, latest: int
) -> dict[str, float]:
    """The median of the latest successful times of each node; what never succeeded is left out."""
    import statistics

    wanted = indexing.BUILT | indexing.CHECKED
    found = {}
    for unique_id in unique_ids:
        rows = _records(db, "n.duration", wanted, unique_id, target, latest)
        if rows:
            found[unique_id] = statistics.median(duration for (duration,) in rows)
    return found


def trends(
    db: sqlite3.Connection, unique_ids: Iterable[str], target: str, *, until: float, latest: int
) -> dict[str, list[float]]:
    """The latest successful times of each node that ended before `until`, the oldest first."""
    wanted, found = indexing.BUILT | indexing.CHECKED, {}
    for unique_id in unique_ids:
        rows = _records(db, "n.duration", wanted, unique_id, target, latest, until=until)
        found[unique_id] = [duration for (duration,) in reversed(rows)]
    return found


def recorded(db: sqlite3.Connection, run_id: str, unique_id: str) -> dict[str, Materialization]:
    """What a run recorded of its nodes, or of one."""
    of_one = "AND n.unique_id = ?" if unique_id else ""
    rows = db.execute(
        f"SELECT {indexing.MATERIALIZATION} FROM node_runs n WHERE n.run_id = ? {of_one}",
        (run_id, *([unique_id] if unique_id else [])),
    ).fetchall()
    return {found.unique_id: found for found in indexing.materializations(rows)}


def pinned(db: sqlite3.Connection) -> frozenset[str]:
    """The runs with the latest record of an asset, of one of its partitions, or of a check."""
    found = {run_id for (run_id,) in db.execute("SELECT DISTINCT run_id FROM latest")}
    targets = db.execute("SELECT DISTINCT target FROM runs WHERE partitions <> ''")
    for (target,) in targets.fetchall():
        for partitions in _partitions(db, target).values():
            for record in partitions.values():
                found.add(record.latest.run_id)
                found.update([record.built.run_id] if record.built else [])
    return frozenset(found)


def code_digests(db: sqlite3.Connection) -> frozenset[str]:
    """The digests of all code that a run was built from, and compiled to."""
    rows = db.execute(
        "SELECT DISTINCT json_extract(fingerprint, '$[0]'), json_extract(fingerprint, '$[6]') "
        "FROM node_runs WHERE fingerprint <> ''"
    )
    return frozenset(digest for row in rows for digest in row if digest)


def _records(
    db: sqlite3.Connection,
    columns: str,
    record: int,
    unique_id: str,
    target: str,
    limit: int,
    *,
    until: float = math.inf,
) -> list[tuple[Any, ...]]:
    return db.execute(
        f"SELECT {columns} FROM node_runs n WHERE n.unique_id = ? AND n.target = ? "
        "AND n.finished_at < ? AND n.records & ? "
        "ORDER BY n.finished_at DESC, n.run_id DESC LIMIT ?",
        (unique_id, target, until, record, limit),
    ).fetchall()
