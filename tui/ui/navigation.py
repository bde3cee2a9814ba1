"""The ways between the screens: to a page over what is shown, and back to the three main ones."""

from __future__ import annotations

from tui.graph import DECLARED
from tui.text.formats import article
from tui.ui.app_interface import DbtreeHost
from tui.ui.screens.base import WorkspaceScreen

NO_ROWS = frozenset({*DECLARED, "function"})
"""Resource types that no query can read."""


class Navigation:
    """Goes from screen to screen; each page is imported when it is first shown."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app

    def _lead_to(self, place: str) -> None:
        """Let the screen that is shown name what comes over it."""
        if isinstance(self._app.screen, WorkspaceScreen):
            self._app.screen.lead_to(place)

    # ------------------------------------------------------------------- pages

    def show_run(self, run_id: str) -> None:
        """Show the page of one run over what is shown, so that esc comes back to it."""
        from tui.ui.screens.run import RunScreen, place_of

        app = self._app
        if isinstance(app.screen, RunScreen) and app.screen.run_id == run_id:
            return
        self._lead_to(place_of(run_id, app.glyphs))
        app.push_screen(RunScreen(run_id))

    def action_open_run_page(self, run_id: str = "") -> None:
        """The page of a run."""
        runs = self._app.workspace.state.runs
        found = [run.run_id for run in runs if run.run_id.startswith(run_id)]
        if len(found) == 1:
            self._app.show_run(found[0])
        else:
            self._app.tell(
                f"{run_id} is {'not a run' if not found else 'the beginning of several runs'}"
            )

    def open_asset(
        self, unique_id: str, *, tab: str, column: str, compiled: bool, against: str
    ) -> None:
        """Show the page of an asset; of a check, that of its asset with the check on it."""
        from tui.ui.screens.asset import AssetScreen, place_of

        app, state = self._app, self._app.workspace.state
        check = state.graph.checks.get(unique_id)
        key = check.asset if check else unique_id
        if key not in state.graph.assets:
            app.tell("it is no longer in the project")
            return
        page = AssetScreen(
            key,
            tab="checks" if check else tab,
            check=unique_id if check else "",
            column=column,
            compiled=compiled,
            against=against,
        )
        self._lead_to(place_of(key, state, app.glyphs))
        if isinstance(app.screen, AssetScreen):
            app.switch_screen(page)
        else:
            app.push_screen(page)

    def open_query(self, unique_id: str, *, code: str, line: int) -> None:
        """Show the query screen of an asset; of a check, that of its asset."""
        from tui.ui.screens.query import QueryScreen, place_of

        app, state = self._app, self._app.workspace.state
        check = state.graph.checks.get(unique_id)
        asset = state.graph.assets.get(check.asset if check else unique_id)
        if refusal := state.project.guest_refusal:
            app.tell(refusal)
            return
        if asset is None or asset.resource_type in NO_ROWS:
            kind = asset.resource_type.replace("_", " ") if asset else "folder"
            app.tell(f"{article(kind)} has no rows to query")
            return
        self._lead_to(place_of(asset.unique_id, state, app.glyphs))
        app.push_screen(QueryScreen(asset.unique_id, code=code, line=line))

    # ------------------------------------------------------------ main screens

    def show_mode(self, mode: str) -> None:
        """Show a main screen, without what lies over it; not while a question is asked."""
        app = self._app
        if app.screen.is_modal:
            return
        if app.current_mode == mode:
            while len(app.screen_stack) > 1:
                app.pop_screen()
        else:
            app.switch_mode(mode)
