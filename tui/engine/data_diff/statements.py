"""The SQL of a data diff, for a database that has full outer joins. Without dbt.

Columns are called `c0`, `c1`, … in it, so that no name of a user's is in the way of another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tui.engine.data_diff.columns import Column, Pair

NO_IS_DISTINCT = frozenset({"redshift", "mysql", "sqlserver", "synapse", "fabric", "oracle"})
"""Adapters whose database has no `is distinct from` (in all versions that are in use)."""
TEXT_TYPES = {
    "bigquery": "string", "spark": "string", "databricks": "string", "hive": "string",
    "clickhouse": "String", "redshift": "varchar(65535)", "postgres": "text",
}  # fmt: skip


def double_quoted(name: str) -> str:
    """A name as standard SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def escaping(quote: Callable[[str], str]) -> Callable[[str], str]:
    """An adapter's way to quote a name, for any name: dbt leaves a quote within one as it is."""
    end = quote("a").rpartition("a")[2]
    return lambda name: quote(name.replace(end, end * 2) if end else name)


@dataclass(frozen=True)
class Dialect:
    """What the SQL of a database has of its own."""

    adapter: str = "duckdb"
    """dbt's name of the adapter."""
    quote: Callable[[str], str] = double_quoted
    tolerance: float = 0.0
    """How far two floats may be apart and be the same; 0 compares them exactly."""

    def text(self, expression: str) -> str:
        """An expression as it is written."""
        return f"cast({expression} as {TEXT_TYPES.get(self.adapter, 'varchar')})"

    def differs(self, pair: Pair, before: str, after: str) -> str:
        """1 where two values of a column differ, else 0; null is like null."""
        same = f"when abs({before} - {after}) <= {self.tolerance!r} then 0 "
        near = same if self.tolerance > 0 and pair.has_float else ""
        if self.adapter in NO_IS_DISTINCT:
            both = f"({before} is null and {after} is null)"
            return f"case {near}when {before} = {after} or {both} then 0 else 1 end"
        return f"case {near}when {before} is distinct from {after} then 1 else 0 end"


