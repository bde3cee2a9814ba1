"""`dbtree profile`: what each column of an asset holds."""

from __future__ import annotations

from typing import Any

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.column_lineage.column_names import asset_named
from tui.project.project import Project
from tui.protocol.messages import Profiled
from tui.protocol.profiles import ColumnProfile
from tui.text.formats import plural


async def profile(project: Project, name: str, *, sample: int, as_json: bool = False) -> int:
    """Print the profile of an asset's columns.

    Args:
        project: the project.
        name: the asset's name or unique_id.
        sample: rows that are looked at, at most; 0 is all.
        as_json: whether to print JSON.

    Raises SelectionError for a name that nothing has, EngineError where nothing can be counted.
    """
    async with parsed_workspace(project) as workspace:
        key = asset_named(workspace.state.graph, name)
        found = await workspace.queries.profile(key, sample=sample)
    columns = [ColumnProfile.from_row(row) for row in found.columns]
    if as_json:
        console.write_json(_record(found, columns))
    else:
        _print(console.stdout(), found, columns)
    return console.OK


def _record(found: Profiled, columns: list[ColumnProfile]) -> dict[str, Any]:
    return {
        "asset": found.unique_id,
        "relation": found.relation,
        "rows": found.rows,
        "total": found.total,
        "method": found.method,
        "columns": [
            {
                "name": one.name, "type": one.type, "kind": one.kind, "nulls": one.nulls,
                "distinct": one.distinct, "min": one.least, "max": one.greatest,
                "mean": one.mean, "not_finite": one.not_finite, "histogram": list(one.bars),
                "top": [{"value": value, "count": count} for value, count in one.top],
            }
            for one in columns
        ],
    }  # fmt: skip


def _print(out: console.Console, found: Profiled, columns: list[ColumnProfile]) -> None:
    rows = plural(found.rows, "row")
    if found.method != "all":
        of = f" of {found.total:,}" if found.total is not None else ""
        rows = f"{'sample of' if found.method == 'sample' else 'first'} {found.rows:,}{of} rows"
    out.write(f"{out.style(found.relation, 'bold')}  {rows}")
    heads = [out.style(one, "dim") for one in ("column", "nulls", "distinct", "min", "max", "mean")]
    out.table([heads, *(_cells(one) for one in columns)])


def _cells(one: ColumnProfile) -> list[str]:
    ends = [console.one_line(text or "", 40) for text in (one.least, one.greatest)]
    mean = "" if one.mean is None else f"{one.mean:.6g}"
    return [console.one_line(one.name), f"{one.nulls:,}", f"{one.distinct:,}", *ends, mean]
