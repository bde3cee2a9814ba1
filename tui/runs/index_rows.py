"""One run between its event log and the tables of the index.

Every row derives from the log alone, and the latest record of a node is chosen by time and run id,
so the index is the same in whatever order and in however many steps the logs are read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from tui.protocol import events
from tui.protocol.records import Fingerprint
from tui.runs.values import CheckResult, Materialization, NodeRun, Run

ATTEMPT, BUILT, CHECKED = 1, 2, 4
"""What a node of a run counts as: an attempt to materialize, a success, a result of a check."""

MATERIALIZING = frozenset({"build", "run", "seed", "snapshot", "retry", "clone"})
"""dbt commands whose success means that the relation was built."""
ATTEMPTED = frozenset({"success", "partial success", "error", "skipped"})
CHECK_RESULTS = frozenset({"pass", "fail", "warn", "error"})
ASSETS = frozenset({"model", "seed", "snapshot", "function", "asset", "source"})
"""By the first word of a unique_id; a source is materialized where Python makes it."""
CHECKS = frozenset({"test", "unit_test", "asset_check"})

RUN_FIELDS = tuple(
    field.name for field in fields(Run) if field.name not in ("nodes", "summary_counts", "threads")
)
NODE_FIELDS = tuple(field.name for field in fields(NodeRun))
NODE_COLUMNS = tuple("row_count" if name == "rows" else name for name in NODE_FIELDS)


def records_of(kind: str, node: NodeRun) -> int:
    """What a node of a run of this kind counts as.

    A skipped check is no result. What was stopped while it was worked on, or skipped for another
    node, is an attempt; what never began, since the run itself failed or was stopped, is not. A
    `dbt test` materializes nothing.
    """
    resource = node.unique_id.partition(".")[0]
    if resource in CHECKS:
        return CHECKED if node.status in CHECK_RESULTS else 0
    if resource not in ASSETS or kind not in MATERIALIZING:
        return 0
    if node.status == "success":
        return ATTEMPT | BUILT
    is_attempt = node.status in ATTEMPTED or node.status in ("cancelled", "interrupted")
    return ATTEMPT if is_attempt and node.started_at > 0 else 0


def write_run(db: sqlite3.Connection, run: Run, position: int) -> None:
    """Put the summary of a run into the index, with how far its log was read."""
    values = {name: getattr(run, name) for name in RUN_FIELDS}
    values |= {
        "position": position,
        "is_final": not run.is_active and run.status != "interrupted",
        "counts": json.dumps(run.counts()),
        "partitions": json.dumps(run.partitions) if run.partitions else "",
        "tags": json.dumps(dict(run.tags)) if run.tags else "",
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT OR REPLACE INTO runs ({names}) VALUES ({marks})", [*values.values()])


def write_nodes(db: sqlite3.Connection, before: Run, run: Run, new: Iterable[Any]) -> None:
    """Put the nodes that differ from what the index has of this run into it.

    `new` are the events between the two, for what only they hold: fingerprints and macros.
    """
    finished = {event.unique_id: event for event in new if isinstance(event, events.NodeFinished)}
    changed = {k: node for k, node in run.nodes.items() if before.nodes.get(k) is not node}
    # A record that this run left already and now takes back.
    again = [
        (before.target, key)
        for key in before.nodes.keys() - run.nodes.keys() | changed.keys()
        if key in before.nodes and records_of(before.kind, before.nodes[key])
    ]
    gone = [(run.run_id, key) for key in before.nodes.keys() - run.nodes.keys()]
    db.executemany("DELETE FROM node_runs WHERE run_id = ? AND unique_id = ?", gone)
    if [*before.nodes] != [*run.nodes] or before.target != run.target or before.kind != run.kind:
        _move_nodes(db, run)
    places = {key: place for place, key in enumerate(run.nodes)}
    db.executemany(
        f"INSERT OR REPLACE INTO node_runs ({', '.join(_INSERTED)}) "
        f"VALUES ({', '.join('?' * len(_INSERTED))})",
        [_row(run, places[key], node, finished.get(key)) for key, node in changed.items()],
    )
    _update_latest(db, run, changed.values())
    _choose_latest_again(db, run.run_id, again)


_INSERTED = (
    "run_id", "place", "target", "records", "fingerprint", "macros", "measured_rows", "columns",
    *NODE_COLUMNS,
)  # fmt: skip


def _row(run: Run, place: int, node: NodeRun, event: Any | None) -> list[Any]:
    """The values of _INSERTED."""
    fingerprint = macros = columns = ""
    measured = None
    if event is not None and (event.status, event.at) == (node.status, node.finished_at):
        fingerprint = json.dumps(event.built()) if event.fingerprint else ""
        macros = json.dumps(event.macros) if event.macros else ""
        columns = json.dumps(event.columns) if event.columns else ""
        measured = event.row_count
    values = [getattr(node, name) for name in NODE_FIELDS]
    records = records_of(run.kind, node)
    owed = [run.run_id, place, run.target, records]
    return [*owed, fingerprint, macros, measured, columns, *values]


def _move_nodes(db: sqlite3.Connection, run: Run) -> None:
    """Give the rows of a run's nodes their places, and what they owe to the run."""
    db.executemany(
        "UPDATE node_runs SET place = ?, target = ?, records = ? "
        "WHERE run_id = ? AND unique_id = ?",
        [
            (place, run.target, records_of(run.kind, node), run.run_id, key)
            for place, (key, node) in enumerate(run.nodes.items())
        ],
    )


