"""The keys that build: from the selection on the screen to a request for a run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from tui.errors import SelectionError
from tui.graph import AssetGraph
from tui.graph.derived_cache import is_derived
from tui.graph.partition_status import are_batches, parts_of
from tui.runs.freshness_plan import plan_freshness
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.selection.node_selector import nodes_answering
from tui.ui.background import beside
from tui.ui.panels.empty_tree import no_assets_words
from tui.ui.panels.headline import is_busy
from tui.ui.screens.action_host import ChoosingScreen

FEW = 100
"""Assets and checks of a large project of which a run is planned within a frame."""
PLANNING = "planning …"
EARLY = "queued · waiting for the assets to be read; x drops it"
NOT_READ = AssetGraph(provisional=True)
"""The graph before anything is known of the project: everything in it can be asked for."""


class MaterializeActions:
    """Materializes what is chosen on a screen."""

    def __init__(self, screen: ChoosingScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree
        self._early: list[Callable[[], None]] = []
        """What was asked for before there was an asset to choose."""

    def materialize(
        self, scope: Scope, *, full_refresh: bool = False, checks: bool = False
    ) -> None:
        """Plan a run of the selection, ask for confirmation if needed, and request it."""
        state = self._screen.current
        chosen: Collection[str] = self._screen.chosen
        if scope is Scope.ALL:
            chosen = state.graph.assets
        if refusal := state.project.run_refusal:
            self._host.tell(refusal)
            return
        graph = state.graph
        if not graph:
            if not is_busy(state):
                self._host.tell(no_assets_words(state))
                return
            if scope is not Scope.ALL:
                again = partial(self.materialize, scope, full_refresh=full_refresh, checks=checks)
                self._early.append(again)
                self._host.tell(EARLY)
                return
            graph = NOT_READ
        make = partial(
            plan_build,
            graph,
            chosen,
            scope,
            checks_only=checks,
            full_refresh=full_refresh,
            options=state.project.options,
        )
        self.plan_run(chosen, make, self._host.ask_and_materialize)

    def catch_up(self) -> None:
        """Do what was asked for before the assets were there, as soon as they are: on the one that
        is under the cursor then. Where there are none, say so.
        """
        state = self._screen.current
        if self._early and (state.graph or not is_busy(state)):
            early, self._early = self._early, []
            for again in early:
                again()

    def plan_run(
        self,
        chosen: Collection[str],
        make: Callable[[], RunPlan],
        go_on: Callable[[RunPlan], None],
    ) -> None:
        """Plan a run and go on with it; one of many assets is planned while keys are taken.

        Where there is nothing to run, that is said.
        """
        if not self.is_long(chosen):
            try:
                plan = make()
            except SelectionError as error:
                self._host.tell(error.message)
                return
            go_on(plan)
            return

        def planned(plan: RunPlan) -> None:
            if self._screen.current.notice == PLANNING:
                self._host.tell("")
            go_on(plan)

        self._host.tell(PLANNING)
        beside(self._screen, make, planned, refused=lambda error: self._host.tell(error.message))

    def is_long(self, chosen: Collection[str]) -> bool:
        """Whether a run of these takes longer than a frame to plan."""
        graph = self._screen.current.graph
        return graph.is_large and (len(chosen) > FEW or not is_derived(nodes_answering, graph))

    def action_materialize(self) -> None:
        self.materialize(Scope.ONLY)

    def action_materialize_all(self) -> None:
        self.materialize(Scope.ALL)

    def action_materialize_upstream(self) -> None:
        self.materialize(Scope.UPSTREAM)

    def action_materialize_downstream(self) -> None:
        self.materialize(Scope.DOWNSTREAM)

    def action_materialize_both(self) -> None:
        self.materialize(Scope.BOTH)

    def action_partitions(self) -> None:
        """Show the partitions of what is chosen, or the batches of microbatch models."""
        state, chosen = self._screen.current, self._screen.chosen
        if not parts_of(state.graph, chosen):
            self._host.tell("it has no partitions")
        elif not are_batches(state.graph, chosen):
            self.materialize(Scope.ONLY)
        else:
            make = partial(plan_build, state.graph, chosen, options=state.project.options)
            self.plan_run(chosen, make, self._host.show_partitions)

    def action_check(self) -> None:
        self.materialize(Scope.ONLY, checks=True)

    def action_full_refresh(self) -> None:
        self.materialize(Scope.ONLY, full_refresh=True)

    def action_check_freshness(self) -> None:
        """Ask how fresh the chosen sources are, or all of them."""
        state = self._screen.current
        if refusal := state.project.run_refusal:
            self._host.tell(refusal)
            return
        if not state.graph:
            self._host.tell(no_assets_words(state))
            return
        make = partial(
            plan_freshness, state.graph, self._screen.chosen, options=state.project.options
        )
        self.plan_run((), make, self._host.ask_and_materialize)

    def action_clone(self) -> None:
        """Copy what is chosen from the state that is deferred to."""
        from tui.runs.clone_plan import plan_clone

        state = self._screen.current
        if refusal := state.project.run_refusal:
            self._host.tell(refusal)
            return
        if state.preparing:
            self._host.tell(f"{state.preparing} is being read: clone from it when that is done")
            return
        options = state.project.options
        make = partial(plan_clone, state.graph, self._screen.chosen, state.deferral, options)
        self.plan_run((), make, self._host.ask_and_materialize)

    def action_run_again(self) -> None:
        state = self._screen.current
        if state.latest is not None:
            self._host.run_again(state.latest.run_id)
        else:
            self._host.tell("nothing has run yet")

    def action_cancel_run(self) -> None:
        state = self._screen.current
        if self._early:
            self._early.clear()
            self._host.tell("removed from the queue")
        elif state.active is not None:
            self._host.workspace.cancel(state.active.run_id)
        elif state.starting:
            self._host.workspace.cancel(state.starting)
        elif state.queue:
            self._host.workspace.cancel(state.queue[-1].run_id)
        else:
            self._host.tell("nothing is running")
