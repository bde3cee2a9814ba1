"""The keys that inspect before a build: the plan, what is stale, and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.errors import DbtreeError
from tui.graph import AssetStatus, Status, outdated_assets, told_attempt, why
from tui.graph.partition_reasons import failed_partitions, partitions_in_words
from tui.graph.unordered_sources import short_warning, unordered_reads
from tui.runs.plan import RunPlan, plan_build
from tui.ui.panels.empty_tree import no_assets_words
from tui.ui.rows import gist, name_of
from tui.ui.screens.action_host import ChoosingScreen
from tui.ui.screens.materialize_actions import FEW, MaterializeActions

if TYPE_CHECKING:
    from tui.runs.forecast import Forecast
    from tui.ui.screens.plan import Exclusion, PlanRequest


AMISS = (Status.FAILED, Status.SKIPPED, Status.CHECKS_FAILED, Status.WARNED)
"""What can be wrong with an asset that is not outdated."""


class PlanActions:
    """Plans runs of what is chosen on a screen, and says why it is stale."""

    _outdated: tuple[Mapping[str, AssetStatus], bool] | None = None
    """For which statuses it is known whether there is anything to bring up to date."""

    def __init__(
        self, screen: ChoosingScreen, materializing: MaterializeActions, *, enter_on_why: str
    ) -> None:
        """The actions of a screen; `enter_on_why` says what becomes of an asset that is chosen
        among the reasons.
        """
        self._screen = screen
        self._host = screen.dbtree
        self._materializing = materializing
        self._enter_on_why = enter_on_why

    @property
    def has_reasons(self) -> bool:
        """Whether `w` has anything to show about the current asset."""
        found = self._screen.current.statuses.get(self._screen.shown)
        return found is not None and (bool(found.reasons) or found.status in AMISS)

    @property
    def is_anything_outdated(self) -> bool:
        """Whether `S` has something to build."""
        statuses, known = self._screen.current.statuses, self._outdated
        if known is None or known[0] is not statuses:
            found = any(status.reasons for status in statuses.values())
            known = self._outdated = (statuses, found)
        return known[1]

    def action_look_again(self) -> None:
        """Look which relations of what was built are in the database."""
        self._host.workspace.look_at_relations()

    def action_materialize_stale(self) -> None:
        """Build all that is stale or was never built, in order, and nothing else."""
        outdated = outdated_assets(self._screen.current.statuses)
        if not outdated:
            self._host.tell("nothing is stale and nothing is missing")
            return
        self.build_exactly(outdated, f"stale ({len(outdated)})")

    def build_exactly(self, unique_ids: Iterable[str], label: str) -> None:
        """Build these assets and run their checks."""
        state = self._screen.current
        if refusal := state.project.run_refusal:
            self._host.tell(refusal)
            return
        wanted = [
            key
            for key in unique_ids
            if key in state.graph.assets and state.graph.assets[key].materialized != "ephemeral"
        ]

        def make() -> RunPlan:
            plan = plan_build(state.graph, wanted, options=state.project.options)
            return replace(plan, label=label) if len(wanted) > 1 else plan

        bring_up_to_date = partial(self._host.ask_and_materialize, only_outdated=True)
        self._materializing.plan_run(wanted, make, bring_up_to_date)

    def action_plan(self) -> None:
        """Tell what a run of what is chosen would do, before it runs."""
        # Imported when they are first wanted: the first frame should not wait.
        from tui.runs.forecast import forecast
        from tui.runs.run_config import only_of, rows_for, with_config
        from tui.ui.screens.plan import PlanRequest, PlanScreen

        state = self._screen.current
        chosen = self._screen.chosen
        if not state.graph:
            self._host.tell(no_assets_words(state))
            return
        self._host.workspace.trace_columns()

        def make(request: PlanRequest) -> RunPlan:
            plan = plan_build(
                state.graph,
                chosen,
                request.scope,
                checks_only=request.checks_only,
                options=state.project.options,
                run_options=request.options,
                without=request.without,
            )
            if request.config:
                rows = rows_for(state.definitions, plan.nodes)
                plan = with_config(plan, only_of(rows, json.loads(request.config)))
            # Variables are typed, and may hold what the session masks.
            return replace(plan, dbt_line=state.project.mask(plan.dbt_line))

        async def foresee(plan: RunPlan) -> Forecast:
            durations = await self._host.workspace.queries.durations(plan.nodes)
            known = (state.graph, state.history, plan, durations, state.threads)
            if state.graph.is_large:
                return await asyncio.to_thread(forecast, *known)
            return forecast(*known)

        def answered(plan: RunPlan | None) -> None:
            if plan is None:
                return
            if refusal := state.project.run_refusal:
                self._host.tell(refusal)
            else:
                self._host.ask_and_materialize(plan)

        def show(plan: RunPlan) -> None:
            is_long = state.graph.is_large and len(plan.nodes) > FEW
            screen = PlanScreen(
                plan, make, foresee, self._exclusion, state, self._host.glyphs, is_long=is_long
            )
            self._host.push_screen(screen, answered)

        self._materializing.plan_run(chosen, partial(make, PlanRequest()), show)

    async def _exclusion(self, text: str) -> Exclusion:
        """What an `--exclude` leaves out, in words that dbt reads."""
        from tui.selection.dbt_lookup import DbtLookup, is_ours
        from tui.selection.node_selector import selectors_of
        from tui.ui.screens.plan import Exclusion

        text = text.strip()
        if not text:
            return Exclusion()
        try:
            nodes = await DbtLookup(self._host.workspace.queries).resolve(text)
        except DbtreeError as error:
            return Exclusion(problem=error.message)
        if is_ours(text):  # no language of dbt's: by name
            graph = self._screen.current.graph
            text = " ".join(selectors_of(graph, [k for k in nodes if k in graph.assets]).values())
        return Exclusion(text, nodes, "" if nodes else f"{text} matches no assets")

    def action_why(self) -> None:
        """Tell why the asset that is looked at is not up to date."""
        state, shown = self._screen.current, self._screen.shown
        if shown not in state.statuses:
            self._host.tell("only assets have a status")
            return
        chain = why(state.statuses, shown)
        if not chain:
            self._host.tell(self._why_without_reasons(shown))
            return

        def answered(answer: tuple[str, str] | None) -> None:
            what, unique_id = answer or ("", "")
            if what == "build":
                links = [link.unique_id for link in chain]
                self.build_exactly(links, f"{name_of(state, shown)} up to date")
            elif what == "show":
                self._screen.action_jump(unique_id)

        from tui.ui.screens.why import WhyScreen

        self._host.workspace.trace_columns()

        now = self._host.clock()
        screen = WhyScreen(chain, state, self._host.glyphs, now, enter=self._enter_on_why)
        self._host.push_screen(screen, answered)

    def _why_without_reasons(self, unique_id: str) -> str:
        """What there is to say about an asset that is not outdated."""
        state = self._screen.current
        found, name = state.statuses[unique_id], name_of(state, unique_id)
        attempt = told_attempt(state.history, unique_id)
        for source, builder in unordered_reads(state.graph, unique_id):
            return ": ".join(short_warning(source, builder))
        match found.status:
            case Status.FAILED if attempt:
                which = failed_partitions(state.history, unique_id)
                at = f" at {which}, " if which else " "
                return f"{name} failed{at}in run {attempt.run_id}: {gist(attempt.message)}"
            case Status.SKIPPED:
                return f"{name} was skipped because of {name_of(state, found.because)}"
            case Status.CHECKS_FAILED | Status.WARNED:
                return f"{name} is up to date, but {name_of(state, found.because)} did not pass"
            case Status.FRESH if unique_id in state.history.partition_facts:
                facts = state.history.partition_facts[unique_id]
                if old := found.stale_partitions:
                    which = partitions_in_words(old, facts)
                    return f"{name} is fresh, but not {which}: an older version made that (z)"
                return f"{name} is fresh: nothing has changed since its partitions were made"
            case Status.FRESH:
                return f"{name} is fresh: nothing has changed since run {found.run_id}"
        return f"{name} is {found.status.value}: nothing needs to be built"
