"""Traces the queries of a whole project, each with the columns of those that it reads.

A query is traced when those upstream of it are, since `select *` stands for what they have. What
was traced is kept by all that it depends on: the code, the dialect, and the columns upstream. An
edit so costs the queries that it changes, and a new start costs none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

from tui.column_lineage.values import (
    COMPUTED,
    PASS_THROUGH,
    Query,
    Relation,
    TracedAsset,
    TracedColumn,
    from_row,
    to_row,
)

LAYOUT = 1
"""Raised when the same SQL is traced to something else than before."""
EPHEMERAL = "__dbt__cte__"
PENDING = "pending"
"""The key of code that dbt has not told yet."""
NO_CODE = "Its SQL is not known without the database."


class Traceable(NamedTuple):
    """An asset, as far as its columns depend on it."""

    unique_id: str
    label: str
    relation: str = ""
    """database.schema.identifier; empty for an ephemeral model."""
    depends_on: tuple[str, ...] = ()
    code_key: str = ""
    """Names the code that it has now; empty where it has no SQL."""
    no_code: str = ""
    """Why it has no SQL that could be traced: a sentence, or empty for a source or a seed."""
    columns: tuple[str, ...] = ()
    """Its columns as the database or a contract has them; empty where they are not known."""
    added: tuple[str, ...] = ()
    """Columns that dbt adds to those of its query: those of a snapshot."""
    is_ephemeral: bool = False
    built_key: str = ""
    """Names the code that it was built from last; empty where that is not known."""


Trace = Callable[[Query], TracedAsset]
Kept = MutableMapping[str, list[Any]]
"""What was traced, as rows, by all that it depends on."""


class ProjectTracing:
    """What is known of the columns of one project, and what is still to be traced."""

    def __init__(self, kept: Kept, trace: Trace, *, version: str = "") -> None:
        """`version` names what else decides how SQL is traced: that of the parser."""
        self.traced: dict[str, TracedAsset] = {}
        self._kept = kept
        self._used: set[str] = set()
        self.is_changed = False
        """Whether something is kept that was not before."""
        self._trace = trace
        self._version = version
        self._dialect = ""
        self._assets: dict[str, Traceable] = {}
        self._code: dict[str, tuple[str, str]] = {}
        """unique_id → the key of its code, and the SQL."""

    def take_assets(self, assets: Iterable[Traceable], dialect: str) -> None:
        """The project as it is now."""
        self._dialect = dialect
        self._assets = {asset.unique_id: asset for asset in assets}
        self._code = {key: code for key, code in self._code.items() if key in self._assets}
        self.traced = {key: one for key, one in self.traced.items() if key in self._assets}

    def take_code(self, unique_id: str, code_key: str, sql: str) -> None:
        """The SQL of an asset; empty where it is not known."""
        self._code[unique_id] = (code_key, sql)

    def advance(self) -> Iterator[tuple[str, TracedAsset]]:
        """Trace all that can be traced, upstream first; yields what is new or different."""
        waiting: set[str] = set()
        for asset in self._in_order():
            found = None if waiting.intersection(asset.depends_on) else self._of(asset)
            if found is None:
                waiting.add(asset.unique_id)
            elif self.traced.get(asset.unique_id) != found:
                self.traced[asset.unique_id] = found
                yield asset.unique_id, found

    def missing(self) -> list[str]:
        """The assets whose code is needed: it is neither here nor was it traced before."""
        return [
            asset.unique_id
            for asset in self._in_order()
            if asset.code_key not in ("", PENDING)
            and self._code.get(asset.unique_id, ("", ""))[0] != asset.code_key
            and not self._is_kept(asset)
        ]

    def forget_unused(self) -> None:
        """Keep only what the project as it is makes use of."""
        for key in self._kept.keys() - self._used:
            del self._kept[key]

    # ------------------------------------------------------------------ one asset

    def _of(self, asset: Traceable) -> TracedAsset | None:
        """The columns of an asset; None while its code is not here."""
        if not asset.code_key:
            return known_columns(asset)
        if asset.code_key == PENDING:
            return None
        relations = self._relations(asset)
        key = self._key(asset, relations)
        self._used.add(key)
        kept = self._kept.get(key)
        if kept is not None:
            try:
                found = from_row(kept)
            except (TypeError, ValueError):
                del self._kept[key]
            else:
                return self._noted(asset, found)
        code_key, sql = self._code.get(asset.unique_id, ("", ""))
        if code_key != asset.code_key:
            return None
        if not sql:
            return known_columns(asset, NO_CODE)
        found = _with_added(self._trace(Query(sql, self._dialect, relations)), asset)
        self._kept[key] = to_row(found)
        self.is_changed = True
        return self._noted(asset, found)

    def _noted(self, asset: Traceable, found: TracedAsset) -> TracedAsset:
        """The same; what an asset has when it is as it was built is kept, to be compared with."""
        key = f"built {asset.unique_id}"
        self._used.add(key)
        if asset.built_key == asset.code_key:
            row = [asset.built_key, to_row(found)]
            if self._kept.get(key) != row:
                self._kept[key] = row
                self.is_changed = True
        return found

    def before(self) -> dict[str, TracedAsset]:
        """The columns of what was edited since it was built, as they were then; as far as known."""
        found = {}
        for key, asset in self._assets.items():
            kept = self._kept.get(f"built {key}")
            if kept is None or asset.built_key == asset.code_key or kept[0] != asset.built_key:
                continue
            try:
                found[key] = from_row(kept[1])
            except (TypeError, ValueError):
                continue
        return found

    def _is_kept(self, asset: Traceable) -> bool:
        upstream = (self._assets.get(key) for key in asset.depends_on)
        if any(one is not None and one.unique_id not in self.traced for one in upstream):
            return False
        return self._key(asset, self._relations(asset)) in self._kept

    def _key(self, asset: Traceable, relations: Mapping[str, Relation]) -> str:
        parts = (
            LAYOUT, self._version, self._dialect, asset.unique_id, asset.code_key, asset.added,
            sorted((name, one.asset, one.label, one.columns) for name, one in relations.items()),
        )  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def _relations(self, asset: Traceable) -> dict[str, Relation]:
        found: dict[str, Relation] = {}
        todo = list(asset.depends_on)
        while todo:
            above = self._assets.get(todo.pop())
            if above is None:
                continue
            name = above.relation.lower()
            if above.is_ephemeral:
                name = f"{EPHEMERAL}{above.label.lower()}"
                if name not in found:
                    todo.extend(above.depends_on)  # its CTEs stand beside it
            if name:
                found[name] = Relation(above.unique_id, above.label, self._columns_of(above))
        return found

    def _columns_of(self, asset: Traceable) -> tuple[str, ...] | None:
        traced = self.traced.get(asset.unique_id)
        if traced is not None and traced.is_whole:
            return traced.names
        return asset.columns or None

    def _in_order(self) -> list[Traceable]:
        """Upstream first. A circle, which dbt does not allow, ends where it begins."""
        order: list[Traceable] = []
        done: set[str] = set()
        for first in self._assets.values():
            stack = [(first, False)]
            while stack:
                asset, is_left = stack.pop()
                if is_left:
                    order.append(asset)
                elif asset.unique_id not in done:
                    done.add(asset.unique_id)
                    stack.append((asset, True))
                    above = (self._assets.get(key) for key in asset.depends_on)
                    stack.extend((one, False) for one in above if one is not None)
        return order


def known_columns(asset: Traceable, problem: str = "") -> TracedAsset:
    """The columns of what has no SQL: they come from nowhere that could be looked at."""
    columns = tuple(TracedColumn(name.lower(), PASS_THROUGH) for name in asset.columns)
    return TracedAsset(columns, problem or asset.no_code, is_whole=bool(columns))


def _with_added(traced: TracedAsset, asset: Traceable) -> TracedAsset:
    """With the columns that dbt adds, and those that only the database has where not all are
    traced.
    """
    added = tuple(
        TracedColumn(name, COMPUTED, expression="added by dbt")
        for name in asset.added
        if traced.column(name) is None
    )
    columns = (*traced.columns, *added)
    return TracedAsset(columns, traced.problem, traced.is_whole)
