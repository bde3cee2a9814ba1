"""The keys that inspect before a build: the plan, what is stale, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tui.graph import AssetStatus, Status, outdated_assets, why
from tui.runs.plan import RunPlan, plan_build
from tui.ui.rows import gist, name_of
from tui.ui.screens.materialize_actions import FEW, Materializing

if TYPE_CHECKING:
    from tui.runs.forecast import Forecast
    from tui.ui.screens.plan import Wish


AMISS = (Status.FAILED, Status.SKIPPED, Status.CHECKS_FAILED, Status.WARNED)
"""What can be wrong with an asset that is not outdated."""


class Planning(Materializing):
    """A screen whose runs are planned."""

    ENTER_ON_WHY: ClassVar[str] = "shows it in the tree"
    """What becomes of an asset that is chosen among the reasons."""
    _outdated: tuple[Mapping[str, AssetStatus], bool] | None = None
    """For which statuses it is known whether there is anything to bring up to date."""

    @property
    def has_reasons(self) -> bool:
        """Whether `w` has anything to show about the current asset."""
        found = self.current.statuses.get(self.shown)
        return found is not None and (bool(found.reasons) or found.status in AMISS)

    @property
    def is_anything_outdated(self) -> bool:
        """Whether `S` has something to build."""
        statuses, known = self.current.statuses, self._outdated
        if known is None or known[0] is not statuses:
            found = any(status.reasons for status in statuses.values())
            known = self._outdated = (statuses, found)
        return known[1]

    def action_look_again(self) -> None:
        """Look which relations of what was built are in the database."""
        self.dbtree.workspace.look_at_relations()

    def action_materialize_stale(self) -> None:
        """Build all that is stale or was never built, in order, and nothing else."""
        outdated = outdated_assets(self.current.statuses)
        if not outdated:
            self.dbtree.tell("nothing is stale and nothing is missing")
            return
        self.build_exactly(outdated, f"stale ({len(outdated)})")

    def build_exactly(self, unique_ids: Iterable[str], label: str) -> None:
        """Build these assets and run their checks."""
        state = self.current
        if state.project.readonly:
            self.dbtree.tell("read-only: runs are disabled (--readonly)")
            return
        wanted = [
            key
            for key in unique_ids
            if key in state.graph.assets and state.graph.assets[key].materialized != "ephemeral"
        ]

        def make() -> RunPlan:
            plan = plan_build(state.graph, wanted, options=state.project.options)
            return replace(plan, label=label) if len(wanted) > 1 else plan

        self.plan_run(wanted, make, self.dbtree.ask_and_materialize)

    def action_plan(self) -> None:
        """Tell what a run of what is chosen would do, before it runs."""
        # Imported when they are first wanted: the first frame should not wait.
        from tui.runs.forecast import forecast
        from tui.ui.screens.plan import PlanScreen, Wish

        state = self.current
        chosen = self.chosen

        def make(wish: Wish) -> RunPlan:
            return plan_build(
                state.graph,
                chosen,
                wish.scope,
                checks_only=wish.checks_only,
                full_refresh=wish.full_refresh,
                options=state.project.options,
            )

        async def foresee(plan: RunPlan) -> Forecast:
            durations = await self.dbtree.workspace.durations(plan.nodes)
            threads = state.project.threads or (state.engine.threads if state.engine else 1)
            known = (state.graph, state.history, plan, durations, threads)
            if state.graph.is_large:
                return await asyncio.to_thread(forecast, *known)
            return forecast(*known)

        def answered(plan: RunPlan | None) -> None:
            if plan is None:
                return
            if state.project.readonly:
                self.dbtree.tell("read-only: runs are disabled (--readonly)")
            else:
                self.dbtree.ask_and_materialize(plan)

        def show(plan: RunPlan) -> None:
            is_long = state.graph.is_large and len(plan.nodes) > FEW
            screen = PlanScreen(plan, make, foresee, state, self.dbtree.glyphs, is_long=is_long)
            self.app.push_screen(screen, answered)

        self.plan_run(chosen, partial(make, Wish()), show)

    def action_why(self) -> None:
        """Tell why the asset that is looked at is not up to date."""
        state, shown = self.current, self.shown
        if shown not in state.statuses:
            self.dbtree.tell("only assets have a status")
            return
        chain = why(state.statuses, shown)
        if not chain:
            self.dbtree.tell(self._why_without_reasons(shown))
            return

        def answered(answer: tuple[str, str] | None) -> None:
            what, unique_id = answer or ("", "")
            if what == "build":
                links = [link.unique_id for link in chain]
                self.build_exactly(links, f"{name_of(state, shown)} up to date")
            elif what == "show":
                self.action_jump(unique_id)

        from tui.ui.screens.why import WhyScreen

        now = self.dbtree.clock()
        screen = WhyScreen(chain, state, self.dbtree.glyphs, now, enter=self.ENTER_ON_WHY)
        self.app.push_screen(screen, answered)

    def _why_without_reasons(self, unique_id: str) -> str:
        """What there is to say about an asset that is not outdated."""
        state = self.current
        found, name = state.statuses[unique_id], name_of(state, unique_id)
        latest = state.history.latest.get(unique_id)
        match found.status:
            case Status.FAILED if latest:
                return f"{name} failed in run {latest.run_id}: {gist(latest.message)}"
            case Status.SKIPPED:
                return f"{name} was skipped because of {name_of(state, found.because)}"
            case Status.CHECKS_FAILED | Status.WARNED:
                return f"{name} is up to date, but {name_of(state, found.because)} did not pass"
            case Status.FRESH:
                return f"{name} is fresh: nothing has changed since run {found.run_id}"
        return f"{name} is {found.status.value}: nothing needs to be built"
