"""`dbtree runs compare A [B]`: two runs side by side. Needs no dbt: what was recorded is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tui.cli import console
from tui.cli.commands.logs import LATEST, find_run
from tui.cli.json_records import node_record, run_record
from tui.cli.status_styles import node_face
from tui.project.project import Project
from tui.runs.compared_runs import compare_recorded, difference_recorded
from tui.runs.comparison import AssetDifference, Comparison, NodeChange
from tui.runs.comparison_words import GROUPS, change_words
from tui.runs.node_names import name_in
from tui.runs.store import RunStore
from tui.text.formats import human_duration, plural

BUILT_FROM = frozenset({"code", "config", "inputs", "compiled"})
"""Ways in which an asset differs that `difference` tells more of."""


def compare(project: Project, first: str, second: str = "", *, as_json: bool = False) -> int:
    """Print what differs. Raises RunError where there is no such run, or none to compare with."""
    store = RunStore(project.prepare_state_dir())
    try:
        found = find_run(store, first).run_id
        other = find_run(store, second).run_id if second == LATEST else second
        comparison = compare_recorded(store, found, other)
        differences = {
            change.unique_id: difference_recorded(store, comparison, change.unique_id)
            for change in comparison.differing
            if BUILT_FROM & {*change.kinds}
        }
    finally:
        store.close()
    if as_json:
        console.write_json(comparison_record(comparison, differences))
    else:
        _print(console.stdout(), comparison, differences)
    return console.OK


def comparison_record(
    comparison: Comparison, differences: Mapping[str, AssetDifference]
) -> dict[str, Any]:
    """The JSON of `runs compare --json`."""
    return {
        "then": run_record(comparison.then),
        "now": run_record(comparison.now),
        "counts": comparison.counts(),
        "unchanged": len(comparison.changes) - len(comparison.differing),
        "changes": [
            {
                "unique_id": change.unique_id,
                "kinds": list(change.kinds),
                "then": node_record(change.then) if change.then else None,
                "now": node_record(change.now) if change.now else None,
                "rows_then": change.rows_then,
                "rows_now": change.rows_now,
                "trend": [round(seconds, 6) for seconds in change.trend],
                "difference": _difference_record(differences.get(change.unique_id)),
            }
            for change in comparison.differing
        ],
    }


def _difference_record(difference: AssetDifference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    record: dict[str, Any] = {
        name: [
            {"name": value.name, "then": value.then or None, "now": value.now or None}
            for value in getattr(difference, name)
        ]
        for name in ("config", "inputs", "macros")
    }
    return {
        "sql": list(difference.sql),
        "sql_note": difference.sql_note or None,
        "compiled": list(difference.compiled),
        "compiled_note": difference.compiled_note or None,
        **record,
        "contract": difference.contract,
        "seed": difference.seed,
    }


def _print(
    out: console.Console, comparison: Comparison, differences: Mapping[str, AssetDifference]
) -> None:
    for word, run in (("then", comparison.then), ("now ", comparison.now)):
        took = human_duration(run.elapsed_by(run.started_at))
        out.write(
            f"{out.style(word, 'dim')}  {out.style(run.run_id, 'bold')}  {run.status}  {took}  "
            f"{out.style(run.command, 'dim')}"
        )
    left = {change.unique_id: change for change in comparison.differing}
    for kind, title in GROUPS.items():
        group = [change for change in left.values() if change.kinds[0] == kind]
        if group:
            out.write()
            out.write(out.style(f"{title} ({len(group)})", "bold"))
            out.table([_row(out, change) for change in group], right=(2,))
    same = len(comparison.changes) - len(left)
    out.write()
    out.write(out.style(f"{plural(same, 'asset or check', 'assets and checks')} the same", "dim"))
    for unique_id, difference in differences.items():
        _print_difference(out, unique_id, difference)


def _row(out: console.Console, change: NodeChange) -> list[str]:
    glyph, _ = node_face(change.now.status if change.now else "gone")
    took = human_duration(change.seconds[1]) if change.seconds[1] else ""
    words = ", ".join(change_words(change))
    return [f"  {out.glyph(glyph)} {name_in(change.unique_id)}", words, took]


def _print_difference(out: console.Console, unique_id: str, difference: AssetDifference) -> None:
    lines = [*_difference_lines(difference, out.style)]
    if lines:
        out.write()
        out.write(out.style(name_in(unique_id), "bold"))
        out.write_all(lines)


def _difference_lines(difference: AssetDifference, style: Callable[..., str]) -> Iterator[str]:
    for note in filter(None, (difference.sql_note, difference.compiled_note)):
        yield f"  {note}"
    if difference.compiled:
        yield "  compiled SQL:"
    for line in (*difference.sql, *difference.compiled):
        colour = {"+": "good", "-": "bad", "@": "dim"}.get(line[:1])
        yield f"  {style(line, colour)}" if colour else f"  {line}"
    for kind in ("config", "inputs", "macros"):
        for value in getattr(difference, kind):
            yield f"  {kind} {value.name}: {value.then or '(not set)'} → {value.now or '(not set)'}"
    if difference.contract:
        yield "  declared columns or constraints changed"
    if difference.seed:
        yield "  the seed's content changed"
