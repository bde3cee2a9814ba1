"""The sheet of an asset's automation condition: the tree, and what was true at the latest tick."""

from __future__ import annotations

from textual.content import Content

from tui.schedules.automation import ConditionView
from tui.schedules.condition_words import NameOf, condition_lines, condition_words
from tui.text.formats import moment
from tui.ui.panels.sheet import Sheet
from tui.ui.theme.glyphs import Glyphs


def condition_sheet(
    view: ConditionView, name_of: NameOf, glyphs: Glyphs, *, now: float, width: int
) -> Content:
    """All about the condition of an asset.

    Args:
        view: What came of it.
        name_of: The name of an asset or check.
        glyphs: The signs.
        now: Seconds since the epoch.
        width: Cells.
    """
    sheet = Sheet(width)
    is_true = view.root.is_true
    verdict = ("is true", "$status-fresh") if is_true else ("is not true", "$dim")
    sheet.line((name_of(view.asset), "bold"), f"  {condition_words(view.root)} ", verdict)
    sheet.field("Since", moment(view.changed_at, now))
    sheet.gap()
    signs = {"[x]": glyphs.node["success"], "[ ]": glyphs.status_failed, "[-]": glyphs.dot}
    for line in condition_lines(view, name_of):
        depth, node, words = line
        sign = signs[line.mark]
        many = f"  {node.true} of {node.candidates}" if node.candidates > 1 else ""
        sheet.line(
            "  " * depth,
            (sign, "$status-fresh" if node.is_true else "$dim"),
            " ",
            (words, "" if node.is_true else "$dim"),
            (many, "$dim"),
        )
    return sheet.content()
