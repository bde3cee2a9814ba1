"""The one statement that profiles a relation, and how its answer is read. Pure.

The rows that are looked at are a CTE, and each column's values with their counts another one, over
which the distinct and the most frequent values and the histogram are cheap. What differs between
databases is in `Dialect`: types, the sample, the seconds of a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tui.protocol.profiles import BARS, DATE, NUMBER, OTHER, TEXT, TOP, ColumnProfile

BACKTICKS = frozenset(
    {"athena", "bigquery", "databricks", "doris", "fabricspark", "glue", "hive", "impala", "mysql",
     "singlestore", "spark", "starrocks"}
)  # fmt: skip
"""Adapters whose quote is a backtick."""
MOST_COLUMNS = 60
"""Columns of one statement: a wider relation takes several, each with the same sample."""
_NUMBERS = re.compile(
    r"^(u?(tiny|small|medium|big|huge)?int(eger)?\d*|byte|short|long|u?int\d+|decimal|numeric"
    r"|number|dec|bignum|money)\b",
    re.I,
)
_FLOATS = re.compile(r"^(float\d*|double( precision)?|real)\b", re.I)
_DATES = re.compile(r"^(date\d*|timestamp|datetime)", re.I)
_TEXTS = re.compile(
    r"^(varchar|character|char|bpchar|text|string|nvarchar|nchar|enum|bool|boolean|bit\b|uuid"
    r"|time\b)",
    re.I,
)
_NESTED = re.compile(r"\[\d*\]$|^(struct|map|array|list|union|row|object|variant)\b", re.I)


@dataclass(frozen=True)
class Dialect:
    """What a database says in its own way."""

    text: str = "varchar"
    double: str = "double precision"
    quote: str = '"'
    materialized: str = ""
    """What keeps a CTE that is read several times from being made several times."""
    seconds: str = "extract(epoch from {})"
    """The seconds of a date or timestamp, since some moment."""
    sample: str = ""
    """What follows a table to take some of its rows; empty where there is no such thing."""
    finite_date: str = "true"
    """Whether a date is finite."""
    has_odd_numbers: bool = True
    """Whether a float can be infinite or not a number."""
    has_odd_decimals: bool = False
    not_a_number: str = "'NaN'"
    infinite: str = "'Infinity'"


_POSTGRES = Dialect(
    "text", materialized="materialized ", finite_date="isfinite({})", has_odd_decimals=True,
    sample=" tablesample bernoulli ({percent:.6f}) repeatable (0)",
)  # fmt: skip
_SPARK = Dialect(
    "string", "double", "`", seconds="cast(cast({} as timestamp) as double)",
    sample=" tablesample ({percent:.6f} percent) repeatable (0)",
)  # fmt: skip
DIALECTS = {
    "duckdb": Dialect(
        "varchar", "double", materialized="materialized ", seconds="epoch({})",
        finite_date="isfinite({})",
        sample=" using sample reservoir ({rows} rows) repeatable (0)",
    ),
    "postgres": _POSTGRES,
    "greenplum": Dialect("text"),
    "redshift": Dialect("varchar(65535)", has_odd_numbers=False),
    "spark": _SPARK,
    "databricks": _SPARK,
    "fabricspark": _SPARK,
    "hive": Dialect("string", "double", "`", seconds="cast(cast({} as timestamp) as double)"),
    "bigquery": Dialect(
        "string", "float64", "`", seconds="unix_seconds(cast({} as timestamp))",
        sample=" tablesample system ({percent:.6f} percent)",
    ),
    "snowflake": Dialect(
        "varchar", "double", seconds="date_part(epoch_second, {})",
        sample=" sample bernoulli ({percent:.6f})", infinite="'inf'",
    ),
    "trino": Dialect("varchar", "double", seconds="to_unixtime(cast({} as timestamp))"),
    "athena": Dialect("varchar", "double", '"', seconds="to_unixtime(cast({} as timestamp))"),
}  # fmt: skip
"""By dbt's name of the adapter; the rest is asked in standard SQL."""


def dialect_of(adapter: str) -> Dialect:
    """How an adapter's database is asked."""
    standard = Dialect(quote="`" if adapter in BACKTICKS else '"')
    return DIALECTS.get(adapter, standard)


def quoted(name: str, dialect: Dialect) -> str:
    """A name as a statement has it."""
    mark = dialect.quote
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


def kind_of(type_name: str) -> str:
    """NUMBER, DATE, TEXT or OTHER, by the database's name of the type."""
    if _NESTED.search(type_name.strip()):
        return OTHER
    if _NUMBERS.match(type_name) or _FLOATS.match(type_name):
        return NUMBER
    if _DATES.match(type_name):
        return DATE
    return TEXT if _TEXTS.match(type_name) else OTHER