def _update_latest(db: sqlite3.Connection, run: Run, nodes: Iterable[NodeRun]) -> None:
    db.executemany(
        "INSERT INTO latest (target, unique_id, record, run_id, finished_at) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET run_id = excluded.run_id, finished_at = excluded.finished_at "
        "WHERE (excluded.finished_at, excluded.run_id) >= (finished_at, run_id)",
        [
            (run.target, node.unique_id, record, run.run_id, node.finished_at)
            for node in nodes
            if (records := records_of(run.kind, node))
            for record in (ATTEMPT, BUILT, CHECKED)
            if records & record
        ],
    )


def _choose_latest_again(
    db: sqlite3.Connection, run_id: str, nodes: Iterable[tuple[str, str]]
) -> None:
    """Choose the latest records of these (target, unique_id) again where this run had them."""
    lost = [
        (record, target, unique_id, record)
        for target, unique_id in nodes
        for (record,) in db.execute(
            "DELETE FROM latest WHERE target = ? AND unique_id = ? AND run_id = ? RETURNING record",
            (target, unique_id, run_id),
        ).fetchall()
    ]
    db.executemany(
        "INSERT INTO latest (target, unique_id, record, run_id, finished_at) "
        "SELECT target, unique_id, ?, run_id, finished_at FROM node_runs "
        "WHERE target = ? AND unique_id = ? AND records & ? "
        "ORDER BY finished_at DESC, run_id DESC LIMIT 1",
        lost,
    )


def forget_run(db: sqlite3.Connection, run_id: str) -> None:
    """Take a run out of the index; what was latest before it is latest again."""
    nodes = db.execute(
        "SELECT DISTINCT target, unique_id FROM latest WHERE run_id = ?", (run_id,)
    ).fetchall()
    for table in ("runs", "node_runs"):
        db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
    _choose_latest_again(db, run_id, nodes)


# -- from rows to values ----------------------------------------------------


def read_summary(db: sqlite3.Connection, run_id: str) -> tuple[int, Run] | None:
    """How far the log of a run was read, and the run without its nodes; None if unknown."""
    found = summaries(db, "WHERE run_id = ?", (run_id,))
    return found[0] if found else None


def summaries(
    db: sqlite3.Connection, clause: str, parameters: Iterable[Any]
) -> list[tuple[int, Run]]:
    """Position and summary of the runs that this clause of SQL chooses."""
    rows = db.execute(
        f"SELECT position, counts, {', '.join(RUN_FIELDS)} FROM runs {clause}", tuple(parameters)
    )
    partitions, tags = RUN_FIELDS.index("partitions"), RUN_FIELDS.index("tags")
    switches = [RUN_FIELDS.index(name) for name in ("full_refresh", "external")]
    found = []
    for position, counts, *values in rows:
        for place in switches:
            values[place] = bool(values[place])
        values[partitions] = partitions_in(values[partitions])
        values[tags] = json.loads(values[tags]) if values[tags] else {}
        named = dict(zip(RUN_FIELDS, values, strict=True))
        found.append((position, Run(**named, summary_counts=json.loads(counts))))
    return found


def partitions_in(text: str) -> tuple[str, ...]:
    """The partitions of a run, from what its row has."""
    return tuple(json.loads(text)) if text else ()


def read_nodes(db: sqlite3.Connection, run_id: str) -> dict[str, NodeRun]:
    """The nodes of a run, in its order."""
    rows = db.execute(
        f"SELECT {', '.join(NODE_COLUMNS)} FROM node_runs WHERE run_id = ? ORDER BY place",
        (run_id,),
    )
    return {row[0]: NodeRun(*row) for row in rows}


MATERIALIZATION = (
    "n.unique_id, n.target, n.run_id, n.status, n.started_at, n.finished_at, n.duration, "
    "n.message, n.row_count, n.relation, n.fingerprint, n.macros, n.skipped_because, "
    "n.measured_rows, n.columns, n.metadata"
)


def materializations(rows: Sequence[tuple[Any, ...]]) -> list[Materialization]:
    """The values of rows that begin with MATERIALIZATION's columns."""
    # All the JSON at once, each different piece once: whole projects come from a single run.
    texts = list({text for row in rows for text in (row[10], row[11], row[14]) if text})
    read = dict(zip(texts, json.loads(f"[{','.join(texts)}]"), strict=True))
    parts = {text: Fingerprint(*read[text]) for text in {row[10] for row in rows} if text}
    parts[""] = Fingerprint()
    columns = {text: columns_of(read[text]) for text in {row[14] for row in rows} if text}
    columns[""] = ()
    read[""] = {}
    values: Iterable[list[Any]] = (
        [*row[:10], parts[row[10]], read[row[11]], *row[12:14], columns[row[14]], row[15]]
        for row in rows
    )
    return [Materialization(*value) for value in values]


def columns_of(pairs: Iterable[Iterable[Any]]) -> tuple[tuple[str, str], ...]:
    """Names and types of columns as JSON has them, as a value."""
    return tuple((str(name), str(kind)) for name, kind, *_ in pairs)


CHECK_RESULT = (
    "n.unique_id, n.target, n.run_id, n.status, n.finished_at, n.duration, n.failures, "
    "n.message, n.compiled_path"
)


def check_result(row: tuple[Any, ...]) -> CheckResult:
    """The value of a row of CHECK_RESULT's columns."""
    return CheckResult(*row)
