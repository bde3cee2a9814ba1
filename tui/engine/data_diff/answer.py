"""Answers a request for a data diff: finds both relations and the key, and has them compared."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui.engine.data_diff.columns import Column
from tui.engine.data_diff.comparison import STEPS, NotComparable, Relation, Report, compare
from tui.engine.data_diff.other_target import place_in, reached
from tui.engine.data_diff.primary_key import chosen_key, key_candidates
from tui.engine.data_diff.statements import Dialect, escaping
from tui.engine.execution.baselines import copy_of
from tui.engine.execution.relations import columns_of, relation_of
from tui.engine.inspect.details import aside, in_words, refused
from tui.engine.inspect.duckdb_files import only_look
from tui.engine.inspect.facts import find_node
from tui.engine.inspect.preview import HAVE_READ_ONLY, READ_ONLY, begin_reading
from tui.engine.inspect.reading import own_credentials
from tui.engine.parse.problems import problems_of
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.locks import lock_path, share_run_lock
from tui.engine.process.secrets import is_single_writer
from tui.protocol.baselines import Baseline, baseline_of, forget_baseline
from tui.protocol.messages import (
    BaselinesDropped,
    DataDiffed,
    DiffData,
    DropBaselines,
    Refused,
)
from tui.protocol.records import Problem

BUSY = "busy"
ONE_MOMENT = {"postgres": "begin transaction isolation level repeatable read, read only"}
"""By the adapter, the transaction whose statements all see the same data."""
MOST_SAMPLES = 1_000


@dataclass(frozen=True)
class _Sides:
    """What is compared: two relations of the adapter, and the copy that one of them is."""

    before: Any
    after: Any
    baseline: Baseline | None = None


def diff_data(warm: WarmProject, request: DiffData, report: Report) -> DataDiffed | Refused:
    """What differs. Opens the database, and is for a process of its own."""
    node = find_node(warm.manifest, request.unique_id)
    if words := _cannot(node, request):
        return Refused(request.id, words)
    lock = _shared_lock(warm)
    if lock is None:
        return Refused(request.id, "A run is using the database.", kind=BUSY)
    began = time.monotonic()
    try:
        place = None
        if request.against:
            report(0, len(STEPS), f"reading the project for target {request.against}")
            place = place_in(warm, request.unique_id, request.against)
        with own_credentials(warm):
            return _diffed(warm, request, node, place, report, began)
    except NotComparable as error:
        return Refused(request.id, str(error))
    except Exception as error:  # noqa: BLE001  whatever dbt or the driver raises is the answer
        return refused(request.id, in_words(problems_of(error, warm.loaded.root)[0]))
    finally:
        if lock >= 0:
            os.close(lock)


def _cannot(node: Any, request: DiffData) -> str:
    """Why there is nothing to compare, in a sentence."""
    if node is None:
        return f"dbt does not know {request.unique_id}."
    if not getattr(node, "relation_name", None) or node.resource_type == "test":
        return f"{node.name} has no relation in the database."
    if not math.isfinite(request.tolerance) or request.tolerance < 0:
        return "The tolerance must be a number from 0 up."
    return ""


def _shared_lock(warm: WarmProject) -> int | None:
    """The run lock of a database with one writer; -1 for others, None where a run has it."""
    config = warm.loaded.config
    if not is_single_writer(config.credentials):
        return -1
    return share_run_lock(lock_path(warm.loaded.state_dir, config.target_name))


def _diffed(
    warm: WarmProject, request: DiffData, node: Any, place: Any, report: Report, began: float
) -> DataDiffed:
    adapter, config = warm.loaded.adapter, warm.loaded.config
    if adapter.type() == "duckdb":
        only_look(config.credentials)
    report(0, len(STEPS), STEPS[0])
    with adapter.connection_named("dbtree_diff"):
        if place is not None:
            place = reached(warm, place, request.against)
        if adapter.type() in HAVE_READ_ONLY:
            begin_reading(adapter, ONE_MOMENT.get(adapter.type(), READ_ONLY))
        sides = _sides(warm, request, node, place)
        columns = [_columns(adapter, each) for each in (sides.before, sides.after)]
        key, source = tuple(request.key), "as asked" if request.key else ""
        if not key:
            names = [[column.name for column in side] for side in columns]
            key, source = chosen_key(key_candidates(warm.manifest, node), *names)
        found = compare(
            lambda sql: adapter.connections.add_query(sql, auto_begin=False)[1].fetchall(),
            Relation(str(sides.before), columns[0]),
            Relation(str(sides.after), columns[1]),
            key,
            dialect=Dialect(adapter.type(), escaping(adapter.quote), float(request.tolerance)),
            samples=min(max(request.samples, 1), MOST_SAMPLES),
            report=report,
        )
    return DataDiffed(
        id=request.id,
        unique_id=request.unique_id,
        against=request.against,
        before=str(sides.before),
        after=str(sides.after),
        diff=found,
        key_source=source,
        taken_at=sides.baseline.at if sides.baseline else 0.0,
        run_id=sides.baseline.run_id if sides.baseline else "",
        seconds=time.monotonic() - began,
    )


def _sides(warm: WarmProject, request: DiffData, node: Any, place: Any) -> _Sides:
    """The two relations. Raises NotComparable where one is not there."""
    adapter, config = warm.loaded.adapter, warm.loaded.config
    after = relation_of(adapter, config, node)
    if not _is_there(adapter, after):
        raise NotComparable(f"{_plain(after)} is not in the database: build {node.name} first.")
    if place is not None:
        other = adapter.Relation.create(
            database=place.database or None,
            schema=place.schema,
            identifier=place.identifier,
            quote_policy=after.quote_policy,
        )
        if not _is_there(adapter, other):
            where = f"build it in {request.against} first"
            raise NotComparable(f"{_plain(other)} is not in the database: {where}.")
        return _Sides(other, after)
    taken = baseline_of(warm.loaded.state_dir, config.target_name, node.unique_id)
    if taken is None:
        raise NotComparable(
            f"There is no baseline of {node.name}: have one taken before its next build, "
            "or compare it with another target."
        )
    if taken.problem:
        raise NotComparable(f"There is no baseline of {node.name}. {taken.problem}")
    copy = copy_of(adapter, after, node.unique_id)
    if not _is_there(adapter, copy):
        raise NotComparable(f"The baseline {_plain(copy)} is no longer in the database.")
    return _Sides(copy, after, taken)


def _plain(relation: Any) -> str:
    """A relation as people read it."""
    return str(relation).replace('"', "").replace("`", "")


def _is_there(adapter: Any, relation: Any) -> bool:
    listed = adapter.list_relations_without_caching(relation.without_identifier())
    names = {str(each.identifier).lower() for each in listed}
    return str(relation.identifier).lower() in names


def _columns(adapter: Any, relation: Any) -> Sequence[Column]:
    return [Column(name, kind) for name, kind in columns_of(adapter, relation)]


def drop_baselines(warm: WarmProject, request: DropBaselines) -> BaselinesDropped | Refused:
    """Drop the copies of assets."""
    state_dir, target = warm.loaded.state_dir, warm.loaded.config.target_name
    found = (baseline_of(state_dir, target, unique_id) for unique_id in request.unique_ids)
    known = [taken for taken in found if taken is not None]
    if not known:
        return BaselinesDropped(request.id, [])
    lock = _shared_lock(warm)
    if lock is None:
        return Refused(request.id, "A run is using the database.", kind=BUSY)

    def work() -> None:
        warm.attach_adapter()
        with warm.loaded.adapter.connection_named("dbtree_baseline"):
            for taken in known:
                _drop(warm.loaded.adapter, taken)
                forget_baseline(state_dir, target, taken.unique_id)

    try:
        outcome = aside(warm, work)
    finally:
        if lock >= 0:
            os.close(lock)
    if isinstance(outcome, Problem):
        return refused(request.id, outcome)
    return BaselinesDropped(request.id, [taken.unique_id for taken in known])


def _drop(adapter: Any, taken: Baseline) -> None:
    if not taken.problem:
        copy = adapter.Relation.create(
            database=taken.database or None, schema=taken.schema, identifier=taken.identifier
        )
        adapter.execute(f"drop table if exists {copy}", auto_begin=True)
        adapter.commit_if_has_connection()
