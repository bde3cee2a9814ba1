"""The key of the data diff: shows it, or has baselines taken for it."""

from __future__ import annotations

from tui.errors import DbtreeError
from tui.graph import DECLARED
from tui.text.formats import article, plural
from tui.ui.rows import name_of
from tui.ui.run_requests import known_targets
from tui.ui.screens.action_host import ChoosingScreen

ARM, OFF = "arm", "off"


class DiffActions:
    """Compares the data of what is chosen on a screen."""

    def __init__(self, screen: ChoosingScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree

    def action_diff(self, word: str = "") -> None:
        """Show the diff of the asset that is looked at, with its baseline or with a target."""
        if word in (ARM, OFF):
            self._keep(on=word == ARM)
            return
        state, unique_id = self._screen.current, self._screen.shown
        asset = state.graph.assets.get(unique_id)
        if asset is None:
            self._host.tell("only an asset has data to compare")
            return
        if asset.is_only_python and not word:
            self._host.open_asset(unique_id, tab="diff")
            return
        if asset.resource_type in DECLARED or not asset.relation:
            kind = asset.materialized if asset.resource_type == "model" else asset.resource_type
            self._host.tell(f"{asset.name} is {article(kind)}: it has no data to compare")
            return
        if self.is_target(word):
            self._host.open_asset(unique_id, tab="diff", against=word)

    def is_target(self, word: str) -> bool:
        """Whether it can be compared with; says so where it cannot. No word is the baseline."""
        if not word:
            return True
        known = known_targets(self._screen.current)
        if not known or word in known:
            return True
        self._host.tell(f"unknown target {word}; known targets: {', '.join(known)}")
        return False

    def action_toggle_baseline(self) -> None:
        """Have baselines of what is chosen taken, or no longer."""
        self._keep(on=self._screen.shown not in self._screen.current.baselines)

    def _keep(self, *, on: bool) -> None:
        state = self._screen.current
        chosen = [
            key
            for key in self._screen.chosen
            if key in state.graph.assets
            and state.graph.assets[key].relation
            and state.graph.assets[key].resource_type not in DECLARED
            and state.graph.assets[key].resource_type != "source"
        ]
        if not chosen:
            self._host.tell("only what is built can have a baseline")
            return
        name = name_of(state, chosen[0]) if len(chosen) == 1 else plural(len(chosen), "asset")

        async def keep() -> None:
            try:
                await self._host.workspace.diffs.keep_baselines(chosen, on=on)
            except DbtreeError as error:
                self._host.tell(error.message)
                return
            words = "a baseline is taken before each build, a copy of the relation"
            self._host.tell(f"{name}: {words if on else 'no baseline any more'}")

        self._screen.run_worker(keep(), group="baselines")
