"""What would be written into a properties file: the tests to choose from, and the diff. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from textual.content import Content

from tui.properties.suggestions import Suggestion
from tui.text.terminal_text import plain_line
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.properties_proposal import Proposal

STYLES = {"+": "$status-fresh", "-": "$status-failed", "@": "$dim"}


def yaml_sheet(
    proposal: Proposal,
    chosen: Collection[int],
    cursor: int,
    glyphs: Glyphs,
    diff: Sequence[str],
    problem: str = "",
) -> Content:
    """The whole sheet.

    Args:
        proposal: what could be written.
        chosen: the places of the suggested tests that are taken.
        cursor: the place of the one under the cursor.
        glyphs: the signs of the terminal.
        diff: the lines of the diff with what is chosen.
        problem: why there is none, where that cannot be written.
    """
    lines = [Content.styled(plain_line(note), "$status-stale") for note in proposal.notes]
    if proposal.suggested:
        lines.append(Content.styled("Tests that the data passes", "bold"))
        width = max(cell_len(_words(one)) for one in proposal.suggested)
        lines += [
            _line(one, place in chosen, place == cursor, min(width, 44), glyphs)
            for place, one in enumerate(proposal.suggested)
        ]
        lines.append(Content(""))
    lines += [_diff_line(line) for line in diff]
    if problem:
        lines.append(Content.styled(plain_line(problem), "$status-failed"))
    elif not diff:
        lines.append(Content.styled(f"Nothing is missing in {proposal.path}.", "$dim"))
    return Content("\n").join(lines)


def _words(one: Suggestion) -> str:
    return plain_line(f"{one.column}  {one.test}")


def _line(one: Suggestion, is_chosen: bool, is_cursor: bool, width: int, glyphs: Glyphs) -> Content:
    mark = glyphs.mark if is_chosen else glyphs.dot
    style = "reverse" if is_cursor else ("" if is_chosen else "$dim")
    return Content.assemble(
        (f"{mark} ", "$accent-ink" if is_chosen else "$dim"),
        (_words(one) + " " * (width - cell_len(_words(one))), style),
        (f"  {plain_line(one.why)}", "$dim"),
    )


def _diff_line(line: str) -> Content:
    return Content.styled(plain_line(line), STYLES.get(line[:1], ""))
