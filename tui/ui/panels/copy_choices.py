"""What can be copied of an asset or check. Pure."""

from __future__ import annotations

from tui.graph import Asset
from tui.protocol.plain import plain
from tui.runs.plan import selector_of
from tui.ui.rows import first_line
from tui.workspace.state import WorkspaceState

COMPILED = "Compiled SQL"
"""Of this the text is not known before it is chosen: dbt compiles it then."""


@plain(frozen=True)
class Copy:
    """One thing to copy, with the key that chooses it."""

    key: str
    title: str
    text: str

    @property
    def shown(self) -> str:
        """The text as it fits into a menu."""
        line = first_line(self.text)
        return line if len(line) <= 60 else line[:59] + "…"


def copies_of(unique_id: str, state: WorkspaceState) -> list[Copy]:
    """The menu for one asset or check: only what there is."""
    graph = state.graph
    found = graph.assets.get(unique_id) or graph.checks.get(unique_id)
    if found is None:
        return []
    asset = graph.assets.get(unique_id)
    latest = state.history.latest.get(unique_id)
    result = state.history.checks.get(unique_id)
    run_id = latest.run_id if latest else result.run_id if result else ""
    run = next((run for run in state.runs if run.run_id == run_id), None)
    error = ""
    if latest and latest.status == "error":
        error = latest.message
    elif result and result.status in ("fail", "error"):
        error = result.message
    options = f" {state.project.options}" if state.project.options else ""
    verb = "build" if asset else "test"
    selector = selector_of(graph, unique_id)
    copies = (
        Copy("n", "Name", found.name),
        Copy("s", "Selector", selector),
        Copy("p", "Path", found.path),
        Copy("c", COMPILED, "compiled by dbt now" if _compiles(unique_id, asset) else ""),
        Copy("t", "Relation", asset.relation if asset else ""),
        Copy("d", "dbt command", f"dbt {verb} --select {selector}{options}"),
        Copy("r", "Latest run", run.command if run else ""),
        Copy("e", "Error", error),
        Copy("u", "unique_id", unique_id),
    )
    return [copy for copy in copies if copy.text]


def _compiles(unique_id: str, asset: Asset | None) -> bool:
    """Whether dbt makes other code of its code."""
    if asset is None:
        return unique_id.startswith("test.")
    return asset.resource_type in ("model", "snapshot")
