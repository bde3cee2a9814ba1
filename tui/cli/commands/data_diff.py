"""`dbtree diff`: what differs in the data of an asset."""

from __future__ import annotations

from typing import Any

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.column_lineage.column_names import asset_named
from tui.project.project import Project
from tui.protocol.messages import DataDiffed
from tui.text.formats import plural
from tui.text.terminal_text import plain_line

SAMPLES = 5
"""Rows of each kind that are printed; `--json` has all of them."""
WIDEST = 30
"""Cells of a value that are printed."""


async def data_diff(
    project: Project,
    name: str,
    *,
    against: str = "",
    key: str = "",
    tolerance: float = 0.0,
    as_json: bool = False,
) -> int:
    """Compare, and print what differs.

    Args:
        project: the project.
        name: the asset.
        against: another target; empty for the baseline.
        key: columns of the primary key, separated by commas; empty for what the project says.
        tolerance: how far two floats may be apart.
        as_json: whether to print JSON.

    Raises SelectionError for a name that nothing has, EngineError where nothing can be compared.
    """
    columns = [part.strip() for part in key.split(",") if part.strip()]
    async with parsed_workspace(project) as workspace:
        unique_id = asset_named(workspace.state.graph, name)
        found = await workspace.diffs.diff(
            unique_id, against=against, key=columns, tolerance=tolerance
        )
    if as_json:
        console.write_json(record_of(found))
    else:
        print_diff(console.stdout(), found)
    return console.FAILED if differs(found) else console.OK


async def keep_baseline(project: Project, name: str, *, on: bool, as_json: bool = False) -> int:
    """Have a baseline of an asset taken before each build, or drop it and take none."""
    async with parsed_workspace(project) as workspace:
        unique_id = asset_named(workspace.state.graph, name)
        await workspace.diffs.keep_baselines([unique_id], on=on)
        short = workspace.state.graph.assets[unique_id].name
    if as_json:
        console.write_json({"asset": unique_id, "baseline": on})
        return console.OK
    words = f"A baseline of {short} is taken before each build."
    console.stdout().write(words if on else f"No baseline of {short} is taken any more.")
    return console.OK


def differs(found: DataDiffed) -> bool:
    """Whether anything does: rows or columns."""
    rows = found.diff["rows"]
    return bool(
        rows["added"]
        or rows["removed"]
        or rows["changed"]
        or any(one["change"] for one in found.diff["columns"])
    )


def record_of(found: DataDiffed) -> dict[str, Any]:
    """The diff as JSON."""
    return {
        "asset": found.unique_id,
        "against": found.against or None,
        "before": found.before,
        "after": found.after,
        "baseline_run": found.run_id or None,
        "baseline_at": found.taken_at or None,
        "key_source": found.key_source or None,
        "seconds": round(found.seconds, 3),
        **found.diff,
    }


def print_diff(out: console.Console, found: DataDiffed) -> None:
    """Print what differs, with a few rows of each kind."""
    rows = found.diff["rows"]
    before = f"target {found.against}" if found.against else f"before run {found.run_id}"
    out.write(f"{out.style(found.after, 'bold')} compared with {found.before} ({before})")
    if found.diff["key"]:
        out.write(f"key: {', '.join(found.diff['key'])} ({found.key_source})")
    else:
        out.write("no key is known: rows are compared whole (--key names the columns)")
    if found.diff["key"] and (words := odd_key_words(found.diff["odd_keys"])):
        out.write(words)
    counts = f"{rows['added']:,} added, {rows['removed']:,} removed"
    if found.diff["key"]:
        counts += f", {rows['changed']:,} changed"
    out.write(f"{plural(rows['before'], 'row')} → {rows['after']:,}: {counts}")
    out.table(
        [one["name"], _types(one), plural(one["differing"], "value") if one["differing"] else ""]
        for one in found.diff["columns"]
        if one["change"] or one["differing"]
    )
    _print_samples(out, found.diff["samples"])


def odd_key_words(odd: dict[str, int]) -> str:
    """That some rows have no key of their own, in a sentence; empty where all have."""
    if not odd["rows_before"] and not odd["rows_after"]:
        return ""
    return (
        f"{odd['rows_before']:,} → {odd['rows_after']:,} rows have a key that is null or repeated: "
        "they are compared whole"
    )


def _types(column: dict[str, Any]) -> str:
    if column["change"] == "type":
        return f"{column['before']} → {column['after']}"
    if column["change"]:
        return f"{column['change']} ({column['after'] or column['before']})"
    return str(column["after"])


def _print_samples(out: console.Console, samples: dict[str, Any]) -> None:
    changed = samples["changed"]
    if changed:
        out.write(out.style("changed", "warn"))
        key, names = len(changed["key"]), changed["columns"]
        head = [*changed["key"], *names]
        lines = [
            [*map(_cell, row["key"]), *map(_change, row["before"], row["after"])]
            for row in changed["rows"][:SAMPLES]
        ]
        out.table([[out.style(one, "dim") for one in head], *lines], right=range(key))
    for kind, style in (("added", "good"), ("removed", "bad")):
        if samples[kind]:
            out.write(out.style(kind, style))
            head = [out.style(one, "dim") for one in samples[kind]["columns"]]
            out.table([head, *(list(map(_cell, r)) for r in samples[kind]["rows"][:SAMPLES])])
    if samples["whole"]:
        out.write(out.style("compared whole: how often before and after", "warn"))
        whole = samples["whole"]
        head = [out.style(one, "dim") for one in ("before", "after", *whole["columns"])]
        pairs = zip(whole["times"], whole["rows"], strict=True)
        lines = [[str(b), str(a), *map(_cell, row)] for (b, a), row in list(pairs)[:SAMPLES]]
        out.table([head, *lines], right=(0, 1))


def _cell(value: str | None) -> str:
    return "null" if value is None else console.one_line(plain_line(value), WIDEST)


def _change(before: str | None, after: str | None) -> str:
    return _cell(after) if before == after else f"{_cell(before)} → {_cell(after)}"
