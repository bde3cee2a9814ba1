"""The texts beside a comparison: the two runs, and what differs in one asset. Pure."""

from __future__ import annotations

from textual.content import Content

from tui.runs.comparison import AssetDifference, Comparison, NodeChange, ValueChange
from tui.runs.comparison_words import duration_words, rows_words
from tui.runs.plan import shortened
from tui.runs.values import BAD, NodeRun, Run
from tui.text.formats import human_duration, moment, plural
from tui.ui.panels.sheet import Sheet
from tui.ui.rows import name_of
from tui.ui.rows.comparison_rows import bars_of
from tui.ui.rows.run_progress import STYLES, elapsed_of, outcome
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

LINE_STYLES = {"+": "$status-fresh", "-": "$status-failed", "@": "$dim"}
"""Of the lines of a unified diff, by their first sign."""


def runs_head(comparison: Comparison, glyphs: Glyphs, *, width: int, now: float) -> Content:
    """The two runs, a line each."""
    sheet = Sheet(width)
    for word, run in (("then", comparison.then), ("now", comparison.now)):
        sheet.block(_run_line(word, run, glyphs, now).truncate(width, ellipsis=True))
    return sheet.content()


def _run_line(word: str, run: Run, glyphs: Glyphs, now: float) -> Content:
    style = STYLES.get(run.status, "$dim")
    commit = f"  commit {run.git_commit[:8]}" if run.git_commit else ""
    return Content.assemble(
        (f"{word:<5}", "$dim"),
        (glyphs.node.get(run.status, glyphs.dot), style),
        (f" {run.run_id}", "bold"),
        (f"  {run.status}", style),
        f"  {human_duration(elapsed_of(run, now))}",
        *outcome(run, glyphs),
        (f"  {moment(run.started_at, now)}{commit}  ", "$dim"),
        shortened(run.command),
    )


def counts_words(comparison: Comparison) -> str:
    """How many differ in each way: `1 failed · 3 slower · 2 code`."""
    return " · ".join(f"{count:,} {kind}" for kind, count in comparison.counts().items())


def change_sheet(
    change: NodeChange,
    difference: AssetDifference | None,
    state: WorkspaceState,
    glyphs: Glyphs,
    *,
    width: int,
) -> Content:
    """All that differs in one asset or check; `difference` is None until it was looked up."""
    sheet = Sheet(width)
    name = name_of(state, change.unique_id)
    kinds = ", ".join(change.kinds) or "the same in both runs"
    sheet.line((name, "bold"), (f"  {kinds}", "$dim"))
    sheet.field("Status", *_statuses(change))
    if words := duration_words(change):
        sheet.field("Took", words)
    if change.trend:
        count = plural(len(change.trend), "earlier run")
        usual = f"  {human_duration(change.usual)} is usual ({count})"
        sheet.field("Latest runs", bars_of(change.durations, glyphs), (usual, "$dim"))
    if words := rows_words(change):
        sheet.field("Failing" if change.unique_id in state.graph.checks else "Rows", words)
    for word, node in (("Said now", change.now), ("Said then", change.then)):
        if node is not None and node.status in BAD and node.message:
            sheet.heading(word)
            sheet.paragraph(node.message)
    if difference is not None:
        _difference(sheet, difference)
    return sheet.content()


def _statuses(change: NodeChange) -> list[str | tuple[str, str]]:
    def word(node: NodeRun | None) -> tuple[str, str]:
        if node is None:
            return ("not in the run", "$dim")
        return (node.status, "$status-failed" if node.status in BAD else "")

    then, now = word(change.then), word(change.now)
    return [then] if then == now else [then, (" → ", "$dim"), now]


def _difference(sheet: Sheet, difference: AssetDifference) -> None:
    if difference.sql or difference.sql_note:
        sheet.heading("Code")
        if difference.sql_note:
            sheet.line((difference.sql_note, "$dim"))
        for line in difference.sql:
            sheet.block(_code_line(line))
    if difference.compiled or difference.compiled_note:
        sheet.heading("Compiled SQL")
        if difference.compiled_note:
            sheet.line((difference.compiled_note, "$dim"))
        for line in difference.compiled:
            sheet.block(_code_line(line))
    if difference.seed:
        sheet.heading("Seed")
        sheet.line("The content of its file changed.")
    for title, values in (
        ("Configuration", difference.config),
        ("What its code reads", difference.inputs),
        ("Macros", difference.macros),
    ):
        if values:
            sheet.heading(title)
            for value in values:
                _value(sheet, value, is_digest=title == "Macros")
    if difference.contract:
        sheet.heading("Contract")
        sheet.line("The declared columns or constraints changed.")


def _code_line(line: str) -> Content:
    return Content.styled(line.expandtabs(4) or " ", LINE_STYLES.get(line[:1], ""))


def _value(sheet: Sheet, value: ValueChange, *, is_digest: bool) -> None:
    if is_digest:
        word = "changed" if value.then and value.now else "new" if value.now else "gone"
        sheet.line((value.name, ""), (f"  {word}", "$dim"))
        return
    sheet.line((value.name, "bold"))
    for sign, text in (("-", value.then), ("+", value.now)):
        if text:
            sheet.item((sign, LINE_STYLES[sign]), (text, LINE_STYLES[sign]))


def change_text(
    change: NodeChange, difference: AssetDifference | None, state: WorkspaceState
) -> str:
    """What differs as plain text, for the clipboard."""
    from tui.ui.theme.glyphs import UNICODE

    sheet = change_sheet(change, difference, state, UNICODE, width=200)
    return "\n".join(line.rstrip() for line in sheet.plain.splitlines())
