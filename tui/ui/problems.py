"""What keeps dbt from parsing: whole for an empty screen, in short above a tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.assets import Problem
from tui.ui.faces import WHERE, first_line
from tui.ui.glyphs import Glyphs
from tui.ui.sheet import Sheet, link

TITLES = {
    "project": "dbt_project.yml cannot be used",
    "profile": "The profile cannot be used",
    "target": "There is no such target",
    "adapter": "The adapter is missing",
    "deps": "Packages are missing",
    "yaml": "A YAML file cannot be read",
    "jinja": "Jinja cannot be rendered",
    "ref": "A reference leads nowhere",
    "dbt": "dbt cannot parse the project",
    "engine": "dbt could not be started",
}


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
            sheet.paragraph(problem.hint, "$accent", indent=2)
    if any(problem.path for problem in problems):
        sheet.gap()
        sheet.line(
            ("  e", "bold $accent"), (" opens the place. ", "$dim"),
            ("Saving the mended file heals this screen.", "$dim"),
        )  # fmt: skip
    return sheet.content()


def problem_line(problems: Sequence[Problem], glyphs: Glyphs, *, width: int) -> Content:
    """The first problem in two lines: where, and what; the tree is the last good one."""
    problem = problems[0]
    more = f"  +{len(problems) - 1} more" if len(problems) > 1 else ""
    head = Content.assemble(
        (f"{glyphs.status_failed} ", "$status-failed"),
        (place_of(problem) or TITLES.get(problem.kind, ""), "bold $status-failed"),
        (more, "$dim"),
        ("  e", "bold $accent"),
        (" opens it · the tree is the last good one", "$dim"),
    ).truncate(max(width, 1), ellipsis=True)
    lines = [line for line in problem.message.splitlines() if line.strip()]
    if len(lines) > 1 and WHERE.match(lines[0].strip()):
        del lines[0]  # it says what stands above
    body = [
        Content(f"  {line.strip()}").truncate(max(width, 1), ellipsis=True) for line in lines[:2]
    ]
    return Content("\n").join([head, *(body or [Content(first_line(problem.hint))])])
