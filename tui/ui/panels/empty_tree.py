"""What is in the tree's place while there are no assets: progress, a problem, or what to do.
Pure.
"""

from __future__ import annotations

from textual.content import Content

from tui.ui.panels.headline import is_busy
from tui.ui.panels.problems import problem_sheet
from tui.ui.panels.sheet import Sheet
from tui.ui.rows import spin
from tui.ui.rows.run_progress import bar
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState


def no_assets_words(state: WorkspaceState) -> str:
    """Why there are no assets, in a sentence."""
    if state.problems:
        return f"there are no assets: {' '.join(state.problems[0].message.split())}"
    if is_busy(state):
        return "there are no assets yet: the project is still being parsed"
    if state.phase == "gone":
        return "there are no assets: dbt is not running"
    return "there are no assets: the project has none yet"


def no_match(text: str) -> Content:
    """For a tree of which a filter left nothing."""
    return Content.assemble(
        "no assets match ", (text, "$match"), ": ", ("esc", "bold $accent-ink"), " shows all"
    )  # fmt: skip


def empty_sheet(state: WorkspaceState, glyphs: Glyphs, *, width: int, now: float) -> Content:
    """The panel for a state without assets."""
    if state.problems:
        return problem_sheet(state.problems, glyphs, width=width)
    sheet = Sheet(width)
    if state.phase in ("ready", "reparsing"):
        sheet.line(("This project has no assets yet.", "bold"))
        sheet.gap()
        sheet.paragraph(
            "Save a model as models/my_first_model.sql or a seed as seeds/my_first_seed.csv, and "
            "it appears here at once.",
            "$dim",
        )
        return sheet.content()
    if state.phase == "gone":
        sheet.line(("dbt is not running.", "bold $status-failed"))
        return sheet.content()
    progress = state.progress
    word = (progress.phase if progress else "") or "starting dbt"
    sheet.line((f"{spin(glyphs, now)} ", "$status-running"), (word, "bold"))
    if progress and progress.total:
        sheet.gap()
        cells = min(max(width - 4, 4), 40)
        sheet.block(Content.assemble(*bar(progress.done, progress.total, cells, glyphs)))
        sheet.line((f"{progress.done:,} of {progress.total:,} files", "$dim"))
    sheet.gap()
    sheet.paragraph(
        "The first time, dbt reads every file. After that the tree opens at once.", "$dim"
    )
    return sheet.content()
