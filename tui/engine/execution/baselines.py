"""Takes the copy of a relation that a data diff compares with, right before the relation is built.

The whole relation is copied, in the database: one more write of the table, in a schema of dbtree's
own. Keys and hashes of the rows would be smaller, but take a scan too, and could not say what a
value was. A view, whose rows follow from others, is copied before the run builds anything.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.factory import get_adapter

from tui.engine.execution.relations import relation_of, row_count_of
from tui.protocol.baselines import Baseline, digest_of, note_baseline, wanted

MOST_ROWS = 20_000_000
"""A relation with more rows is not copied."""
SUFFIX = "__dbtree"
"""The end of the name of the schema in which copies lie, behind that of the asset's own."""
LONGEST_NAME = 50


def _is_view(node: Any) -> bool:
    return bool(node.get_materialization() == "view")


def copy_of(adapter: Any, relation: Any, unique_id: str) -> Any:
    """The relation in which the copy of another lies, whether it is there or not."""
    name = f"{str(relation.identifier)[: LONGEST_NAME - 13]}_{digest_of(unique_id)}"
    return adapter.Relation.create(
        database=relation.database,
        schema=f"{relation.schema}{SUFFIX}",
        identifier=name,
        type="table",
        quote_policy=relation.quote_policy,
    )


def baseline_copies(loaded: Any, log: Any, run_id: str) -> BaselineCopies:
    """What takes the copies in a run of an open project, and says so in the run's log."""
    config = loaded.config
    return BaselineCopies(loaded.state_dir, config.target_name, run_id, config, log)


@dataclass
class BaselineCopies:
    """Takes the copies that are wanted, in the process of a run."""

    state_dir: Path
    target: str
    run_id: str
    config: Any
    log: Any
    """The run's event log."""

    def __post_init__(self) -> None:
        self._wanted = wanted(self.state_dir, self.target)

    def before_all(self, nodes: Iterable[Any]) -> None:
        """Copy the views among the nodes of a run, before anything that they read is built anew."""
        views = [node for node in nodes if self._is_wanted(node) and _is_view(node)]
        if views:
            adapter = get_adapter(self.config)
            for node in views:
                self._copy(adapter, node)

    def before(self, runner: Any) -> None:
        """Copy the relation of a node that is about to be built, where that is wanted."""
        if self._is_wanted(runner.node) and not _is_view(runner.node):
            self._copy(runner.adapter, runner.node)

    def _is_wanted(self, node: Any) -> bool:
        return node.unique_id in self._wanted and bool(getattr(node, "relation_name", None))

    def _copy(self, adapter: Any, node: Any) -> None:
        """What goes wrong is said and noted; the node is built all the same."""
        relation = relation_of(adapter, self.config, node)
        try:
            with adapter.connection_named("dbtree_baseline"):
                taken = self._take(adapter, relation, node.unique_id)
        except Exception as error:  # noqa: BLE001  of dbt or of any driver: there is no copy
            words = self.log.clean(str(error)).strip().partition("\n")[0]
            taken = self._none(node.unique_id, f"It could not be copied: {words}")
        if taken.problem:
            self.log.say("warn", f"No baseline of {node.name}: {taken.problem}", node.unique_id)
        else:
            words = f"Baseline of {node.name}: {taken.rows:,} rows in {taken.seconds:.1f} s"
            self.log.say("info", words, node.unique_id)
        try:
            note_baseline(self.state_dir, self.target, taken)
        except OSError as error:
            words = f"The baseline of {node.name} cannot be noted: {error.strerror or error}"
            self.log.say("warn", words, node.unique_id)

    def _take(self, adapter: Any, relation: Any, unique_id: str) -> Baseline:
        began = time.time()
        found = adapter.get_relation(relation.database, relation.schema, relation.identifier)
        if found is None:
            return self._none(unique_id, f"It was not in the database before run {self.run_id}.")
        rows = row_count_of(adapter, relation)
        if rows > MOST_ROWS:
            return self._none(
                unique_id, f"It has {rows:,} rows; of more than {MOST_ROWS:,} none is taken."
            )
        copy = copy_of(adapter, relation, unique_id)
        adapter.create_schema(copy)
        for statement in (
            f"drop table if exists {copy}",
            f"create table {copy} as select * from {relation}",
        ):
            adapter.execute(statement, auto_begin=True)
            adapter.commit_if_has_connection()
        now = time.time()
        return Baseline(
            unique_id, now, self.run_id, str(copy.database or ""), str(copy.schema),
            str(copy.identifier), rows, now - began,
        )  # fmt: skip

    def _none(self, unique_id: str, problem: str) -> Baseline:
        return Baseline(unique_id, time.time(), self.run_id, problem=problem)
