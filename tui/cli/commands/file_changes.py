"""`dbtree new` and `dbtree rename`: changes of the project's files, printed and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui.cli import console
from tui.cli.commands.properties import STYLES
from tui.cli.opened_workspace import parsed_workspace
from tui.column_lineage.column_names import asset_named
from tui.project.project import Project
from tui.refactoring.edits import Change
from tui.refactoring.new_asset import Draft
from tui.refactoring.new_asset import change as change_of


async def rename(
    project: Project, name: str, new: str, *, write: bool, as_json: bool = False
) -> int:
    """Print what another name changes, and write it where that is wanted.

    Raises SelectionError for a name that nothing has, ProjectError where it cannot be renamed.
    """
    async with parsed_workspace(project) as workspace:
        unique_id = asset_named(workspace.state.graph, name)
        change = await workspace.refactorings.rename(unique_id, new)
        if write:
            workspace.edits.write(change)
    return _told(change, unique_id, write=write, as_json=as_json)


async def new(
    project: Project,
    kind: str,
    origin: str,
    fields: Mapping[str, str | None],
    *,
    write: bool,
    as_json: bool = False,
) -> int:
    """Print a new asset that reads another one, and write it where that is wanted.

    Args:
        project: the project.
        kind: of KINDS.
        origin: the name of what is read.
        fields: those of the draft that were given; None for what its neighbours suggest.
        write: whether it is written.
        as_json: whether to print JSON.

    Raises SelectionError for a name that nothing has, ProjectError where something is wrong.
    """
    async with parsed_workspace(project) as workspace:
        unique_id = asset_named(workspace.state.graph, origin)
        around, drafts = await workspace.refactorings.surroundings(unique_id)
        given: dict[str, Any] = {name: text for name, text in fields.items() if text is not None}
        draft: Draft = replace(drafts[kind], **given)
        change = change_of(draft, around)
        if write:
            workspace.edits.write(change)
    return _told(change, unique_id, write=write, as_json=as_json)


def _told(change: Change, unique_id: str, *, write: bool, as_json: bool) -> int:
    diff = change.diff()
    if as_json:
        console.write_json(
            {
                "asset": unique_id,
                "becomes": change.unique_id,
                "files": [{"path": one.path, "moved_to": one.moved_to, "new": one.is_new}
                          for one in change.edits],
                "left": [{"path": one.path, "line": one.line, "why": one.why, "text": one.text}
                         for one in change.places],
                "notes": list(change.notes),
                "diff": diff,
                "written": write,
            }
        )  # fmt: skip
        return console.OK
    out, err = console.stdout(), console.stderr()
    for line in diff:
        style = STYLES.get(line[:1])
        out.write(out.style(line, style) if style else line)
    for place in change.places:
        err.write(f"left as it is: {place.words}")
    for note in change.notes:
        err.write(note)
    err.write("It is written." if write else "Nothing is written; --write writes it.")
    return console.OK