@dataclass(frozen=True)
class Statements:
    """The statements of one diff."""

    before: str
    """The relation, as it stands in SQL."""
    after: str
    pairs: Sequence[Pair]
    key: Sequence[int]
    """Which of the pairs are the primary key; none: rows are compared whole."""
    dialect: Dialect = field(default_factory=Dialect)
    has_odd_keys: bool = False
    """Whether some rows have a key that is null or repeated: those are compared whole."""

    # ------------------------------------------------------------------ counting

    def key_counts(self, relation: str, *, is_before: bool) -> str:
        """Rows; rows whose key has a null; keys that are repeated, and the rows that have them."""
        key = [self._value(self.pairs[place], is_before=is_before) for place in self.key]
        if not key:
            return f"select count(*), 0, 0, 0 from {relation} as t"
        null = " or ".join(f"{value} is null" for value in key)
        return (
            "select sum(n), sum(case when has_null = 1 then n else 0 end), "
            "sum(case when has_null = 0 and n > 1 then 1 else 0 end), "
            "sum(case when has_null = 0 and n > 1 then n else 0 end) from ("
            f"select case when {null} then 1 else 0 end as has_null, count(*) as n "
            f"from {relation} as t group by {', '.join(key)}) as counted"
        )

    def by_key(self) -> str:
        """Rows added, removed and changed, then of each column how many of its values differ."""
        compared = self._compared
        sums = [f"sum(d{place})" for place in compared]
        parts = [f"d{place}" for place in compared]
        any_of = f"greatest({', '.join(parts)})" if len(parts) > 1 else "".join(parts) or "0"
        columns = [
            f"case when b.there is null or a.there is null then 0 "
            f"else {self._differs(place)} end as d{place}"
            for place in compared
        ]
        inner = ", ".join(["b.there as there_b", "a.there as there_a", *columns])
        outer = ", ".join(
            [
                "sum(case when there_b is null then 1 else 0 end)",
                "sum(case when there_a is null then 1 else 0 end)",
                f"sum({any_of})",
                *sums,
            ]
        )
        return (
            f"{self._repeated}select {outer} from (select {inner} from "
            f"({self._single(is_before=True)}) as b full outer join "
            f"({self._single(is_before=False)}) as a on {self._on}) as joined"
        )

    def whole(self) -> str:
        """Rows added and removed, of those that are compared whole."""
        return (
            f"{self._repeated}select sum(case when n_a > n_b then n_a - n_b else 0 end), "
            "sum(case when n_b > n_a then n_b - n_a else 0 end) "
            f"from ({self._counted_rows()}) as counted"
        )

    # ------------------------------------------------------------------- samples

    def changed_rows(self, shown: Sequence[int], limit: int) -> str:
        """Rows with a change: the key, then of each shown column the values before and after."""
        values = [f"b.c{place}" for place in self.key]
        values += [f"{side}.c{place}" for place in shown for side in "ba"]
        differs = " or ".join(f"{self._differs(place)} = 1" for place in shown)
        return (
            f"{self._repeated}select {', '.join(values)} from ({self._single(is_before=True)}) "
            f"as b inner join ({self._single(is_before=False)}) as a on {self._on} "
            f"where {differs} order by {self._order('b')} limit {limit}"
        )

    def one_sided_rows(
        self, shown: Sequence[int], extra: Sequence[Column], limit: int, *, is_before: bool
    ) -> str:
        """Rows that are only before, or only after: the shown columns, then those of that side."""
        own, other = ("b", "a") if is_before else ("a", "b")
        values = [f"{own}.c{place}" for place in shown]
        values += [f"{own}.x{place}" for place in range(len(extra))]
        return (
            f"{self._repeated}select {', '.join(values)} "
            f"from ({self._single(is_before=is_before, extra=extra)}) as {own} left join "
            f"({self._single(is_before=not is_before)}) as {other} on {self._on} "
            f"where {other}.there is null order by {self._order(own)} limit {limit}"
        )

    def whole_rows(self, shown: Sequence[int], limit: int) -> str:
        """Rows that are not equally often on both sides: how often before, after, their values."""
        values = ", ".join(["n_b", "n_a", *(f"c{place}" for place in shown)])
        first = ", ".join(f"c{place}" for place in shown[:8])
        return (
            f"{self._repeated}select {values} from ({self._counted_rows()}) as counted "
            f"where n_b <> n_a order by {first} limit {limit}"
        )

    # --------------------------------------------------------------------- parts

    @property
    def _compared(self) -> list[int]:
        key = set(self.key)
        return [place for place in range(len(self.pairs)) if place not in key]

    @property
    def _on(self) -> str:
        return " and ".join(f"b.c{place} = a.c{place}" for place in self.key)

    def _order(self, side: str) -> str:
        return ", ".join(f"{side}.c{place}" for place in self.key)

    def _differs(self, place: int) -> str:
        return self.dialect.differs(self.pairs[place], f"b.c{place}", f"a.c{place}")

    def _value(self, pair: Pair, *, is_before: bool) -> str:
        column = pair.before if is_before else pair.after
        name = f"t.{self.dialect.quote(column.name)}"
        return self.dialect.text(name) if pair.compares_text else name

    def _columns(self, *, is_before: bool) -> list[str]:
        return [
            f"{self._value(pair, is_before=is_before)} as c{place}"
            for place, pair in enumerate(self.pairs)
        ]

    def _relation(self, *, is_before: bool) -> str:
        return f"{self.before if is_before else self.after} as t"

    def _single(self, *, is_before: bool, extra: Sequence[Column] = ()) -> str:
        """The rows that have a key of their own."""
        more = [f"t.{self.dialect.quote(one.name)} as x{place}" for place, one in enumerate(extra)]
        columns = ", ".join(["1 as there", *self._columns(is_before=is_before), *more])
        where = f" where not ({self._odd(is_before=is_before)})" if self.has_odd_keys else ""
        return f"select {columns} from {self._relation(is_before=is_before)}{where}"

    def _odd(self, *, is_before: bool) -> str:
        """Whether a row has a key with a null, or one that is repeated on either side."""
        key = [self._value(self.pairs[place], is_before=is_before) for place in self.key]
        same = " and ".join(f"r.k{number} = {value}" for number, value in enumerate(key))
        nulls = " or ".join(f"{value} is null" for value in key)
        return f"{nulls} or exists (select 1 from repeated as r where {same})"

    @property
    def _repeated(self) -> str:
        """The keys that are repeated on a side, as a common table expression."""
        if not self.has_odd_keys:
            return ""
        parts = []
        for is_before in (True, False):
            key = [self._value(self.pairs[place], is_before=is_before) for place in self.key]
            named = ", ".join(f"{value} as k{number}" for number, value in enumerate(key))
            parts.append(
                f"select {named} from {self._relation(is_before=is_before)} "
                f"group by {', '.join(key)} having count(*) > 1"
            )
        return f"with repeated as ({' union '.join(parts)}) "

    def _counted_rows(self) -> str:
        """Each row that is compared whole, and how often it is on each side."""
        sides = []
        for is_before, counts in ((True, "1 as b, 0 as a"), (False, "0 as b, 1 as a")):
            where = f" where {self._odd(is_before=is_before)}" if self.key else ""
            columns = ", ".join([counts, *self._columns(is_before=is_before)])
            sides.append(f"select {columns} from {self._relation(is_before=is_before)}{where}")
        names = ", ".join(f"c{place}" for place in range(len(self.pairs)))
        return (
            f"select sum(b) as n_b, sum(a) as n_a, {names} from ({' union all '.join(sides)}) "
            f"as both_sides group by {names}"
        )
