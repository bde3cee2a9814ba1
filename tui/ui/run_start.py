"""From a planned run to a request for it, with what must be asked between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.errors import SelectionError
from tui.graph.partition_status import partitioned_assets
from tui.protocol.records import DECLARED
from tui.runs.freshness_plan import plan_retry
from tui.runs.plan import RunPlan
from tui.ui.app_interface import DbtreeHost
from tui.ui.background import beside
from tui.ui.run_requests import question_before
from tui.ui.screens.question import ChoiceScreen

if TYPE_CHECKING:
    from tui.ui.panels.partition_question import PartitionRequest


class RunStart:
    """Starts runs after the questions that they need."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app

    def ask_and_materialize(self, plan: RunPlan, *, only_outdated: bool = False) -> None:
        """Start a run, after the question that it needs, if it needs one. Of what has partitions,
        ask which (with `only_outdated` of those that are not up to date); of what needs settings,
        ask for them.
        """
        workspace = self._app.workspace
        if not plan.config and plan.command == "build" and self._ask_config(plan, only_outdated):
            return
        is_open = not plan.partitions and plan.command == "build"
        if is_open and self._ask_partitions(plan, only_outdated):
            return
        question = question_before(plan, workspace.state)
        if question is None:
            workspace.materialize(plan)
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                workspace.materialize(plan)

        self._app.push_screen(ChoiceScreen(question), answered)

    def _ask_config(self, plan: RunPlan, only_outdated: bool) -> bool:
        """Show the form of the settings that a plan needs, if it needs any; whether that is so."""
        state = self._app.workspace.state
        definitions = state.definitions
        if definitions is None or not definitions.configs:
            return False
        from tui.runs.run_config import named_values, rows_for, with_config
        from tui.ui.remembered_config import load_config, remember_config
        from tui.ui.screens.run_config import RunConfigScreen

        rows = rows_for(definitions, plan.nodes)
        if not any(row.is_required for row in rows):
            return False
        state_dir = state.project.state_dir

        def answered(tree: Mapping[str, Any] | None) -> None:
            if tree is not None:
                remember_config(named_values(rows, tree), state_dir)
                configured = with_config(plan, tree)
                self.ask_and_materialize(configured, only_outdated=only_outdated)

        screen = RunConfigScreen(rows, {}, load_config(state_dir), self._app.glyphs)
        self._app.push_screen(screen, answered)
        return True

    def _ask_partitions(self, plan: RunPlan, only_outdated: bool) -> bool:
        """Ask for the partitions of what a plan builds, if it has any; whether that is so. Where
        all have the same, and any may be wanted, that is the list of them.
        """
        state = self._app.workspace.state
        with_some = partitioned_assets(state.graph, plan.nodes)
        if not with_some:
            return False
        from tui.runs.partitioned import root_partitions

        try:
            root_partitions(state.graph, plan.nodes)
            can_choose = True
        except SelectionError:
            can_choose = False
        is_whole = len(with_some) == sum(
            key in state.graph.assets and state.graph.assets[key].resource_type not in DECLARED
            for key in plan.nodes
        )
        if can_choose and is_whole and not only_outdated:
            self.show_partitions(plan)
            return True
        from tui.ui.panels.partition_question import PartitionRequest

        make = partial(
            PartitionRequest.of, plan, state, only_outdated=only_outdated, can_choose=can_choose
        )
        if state.graph.is_large:
            beside(self._app, make, self._ask_which)
        else:
            self._ask_which(make())
        return True

    def show_partitions(self, plan: RunPlan) -> None:
        """Show the partitions of what a plan builds, or its batches."""
        from tui.runs.partitioned import root_partitions
        from tui.ui.screens.partitions import PartitionsScreen

        try:
            root_partitions(self._app.workspace.state.graph, plan.nodes)
        except SelectionError as error:
            self._app.tell(error.message)
            return
        self._app.push_screen(PartitionsScreen(plan))

    def _ask_which(self, request: PartitionRequest) -> None:
        """Ask which partitions to make of assets that have different ones, or none."""
        from tui.runs.run_config import with_own_config
        from tui.ui.panels.partition_question import CHOOSE, question_of_partitions

        runs = {wanted.value: plans for wanted, plans in request.runs.items()}
        if not runs:
            self._app.tell("nothing of it is stale or missing")
            return

        def answered(answer: str | None) -> None:
            if answer == CHOOSE:
                self.show_partitions(request.plan)
            elif answer in runs:
                definitions = request.state.definitions
                self._app.workspace.backfill(
                    with_own_config(plan, definitions) for plan in runs[answer]
                )

        question = question_of_partitions(request, self._app.glyphs)
        self._app.push_screen(ChoiceScreen(question), answered)

    def run_again(self, run_id: str) -> None:
        """Run what failed or was skipped in a run."""
        workspace = self._app.workspace
        state = workspace.state
        run = workspace.queries.run(run_id)
        if run is None:
            self._app.tell(f"run {run_id} is no longer known")
            return
        make = partial(plan_retry, state.graph, run, options=state.project.options)
        if state.graph.is_large:
            beside(self._app, make, self.ask_and_materialize, refused=self._refuse)
            return
        try:
            plan = make()
        except SelectionError as error:
            self._refuse(error)
            return
        self.ask_and_materialize(plan)

    def _refuse(self, error: SelectionError) -> None:
        self._app.tell(error.message)
