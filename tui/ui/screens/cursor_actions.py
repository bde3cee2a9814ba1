"""The keys about the one row under the tree's cursor: to its file, and to its page."""

from __future__ import annotations

from tui.graph import Problem
from tui.text.formats import article
from tui.tree import Row
from tui.ui.panels.metadata import image_of
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.widgets.asset_tree_view import AssetTreeView


class CursorActions:
    """Opens what belongs to the row under the cursor."""

    def __init__(self, screen: WorkspaceScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree

    @property
    def _row(self) -> Row | None:
        """The row under the cursor, where it is of an asset or a check."""
        row = self._screen.query_one(AssetTreeView).row
        return row if row is not None and row.unique_id else None

    # ------------------------------------------------------------------- files

    async def action_edit(self) -> None:
        state, row = self._screen.current, self._row
        if state.problems and state.problems[0].path:
            await self.action_edit_problem(0)
        elif row is not None:
            if wrong := state.uncompilable.get(row.unique_id):
                await self._host.edit(wrong.path, wrong.line)
                return
            found = state.graph.checks.get(row.unique_id) or state.graph.assets[row.unique_id]
            await self._host.edit(found.path, found.line)

    async def action_edit_place(self, path: str, line: int) -> None:
        """Open a file that is named in the details."""
        await self._host.edit(path, line)

    async def action_edit_problem(self, index: int) -> None:
        """Open the place of a problem."""
        problem: Problem = self._screen.current.problems[index]
        await self._host.edit(problem.path, problem.line)

    def action_open(self) -> None:
        state, row = self._screen.current, self._row
        found = state.graph.assets.get(row.unique_id) if row else None
        if found is not None:
            image = image_of(state.history.built.get(found.unique_id))
            self._screen.action_open_place(image or found.path)

    async def action_draw(self) -> None:
        if (row := self._row) is not None:
            await self._screen.draw_image_of(row.unique_id)

    # ------------------------------------------------------------------- pages

    def action_preview(self) -> None:
        self._open_tab("data", "rows")

    def action_show_compiled(self) -> None:
        self._open_tab("sql", "SQL")

    def action_query(self) -> None:
        if (row := self._row) is not None:
            self._host.open_query(row.unique_id)

    def _open_tab(self, tab: str, what: str) -> None:
        """Show a tab of the page of what the cursor is on; of a check, what it found."""
        from tui.ui.screens.asset import AssetScreen

        row = self._row
        if row is None:
            self._host.tell("only an asset or a check has data to show")
            return
        asset = self._screen.current.graph.assets.get(row.unique_id)
        if asset is not None and tab in AssetScreen.left_out(asset):
            kind = "Python asset" if asset.resource_type == "python" else asset.resource_type
            self._host.tell(f"{asset.name} is {article(kind)}: it has no {what}")
            return
        self._host.open_asset(row.unique_id, tab=tab, compiled=tab == "sql")
