"""`dbtree yaml`: what is missing in the YAML about an asset."""

from __future__ import annotations

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.column_lineage.column_names import asset_named
from tui.errors import ProjectError
from tui.project.project import Project

STYLES = {"+": "good", "-": "bad", "@": "dim"}


async def yaml_additions(
    project: Project, name: str, *, write: bool, with_tests: bool, as_json: bool = False
) -> int:
    """Print the diff, and write it where that is wanted.

    Args:
        project: the project.
        name: the asset.
        write: whether the file is written.
        with_tests: whether the tests are added that look meant.
        as_json: whether to print JSON.

    Raises SelectionError for a name that nothing has, EngineError where the database does not tell
    the columns, ProjectError where the file cannot be read or written.
    """
    if write and project.readonly:
        raise ProjectError("This project is open read-only: nothing is written.")
    async with parsed_workspace(project) as workspace:
        unique_id = asset_named(workspace.state.graph, name)
        proposal = await workspace.properties.propose(unique_id, with_tests=with_tests or as_json)
        likely = [i for i, one in enumerate(proposal.suggested) if one.is_likely]
        chosen = likely if with_tests else []
        diff = proposal.diff(chosen)
        if write and diff:
            workspace.edits.write(proposal.change(chosen))
    for note in proposal.notes:
        console.stderr().write(note)
    if as_json:
        console.write_json(
            {
                "asset": unique_id,
                "path": proposal.path,
                "diff": diff,
                "written": write and bool(diff),
                "suggested_tests": [
                    {
                        "column": one.column, "test": one.test, "arguments": dict(one.arguments),
                        "why": one.why, "likely": one.is_likely,
                    }
                    for one in proposal.suggested
                ],
            }
        )  # fmt: skip
        return console.OK
    out = console.stdout()
    for line in diff:
        style = STYLES.get(line[:1])
        out.write(out.style(line, style) if style else line)
    if not diff:
        console.stderr().write(f"Nothing is missing in {proposal.path}.")
    elif write:
        console.stderr().write(f"{proposal.path} is written.")
    else:
        console.stderr().write("Nothing is written; --write writes it.")
    return console.OK