@dataclass(frozen=True)
class Rows:
    """Which rows are looked at."""

    source: str
    """What stands behind `from`: the relation, with its sample."""
    method: str
    """`all`, `sample` or `first`, as in Profiled."""
    limit: int = 0


def rows_to_read(relation: str, adapter: str, *, total: int | None, sample: int) -> Rows:
    """The rows to look at.

    Args:
        relation: as a statement has it.
        adapter: dbt's name of the adapter.
        total: how many it has; None for a view, whose rows are computed to be counted.
        sample: how many to look at, at most; 0 is all.
    """
    if not sample or (total is not None and total <= sample):
        return Rows(relation, "all")
    clause = dialect_of(adapter).sample
    if total is None or not clause:
        return Rows(relation, "first", sample)
    part = clause.format(rows=sample, percent=100 * sample / total)
    return Rows(f"{relation}{part}", "sample")


def profile_statement(rows: Rows, columns: Sequence[Sequence[str]], adapter: str) -> str:
    """The statement over the columns (name and type of each) of these rows."""
    dialect = dialect_of(adapter)
    asked = [
        _Column(number, name, type_name, dialect)
        for number, (name, type_name) in enumerate(columns)
    ]
    chosen = ",\n    ".join(f"{quoted(one.name, dialect)} as {one.value}" for one in asked)
    limit = f"\n  limit {rows.limit}" if rows.limit else ""
    kept = dialect.materialized
    ctes = [f"looked_at as {kept}(\n  select\n    {chosen}\n  from {rows.source}{limit}\n)"]
    ctes += [f"v{one.number} as {kept}({one.counted})" for one in asked]
    totals = ",\n    ".join(part for one in asked for part in one.aggregates)
    ctes.append(f"totals as {kept}(\n  select\n    {totals}\n  from looked_at\n)")
    parts = [part for one in asked for part in one.parts]
    return f"with {', '.join(ctes)}\n" + "\nunion all\n".join(parts)


class _Column:
    """The pieces of the statement for one column."""

    def __init__(self, number: int, name: str, type_name: str, dialect: Dialect) -> None:
        self.number, self.name, self.dialect = number, name, dialect
        self.kind = kind_of(type_name)
        self.value = f"c{number}"
        self._is_float = bool(_FLOATS.match(type_name))

    @property
    def counted(self) -> str:
        """The values with their counts."""
        value = self.value if self.kind != OTHER else self._text(self.value)
        return f"select {value} as v, count(*) as n from looked_at group by {value}"

    def _text(self, expression: str) -> str:
        return f"cast({expression} as {self.dialect.text})"

    def _double(self, expression: str) -> str:
        return f"cast({expression} as {self.dialect.double})"

    def _is_odd(self, value: str) -> str:
        """Whether a value is infinite or not a number; empty where none can be."""
        dialect = self.dialect
        if self.kind == NUMBER:
            may_be = dialect.has_odd_numbers if self._is_float else dialect.has_odd_decimals
            if not may_be:
                return ""
            number, double = self._double(value), dialect.double
            odd = (dialect.not_a_number, dialect.infinite, f"'-{dialect.infinite[1:]}")
            told = ", ".join(f"cast({word} as {double})" for word in odd)
            return f"{number} in ({told})"
        if self.kind == DATE and dialect.finite_date != "true":
            return f"not {dialect.finite_date.format(value)}"
        return ""

    def _finite(self, value: str) -> str:
        odd = self._is_odd(value)
        return f"case when {odd} then null else {value} end" if odd else value

    def _number(self, value: str) -> str:
        """The value as a number; null where it has none."""
        finite = self._finite(value)
        if self.kind == DATE:
            return self._double(self.dialect.seconds.format(f"({finite})"))
        return self._double(f"({finite})")

    @property
    def aggregates(self) -> list[str]:
        """What one pass over the rows finds."""
        number, value = self.number, self.value
        none = f"cast(null as {self.dialect.text})"
        has_ends = self.kind != OTHER
        finite = self._finite(value) if has_ends else value
        is_bool = self.kind == TEXT
        ends = self._text(finite) if is_bool else finite
        least, greatest = (
            (self._text(f"min({ends})"), self._text(f"max({ends})")) if has_ends else (none, none)
        )
        odd = self._is_odd(value)
        found = [
            f"count(*) as rows{number}",
            f"count({value}) as filled{number}",
            f"{least} as least{number}",
            f"{greatest} as greatest{number}",
            (f"sum(case when {odd} then 1 else 0 end)" if odd else "0") + f" as odd{number}",
        ]
        if self.kind == NUMBER:
            found.append(f"avg({self._number(value)}) as mean{number}")
        if self.kind in (NUMBER, DATE):
            as_number = self._number(value)
            found += [f"min({as_number}) as low{number}", f"max({as_number}) as high{number}"]
        return found

    @property
    def parts(self) -> list[str]:
        """The rows of the answer: place, what, two counts, two texts, a number."""
        dialect, number = self.dialect, self.number
        no_text, no_number = f"cast(null as {dialect.text})", f"cast(null as {dialect.double})"
        mean = f"mean{number}" if self.kind == NUMBER else no_number
        found = [
            f"select {number} as place, 'column' as what, rows{number} as n, filled{number} as m,"
            f" least{number} as low, greatest{number} as high, {self._double(mean)} as mean"
            " from totals",
            f"select {number}, 'values', count(v), cast(null as bigint), {no_text}, {no_text},"
            f" {no_number} from v{number}",
            f"select {number}, 'top', n, cast(null as bigint), k, {no_text}, {no_number}"
            f" from (select n, {self._text('v')} as k from v{number} where v is not null"
            f" order by n desc, k limit {TOP}) as t{number}",
        ]
        if self._is_odd(self.value):
            found.append(
                f"select {number}, 'odd', odd{number}, cast(null as bigint), {no_text}, {no_text},"
                f" {no_number} from totals"
            )
        if self.kind in (NUMBER, DATE):
            found.append(self._bars(no_text, no_number))
        return [part.replace("bigint", "int64") if dialect.double == "float64" else part
                for part in found]  # fmt: skip

    def _bars(self, no_text: str, no_number: str) -> str:
        # Halves, so that the range of the widest numbers is not infinite.
        at = (
            f"(x * 0.5e0 - low{self.number} * 0.5e0)"
            f" / (high{self.number} * 0.5e0 - low{self.number} * 0.5e0) * {BARS}"
        )
        bar = (
            f"case when high{self.number} > low{self.number}"
            f" then cast(least(floor({at}), {BARS - 1}) as bigint) else 0 end"
        )
        return (
            f"select {self.number}, 'bar', cast(sum(n) as bigint), bar, {no_text}, {no_text},"
            f" {no_number} from (select {bar} as bar, n from (select {self._number('v')} as x, n"
            f" from v{self.number}) as x{self.number} cross join totals where x is not null)"
            f" as b{self.number} group by bar"
        )


