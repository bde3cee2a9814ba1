"""The answer to a request for a profile. Without dbt."""

from __future__ import annotations

from tui.engine.inspect.row_query import as_text
from tui.protocol.messages import Profile, Profiled
from tui.protocol.profiles import ColumnProfile

LONGEST_VALUE = 200
"""Characters of a value in a profile."""


def profiled(
    request: Profile,
    relation: str,
    method: str,
    total: int | None,
    counted: int,
    profiles: list[ColumnProfile],
) -> Profiled:
    """The answer, with values that are short enough to be sent."""
    if method == "first" and counted < request.sample:
        method, total = "all", counted  # that was all of it
    return Profiled(
        id=request.id,
        unique_id=request.unique_id,
        relation=relation,
        rows=counted,
        total=counted if method == "all" else total,
        method=method,
        columns=[list(_short(one)) for one in profiles],
    )


def _short(one: ColumnProfile) -> ColumnProfile:
    def cut(value: str | None) -> str | None:
        text = as_text(value)
        return text if text is None or len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"

    top = tuple((cut(value) or "", count) for value, count in one.top)
    return one._replace(least=cut(one.least), greatest=cut(one.greatest), top=top)
