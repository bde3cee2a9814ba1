"""`dbtree partitions …`: list the keys of dynamic partitions, add and delete some."""

from __future__ import annotations

from collections.abc import Sequence

from tui.cli import console
from tui.cli.opened_workspace import parsed_workspace
from tui.project.project import Project
from tui.text.formats import plural


async def list_partitions(project: Project, name: str, *, as_json: bool) -> int:
    """Print the keys of some dynamic partitions; without a name, how many there are of which.

    Raises DbtreeError.
    """
    async with parsed_workspace(project) as workspace:
        found = {one: workspace.partitions.keys(one) for one in workspace.partitions.names()}
        if name:
            found = {name: workspace.partitions.keys(name)}
        if as_json:
            console.write_json({"target": workspace.state.target, "partitions": found})
            return console.OK
        out = console.stdout()
        if name:
            for key in found[name]:
                out.write(key)
        else:
            out.table([[one, plural(len(keys), "partition")] for one, keys in found.items()])
        if not found:
            console.stderr().write("No asset of this project has dynamic partitions.")
    return console.OK


async def change_partitions(
    project: Project, name: str, keys: Sequence[str], *, adds: bool, as_json: bool
) -> int:
    """Add keys to some dynamic partitions, or delete them. Raises DbtreeError."""
    async with parsed_workspace(project) as workspace:
        changed = (workspace.partitions.add if adds else workspace.partitions.delete)(name, keys)
        word = "added" if adds else "deleted"
        there = workspace.partitions.keys(name)
        if as_json:
            console.write_json(
                {"target": workspace.state.target, "name": name, word: changed, "partitions": there}
            )
            return console.OK
        console.stdout().write(
            f"{plural(len(changed), 'partition')} {word}: {name} on {workspace.state.target} has "
            f"{len(there)}."
        )
    return console.OK
