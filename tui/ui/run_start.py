"""From a planned run to a request for it, with what must be asked between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from tui.errors import SelectionError
from tui.graph.partition_status import partitioned_assets
from tui.runs.freshness_plan import plan_retry
from tui.runs.plan import RunPlan
from tui.ui.app_interface import DbtreeHost
from tui.ui.background import beside
from tui.ui.run_requests import question_before
from tui.ui.screens.question import ChoiceScreen


class RunStart:
    """Starts runs after the questions that they need."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app

    def ask_and_materialize(self, plan: RunPlan) -> None:
        """Start a run, after the question that it needs, if it needs one. Of what has partitions,
        ask which; of what needs settings, ask for them.
        """
        workspace = self._app.workspace
        if not plan.config and plan.command == "build" and self._ask_config(plan):
            return
        if not plan.partitions and plan.command == "build" and self._ask_partitions(plan):
            return
        question = question_before(plan, workspace.state)
        if question is None:
            workspace.materialize(plan)
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                workspace.materialize(plan)

        self._app.push_screen(ChoiceScreen(question), answered)

    def _ask_config(self, plan: RunPlan) -> bool:
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
                self.ask_and_materialize(with_config(plan, tree))

        screen = RunConfigScreen(rows, {}, load_config(state_dir), self._app.glyphs)
        self._app.push_screen(screen, answered)
        return True

    def _ask_partitions(self, plan: RunPlan) -> bool:
        """Show the partitions of what a plan builds, if it has any; whether that is so."""
        graph = self._app.workspace.state.graph
        if not partitioned_assets(graph, plan.nodes):
            return False
        from tui.runs.partitioned import root_partitions

        try:
            root_partitions(graph, plan.nodes)
        except SelectionError as error:
            self._app.tell(error.message)
            return True
        from tui.ui.screens.partitions import PartitionsScreen

        self._app.push_screen(PartitionsScreen(plan))
        return True

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
