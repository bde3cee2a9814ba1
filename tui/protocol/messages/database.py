"""Questions to the database that may take long: each can be stopped, by the asset it is about."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from tui.protocol.messages.message import message
from tui.protocol.plain import plain
from tui.protocol.profiles import SAMPLE


@message
@plain(frozen=True)
class Profile:
    """Asks what the columns of an asset's relation hold. Answered by Profiled or Refused."""

    id: int
    unique_id: str
    sample: int = SAMPLE
    """Rows that are looked at, at most; 0 is all of them."""


@message
@plain(frozen=True)
class Profiled:
    """What the columns hold, by one statement."""

    id: int
    unique_id: str
    relation: str
    rows: int
    """How many were looked at."""
    total: int | None
    """How many there are, where that is known."""
    method: str
    """How they were chosen: `all`, `sample` (at random), `first`."""
    columns: list[list[Any]] = field(default_factory=list)
    """Rows of ColumnProfile."""


@message
@plain(frozen=True)
class CountColumns:
    """Asks what the values of an asset's columns are like. Answered by ColumnsCounted or
    Refused.
    """

    id: int
    unique_id: str
    references: list[list[str]] = field(default_factory=list)
    """Column, and the unique_id and the column of another asset that it may refer to."""


@message
@plain(frozen=True)
class ColumnsCounted:
    """What the values of columns are like."""

    id: int
    rows: int
    columns: list[list[Any]]
    """Name, type, nulls, different values, and all of them (or null) where they are few texts."""
    orphans: list[int | None]
    """Of each reference the rows whose value is not there; null where that cannot be known."""


@message
@plain(frozen=True)
class CompileQuery:
    """Asks what a query with Jinja compiles to. Answered by QueryCompiled or Refused, which says
    the line of the text that is wrong.
    """

    id: int
    unique_id: str
    """The asset on whose page it was typed."""
    sql: str


@message
@plain(frozen=True)
class QueryCompiled:
    """The SQL of a query."""

    id: int
    unique_id: str
    code: str
    lines: list[int] = field(default_factory=list)
    """Of each line of the code, the line of the text that it came from; 0 where unknown."""


@message
@plain(frozen=True)
class Query:
    """Asks for the first rows of compiled SQL, which only reads. Answered by Previewed or Refused,
    which says the line of the code that is wrong.
    """

    id: int
    unique_id: str
    code: str
    limit: int = 200
    explain: bool = False
    """Whether to answer how the database would run it."""


@message
@plain(frozen=True)
class ExportQuery:
    """Asks for all rows of compiled SQL in a file: Parquet by its ending, else CSV. Answered by
    Exported or Refused.
    """

    id: int
    unique_id: str
    code: str
    path: str
    """Absolute; a file that is there is replaced when the new one is whole."""
    formulas: bool = False
    """Whether cells that a spreadsheet would run are left as they are."""


@message
@plain(frozen=True)
class Stop:
    """End the questions of this kind about an asset; each is then refused. Answered by Stopped."""

    id: int
    unique_id: str


@message
@plain(frozen=True)
class Stopped:
    """So many questions were ended."""

    id: int
    count: int


STOPPABLE = Profile | CountColumns | CompileQuery | Query | ExportQuery
"""Questions that only read the database, and that the user can stop."""
