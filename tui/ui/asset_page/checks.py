"""The checks of an asset: one line each, and all about the one under the cursor. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tui.graph import Check, CheckResult, Status
from tui.text.formats import human_age, human_ago, human_duration, plural
from tui.ui.panels.sheet import Sheet, link
from tui.ui.rows import CHECK_STYLES, CHECK_WORDS, name_of, spin, ticking
from tui.ui.rows.code_lines import CodeLine
from tui.ui.rows.segments import TextSegment, fit
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

BAD_FIRST = {"error": 0, "fail": 0, "warn": 1}
RESULTS = 40
"""Results of the past that are shown, the newest at the right."""


def checks_in_order(state: WorkspaceState, unique_id: str) -> list[Check]:
    """The checks of an asset, those that went wrong first."""
    found = [state.graph.checks[key] for key in state.graph.checks_of.get(unique_id, ())]
    results = state.history.checks
    return sorted(
        found,
        key=lambda check: (
            BAD_FIRST.get(results[check.unique_id].status, 2) if check.unique_id in results else 2,
            check.column,
            check.name,
        ),
    )


def check_line(
    check: Check, state: WorkspaceState, glyphs: Glyphs, *, width: int, now: float
) -> tuple[TextSegment, ...]:
    """One check: status, name, failing rows, age."""
    glyph, word, style = _content(check, state, glyphs, now)
    result = state.history.checks.get(check.unique_id)
    rows = plural(result.failures, "row") if result and result.failures else ""
    age = human_age(now - result.finished_at) if result else ""
    told = f"{word} · {rows}" if rows and width >= 40 else word
    tail: list[TextSegment] = [(f" {told}", style), (f"{age:>5} ", "dim")]
    room = width - sum(len(text) for text, _ in tail) - 3
    name: list[TextSegment] = [(check.name, "name")]
    if check.kind != "generic":
        name.append((f"  {'unit test' if check.kind == 'unit' else 'test'}", "dim"))
    return ((f" {glyph} ", style), *fit(name, max(room, 1)), *tail)


def _content(
    check: Check, state: WorkspaceState, glyphs: Glyphs, now: float
) -> tuple[str, str, str]:
    """Glyph, word and style of a check as it is now."""
    node = state.active.nodes.get(check.unique_id) if state.active else None
    if node is not None and node.status == "running":
        return spin(glyphs, now), f"running {ticking(now - node.started_at)}", "running"
    if node is not None and node.status == "queued":
        return glyphs.node["queued"], "queued", "queued"
    result = state.history.checks.get(check.unique_id)
    if result is None:
        return glyphs.status[Status.NEVER], "never run", "never"
    style = CHECK_STYLES.get(result.status, "skipped")
    word = CHECK_WORDS.get(result.status, result.status)
    return glyphs.node.get(result.status, glyphs.dot), word, style


def check_sheet(
    check: Check,
    state: WorkspaceState,
    results: Sequence[CheckResult],
    facts: Mapping[str, Any],
    glyphs: Glyphs,
    *,
    width: int,
    now: float,
) -> Content:
    """All about one check, but its SQL and its failing rows."""
    sheet = Sheet(width)
    glyph, word, style = _content(check, state, glyphs, now)
    result = state.history.checks.get(check.unique_id)
    failures = f" · {plural(result.failures, 'failing row')}" if result and result.failures else ""
    sheet.line((f"{glyph} {word}", f"bold $status-{style}"), (failures, f"$status-{style}"))
    if result and result.status != "pass" and result.message:
        sheet.paragraph(result.message, f"$status-{style}", indent=2)
    if check.description:
        sheet.gap()
        sheet.paragraph(check.description)
    sheet.gap()
    if result is not None:
        age = human_ago(now - result.finished_at)
        run = link(result.run_id, f"screen.open_run({result.run_id!r})", "$accent-ink")
        sheet.field("Ran", f"{age} · {human_duration(result.duration)} · ", run)
    else:
        sheet.field("Ran", ("never run on this target; press t", "$dim"))
    sheet.field("Past", past_results(results, glyphs))
    place = f"{check.path}:{check.line}" if check.line else check.path
    sheet.field("File", link(place, "screen.edit", "$accent-ink"))
    sheet.field("Column", check.column)
    sheet.field("Severity", check.severity if check.severity != "error" else "")
    others = [key for key in check.depends_on if key != check.asset and key in state.graph.assets]
    links = [
        link(name_of(state, key), f"screen.open_asset({key!r})", "$lit-upstream") for key in others
    ]
    sheet.field("Also reads", Content("  ").join(links))
    for title in ("given", "expect"):
        if facts.get(title):
            sheet.heading(title.capitalize())
            sheet.paragraph(_unit_rows(facts[title]))
    return sheet.content()


def past_results(results: Sequence[CheckResult], glyphs: Glyphs) -> Content:
    """The results of the past as a row of signs, the newest at the right; failing rows at last."""
    parts = [
        (
            glyphs.node.get(result.status, glyphs.dot),
            f"$status-{CHECK_STYLES.get(result.status, 'skipped')}",
        )
        for result in reversed(results[:RESULTS])
    ]
    failing = [str(result.failures) for result in reversed(results[:8]) if result.failures]
    words = f"   failing rows {', '.join(failing)}" if failing else ""
    return Content.assemble(*parts, (words, "$dim"))


def _unit_rows(value: Any) -> str:
    """The rows of a unit test, as YAML would have them."""
    if isinstance(value, list):
        return "\n".join(_unit_rows(each) for each in value)
    if not isinstance(value, dict):
        return str(value)
    rows = value.get("rows")
    head = f"{value['input']}:\n" if value.get("input") else ""
    if not isinstance(rows, list):
        return head + str(rows if rows is not None else value)
    return head + "\n".join(f"  {_pairs(row)}" for row in rows)


def _pairs(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    return ", ".join(f"{key}: {item}" for key, item in row.items())


def code_content(lines: Sequence[CodeLine]) -> Content:
    """Lines of code as text, coloured by the theme's variables."""
    return Content("\n").join(
        Content.assemble(*((text, CODE_STYLES.get(style, "")) for text, style in line.segments))
        for line in lines
    )


CODE_STYLES = {
    "comment": "$dim", "keyword": "$accent-ink", "string": "$status-fresh", "number": "$match",
    "function": "$lit-upstream", "jinja": "$lit-downstream", "operator": "$dim",
    "type": "$status-running", "note": "$status-failed",
}  # fmt: skip
