"""The schedules screen: what runs automatically, when, and the outcomes."""

from __future__ import annotations

from datetime import UTC, datetime

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.errors import DbtreeError
from tui.runs.plan import RunPlan
from tui.schedules.views import ScheduleView
from tui.text.formats import plural
from tui.ui.commands import Situation, bindings_of
from tui.ui.run_requests import question_before
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.question import ChoiceScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.schedule_lists import ScheduleListView, TickListView
from tui.workspace.state import WorkspaceState

NOTHING = (
    "No schedules. Declare one in dbtree.toml:\n\n"
    '  [[schedules]]\n  name = "nightly"\n  cron = "0 2 * * *"\n  select = "tag:nightly+"\n\n'
    "or in Python definitions (docs/definitions.md). Press 1 to go back to the assets."
)
SHOWN_TICKS = 3
"""Ticks to come that are told."""
SHOWN_NODES = 200
"""Nodes of a plan that are told."""


class SchedulesScreen(WorkspaceScreen):
    """All schedules, and the ticks of the one under the cursor."""

    BINDINGS = bindings_of("schedules")
    SCOPES = ("schedule-list", "schedules")
    CSS_PATH = "../schedules.tcss"

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        yield Header(where="schedules", glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Vertical(id="pane"):
            yield ScheduleListView(glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
            yield Static(Content.styled(NOTHING, "$dim"), id="nothing")
        with Vertical(id="below"):
            yield Static(id="about")
            yield TickListView(glyphs=glyphs, clock=clock)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(ScheduleListView).focus()

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Tell how many there are, and what is wrong with others."""
        if new is None or not self.is_mounted:
            return
        schedules = new.schedules
        is_empty = not schedules.views
        self.query_one("#nothing").display = is_empty
        self.query_one("#below").display = not is_empty
        listed = self.query_one(ScheduleListView)
        listed.display = not is_empty
        if not is_empty and self.focused is None:
            listed.focus()  # a hidden list loses the keys
        pane = self.query_one("#pane")
        on_now = sum(view.is_on for view in schedules.views)
        counted = f" · {plural(len(schedules.views), 'schedule')}, {on_now} on for {new.target}"
        pane.border_title = Content.assemble("Schedules", (counted, "$dim"))
        problem = schedules.problems[0].message if schedules.problems else ""
        pane.border_subtitle = Content.styled(problem, "$status-failed")
        self.show_commands()

    @property
    def view(self) -> ScheduleView | None:
        """The schedule under the cursor."""
        return self.query_one(ScheduleListView).current

    @property
    def situation(self) -> Situation:
        view = self.view
        return Situation(
            node="schedule" if view else "",
            readonly=self.current.project.readonly,
            has_file=bool(view and view.schedule.row.path),
            on_runs=True,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        on_ticks = isinstance(self.focused, TickListView)
        return ("tick-list" if on_ticks else "schedule-list", "schedules")

    @on(ScheduleListView.Highlighted)
    def show_schedule(self) -> None:
        """Show the ticks of the schedule under the cursor."""
        view = self.view
        self.query_one(TickListView).show(view)
        if view is None:
            return
        self.query_one("#about", Static).update(self._about(view))
        self.query_one("#below").border_title = Content(view.schedule.name)
        self.show_commands()

    def _about(self, view: ScheduleView) -> Content:
        schedule = view.schedule
        now = datetime.fromtimestamp(self.dbtree.clock(), UTC)
        coming = schedule.next_ticks(now, SHOWN_TICKS)
        ticks = ", ".join(tick.strftime("%a %d %b %H:%M") for tick in coming)
        lines = [
            Content.assemble(("selects  ", "$dim"), schedule.selection),
            Content.assemble(("cron     ", "$dim"), f"{schedule.row.cron} · {schedule.in_words}"),
            Content.assemble(
                ("ticks    ", "$dim"), ticks, ("" if view.is_on else "  (off)", "$dim")
            ),
        ]
        if schedule.row.description:
            lines.insert(0, Content(schedule.row.description))
        return Content("\n").join(lines)

    # -- actions ------------------------------------------------------------------

    def action_toggle_schedule(self) -> None:
        view = self.view
        if view is None:
            return
        try:
            self.dbtree.workspace.schedules.switch(view.schedule.name, on=not view.is_on)
        except DbtreeError as error:
            self.dbtree.tell(error.message)

    @on(ScheduleListView.Entered)
    def show_ticks(self) -> None:
        """Go to the ticks."""
        if self.view is not None and self.view.ticks:
            self.query_one(TickListView).focus()
        else:
            self.dbtree.tell("it has not run yet")

    @on(TickListView.Opened)
    def open_run(self, event: TickListView.Opened) -> None:
        """Show the page of the run of a tick."""
        self.dbtree.show_run(event.run_id)

    @work(exclusive=True, group="plan")
    async def action_plan_schedule(self) -> None:
        plan = await self._planned()
        if plan is not None:
            self.query_one("#about", Static).update(self._contents(plan))

    def _contents(self, plan: RunPlan) -> Content:
        graph = self.current.graph
        names = [graph.assets[key].name for key in plan.nodes if key in graph.assets]
        checks = len(plan.nodes) - len(names)
        more = f" and {len(names) - SHOWN_NODES:,} more" if len(names) > SHOWN_NODES else ""
        counted = f"{plural(len(names), 'asset')}, {plural(checks, 'check')}: "
        return Content.assemble(
            (f"{plan.dbt_line}\n", "bold"), (counted, "$dim"), ", ".join(names[:SHOWN_NODES]), more
        )

    @work(exclusive=True, group="plan")
    async def action_run_schedule(self) -> None:
        view, plan = self.view, await self._planned()
        if view is None or plan is None:
            return
        question = question_before(plan, self.current)
        if question is None or await self.app.push_screen_wait(ChoiceScreen(question)) == "yes":
            self.dbtree.workspace.schedules.run_now(view.schedule.name)

    async def _planned(self) -> RunPlan | None:
        view = self.view
        if view is None:
            return None
        try:
            return await self.dbtree.workspace.schedules.plan(view.schedule)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return None

    async def action_edit_schedule(self) -> None:
        if self.view is not None:
            row = self.view.schedule.row
            await self.dbtree.edit(row.path, row.line)

    def action_close_schedules(self) -> None:
        if isinstance(self.focused, TickListView):
            self.query_one(ScheduleListView).focus()
        else:
            self.dbtree.action_show_assets()