def read_profile(
    answer: Iterable[Sequence[Any]], columns: Sequence[Sequence[str]]
) -> tuple[int, list[ColumnProfile]]:
    """How many rows were looked at, and the profile of each column, from the statement's answer."""
    found: dict[int, dict[str, list[Sequence[Any]]]] = {}
    for row in answer:
        found.setdefault(int(row[0]), {}).setdefault(str(row[1]).strip(), []).append(row)
    profiles = [
        _profile(name, type_name, found.get(number, {}))
        for number, (name, type_name) in enumerate(columns)
    ]
    rows = [int(told["column"][0][2] or 0) for told in found.values() if "column" in told]
    return max(rows, default=0), profiles


def _profile(name: str, type_name: str, told: dict[str, list[Sequence[Any]]]) -> ColumnProfile:
    kind = kind_of(type_name)
    [(_, _, rows, filled, low, high, mean)] = told["column"]
    bars = [0] * BARS
    for row in told.get("bar", ()):
        bars[min(max(int(row[3]), 0), BARS - 1)] += int(row[2])
    top = sorted(((int(row[2]), _said(row[4])) for row in told.get("top", ())), key=_first)
    return ColumnProfile(
        name,
        type_name,
        kind,
        nulls=int(rows or 0) - int(filled or 0),
        distinct=int(told["values"][0][2] or 0),
        least=None if low is None else _said(low),
        greatest=None if high is None else _said(high),
        mean=None if mean is None else float(mean),
        not_finite=sum(int(row[2] or 0) for row in told.get("odd", ())),
        bars=tuple(bars) if sum(bars) else (),
        top=tuple((value, count) for count, value in top),
    )


def _first(item: tuple[int, str]) -> tuple[int, str]:
    """The most frequent first, equally frequent ones by their text."""
    return -item[0], item[1]


def _said(value: Any) -> str:
    return str(value)


def statements(
    rows: Rows, columns: Sequence[Sequence[str]], adapter: str
) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    """The statements with the columns that each is about: one, but for a very wide relation."""
    for start in range(0, len(columns), MOST_COLUMNS):
        part = columns[start : start + MOST_COLUMNS]
        yield profile_statement(rows, part, adapter), part
