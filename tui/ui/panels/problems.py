"""What keeps dbt from parsing: whole for an empty screen, in short above a tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content

from tui.graph import Problem
from tui.ui.panels.sheet import Sheet, link
from tui.ui.rows import WHERE
from tui.ui.theme.glyphs import Glyphs

TITLES = {
    "project": "dbt_project.yml cannot be used",
    "profile": "The profile cannot be used",
    "target": "The target does not exist",
    "adapter": "The adapter is missing",
    "deps": "Packages are missing",
    "yaml": "A YAML file cannot be read",
    "jinja": "Jinja cannot be rendered",
    "ref": "A reference cannot be resolved",
    "dbt": "dbt cannot parse the project",
    "engine": "dbt could not be started",
}
INDENT = 2
CAUSE_LINES = 3
MIN_WIDTH = 20


def place_of(problem: Problem) -> str:
    """file:line, as far as it is known."""
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


def problem_sheet(problems: Sequence[Problem], glyphs: Glyphs, *, width: int) -> Content:
    """All problems with their messages, places and hints."""
    sheet = Sheet(width)
    for index, problem in enumerate(problems):
        sheet.gap()
        title = TITLES.get(problem.kind, TITLES["dbt"])
        sheet.line((f"{glyphs.status_failed} {title}", "bold $status-failed"))
        if problem.path:
            sheet.line(("  at ", "$dim"), link(place_of(problem), f"screen.edit_problem({index})"))
        sheet.gap()
        sheet.paragraph(problem.message, indent=2)
        if problem.hint:
            sheet.gap()
            sheet.paragraph(problem.hint, "$accent-ink", indent=2)
    if any(problem.path for problem in problems):
        sheet.gap()
        sheet.line(
            ("  e", "bold $accent-ink"), (" opens the file. ", "$dim"),
            ("Save the fixed file to continue.", "$dim"),
        )  # fmt: skip
    return sheet.content()


def cause(problem: Problem) -> str:
    """What is wrong, in one paragraph, without the place: that is above it."""
    lines = [line.strip() for line in problem.message.splitlines() if line.strip()]
    if len(lines) > 1 and WHERE.match(lines[0]):
        del lines[0]
    text = " ".join(line for line in lines if not re.fullmatch(r"line \d+", line))
    if problem.path:
        text = text.replace(f" ({problem.path})", "").removesuffix(f" in {problem.path}")
    text = re.sub(r"^Error reading [\w-]+: \S+: ", "", text)
    return text or problem.hint


def problem_line(
    problems: Sequence[Problem], glyphs: Glyphs, *, width: int, provisional: bool = False
) -> Content:
    """The first problem: its place, and what is wrong in up to three lines below.

    Args:
        problems: At least one.
        glyphs: The terminal's signs.
        width: Cells of a line.
        provisional: Whether dbt has not confirmed the tree: it is that of the last time, or read
            from the files alone.
    """
    problem = problems[0]
    width = max(width, MIN_WIDTH)
    more = f"  +{len(problems) - 1} more" if len(problems) > 1 else ""
    opens = [("  e", "bold $accent-ink"), (" opens it", "$dim")] if problem.path else []
    shown = "a tree that dbt has not confirmed" if provisional else "the last good graph"
    head = Content.assemble(
        (f"{glyphs.status_failed} ", "$status-failed"),
        (place_of(problem) or TITLES.get(problem.kind, TITLES["dbt"]), "bold $status-failed"),
        (more, "$dim"),
        *opens,
        (f" · showing {shown}", "$dim"),
    ).truncate(width, ellipsis=True)
    body = Content(cause(problem)).wrap(width - INDENT)
    if len(body) > CAUSE_LINES:
        last = Content(" ").join(body[CAUSE_LINES - 1 : CAUSE_LINES + 1])
        body = [*body[: CAUSE_LINES - 1], last.truncate(width - INDENT, ellipsis=True)]
    return Content("\n").join([head, *(Content(" " * INDENT) + line for line in body)])
