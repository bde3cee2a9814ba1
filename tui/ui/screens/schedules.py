"""The automation screen: schedules and sensors, when they tick, and the outcomes."""

from __future__ import annotations

from datetime import UTC, datetime

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.errors import DbtreeError
from tui.runs.plan import RunPlan
from tui.schedules.sensor_values import SensorTick, SensorView
from tui.schedules.views import AutomationView, ScheduleView
from tui.text.formats import plural
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.automation import about_reply, about_schedule, about_sensor, about_tick
from tui.ui.run_requests import question_before
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.conditions import ConditionsScreen
from tui.ui.screens.question import ChoiceScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.schedule_lists import ScheduleListView, TickListView
from tui.workspace.state import WorkspaceState

NOTHING = (
    "No schedules and no sensors. Declare a schedule in dbtree.toml:\n\n"
    '  [[schedules]]\n  name = "nightly"\n  cron = "0 2 * * *"\n  select = "tag:nightly+"\n\n'
    "or both in Python definitions (docs/automation.md). Press 1 to go back to the assets."
)
COMING = "Schedules and sensors are shown as soon as the definitions are loaded."
SHOWN_NODES = 200
"""Nodes of a plan that are told."""


class SchedulesScreen(WorkspaceScreen):
    """All schedules and sensors, and the ticks of the one under the cursor."""

    BINDINGS = bindings_of("schedules")
    SCOPES = ("schedule-list", "schedules")
    CSS_PATH = "../schedules.tcss"

    def compose(self) -> ComposeResult:
        glyphs, clock = self.dbtree.glyphs, self.dbtree.clock
        yield Header(where="automation", glyphs=glyphs, clock=clock).data_bind(
            WorkspaceScreen.state
        )
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
        is_empty = not schedules.all
        nothing = self.query_one("#nothing", Static)
        nothing.display = is_empty
        if is_empty:
            is_coming = new.project.definitions is not None and new.definitions is None
            nothing.update(Content.styled(COMING if is_coming else NOTHING, "$dim"))
        self.query_one("#below").display = not is_empty
        listed = self.query_one(ScheduleListView)
        listed.display = not is_empty
        if not is_empty and self.focused is None:
            listed.focus()  # a hidden list loses the keys
        pane = self.query_one("#pane")
        on_now = sum(view.is_on for view in schedules.all)
        counts = [(len(schedules.views), "schedule"), (len(schedules.sensors), "sensor")]
        words = ", ".join(plural(count, name) for count, name in counts if count)
        counted = f" · {words}, {on_now} on for {new.target}" if words else ""
        pane.border_title = Content.assemble("Automation", (counted, "$dim"))
        problem = schedules.problems[0].message if schedules.problems else ""
        pane.border_subtitle = Content.styled(problem, "$status-failed")
        self.show_commands()

    @property
    def view(self) -> AutomationView | None:
        """The schedule or sensor under the cursor."""
        return self.query_one(ScheduleListView).current

    @property
    def _is_on_ticks(self) -> bool:
        return isinstance(self.focused, TickListView)

    @property
    def situation(self) -> Situation:
        view = self.view
        return Situation(
            node="schedule" if view else "",
            readonly=self.current.project.readonly,
            has_file=bool(view and view.place[0]),
            has_reasons=isinstance(view, SensorView) and view.sensor.is_automation,
            on_runs=True,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        return ("tick-list" if self._is_on_ticks else "schedule-list", "schedules")

    @on(ScheduleListView.Highlighted)
    def show_schedule(self) -> None:
        """Show the ticks of what is under the cursor."""
        view = self.view
        self.query_one(TickListView).show(view)
        if view is None:
            return
        self.query_one("#below").border_title = Content(view.name)
        self.show_about()
        self.show_commands()

    @on(TickListView.Highlighted)
    @on(events.DescendantFocus)
    def show_about(self) -> None:
        """Tell of the tick under the cursor, where that is on one; else of the schedule."""
        view, tick = self.view, self.query_one(TickListView).current
        if view is None:
            return
        now = datetime.fromtimestamp(self.dbtree.clock(), UTC)
        if self._is_on_ticks and isinstance(tick, SensorTick):
            self.query_one("#about", Static).update(about_tick(tick))
        elif isinstance(view, ScheduleView):
            self.query_one("#about", Static).update(about_schedule(view, now))
        else:
            self.query_one("#about", Static).update(about_sensor(view))

    # -- actions ------------------------------------------------------------------

    def action_toggle_schedule(self) -> None:
        view = self.view
        if view is None:
            return
        try:
            self.dbtree.workspace.schedules.switch(view.name, on=not view.is_on)
        except DbtreeError as error:
            self.dbtree.tell(error.message)

    @on(ScheduleListView.Entered)
    def show_ticks(self) -> None:
        """Go to the ticks."""
        if self.view is not None and self.view.ticks:
            self.query_one(TickListView).focus()
        else:
            self.dbtree.tell("it has not ticked yet")

    @on(TickListView.Opened)
    def open_run(self, event: TickListView.Opened) -> None:
        """Show the page of the run of a tick."""
        self.dbtree.show_run(event.run_id)

    @work(exclusive=True, group="plan")
    async def action_plan_schedule(self) -> None:
        view = self.view
        if isinstance(view, SensorView):
            await self._try_out(view)
            return
        plan = await self._planned()
        if plan is not None:
            self.query_one("#about", Static).update(self._contents(plan))

    async def _try_out(self, view: SensorView) -> None:
        """Show what an evaluation would ask for now."""
        self.dbtree.tell(f"{view.name}: evaluating")
        try:
            reply = await self.dbtree.workspace.schedules.preview(view.sensor)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return
        self.dbtree.tell(f"{view.name}: this is what it would do now; nothing was started")
        self.query_one("#about", Static).update(about_reply(reply))

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
        view = self.view
        if isinstance(view, SensorView):
            self._run_now(view.name, f"{view.name}: evaluating")
            return
        plan = await self._planned()
        if view is None or plan is None:
            return
        question = question_before(plan, self.current)
        if question is None or await self.app.push_screen_wait(ChoiceScreen(question)) == "yes":
            self._run_now(view.name)

    def _run_now(self, name: str, words: str = "") -> None:
        try:
            self.dbtree.workspace.schedules.run_now(name)
        except DbtreeError as error:
            words = error.message
        if words:
            self.dbtree.tell(words)

    async def _planned(self) -> RunPlan | None:
        view = self.view
        if not isinstance(view, ScheduleView):
            return None
        try:
            return await self.dbtree.workspace.schedules.plan(view.schedule)
        except DbtreeError as error:
            self.dbtree.tell(error.message)
            return None

    def action_why_schedule(self) -> None:
        view = self.view
        if isinstance(view, SensorView) and view.sensor.is_automation:
            self.app.push_screen(ConditionsScreen(view.name))

    async def action_edit_schedule(self) -> None:
        if self.view is None:
            return
        path, line = self.view.place
        tick = self.query_one(TickListView).current
        if self._is_on_ticks and isinstance(tick, SensorTick) and tick.path:
            path, line = str(self.current.project.root / tick.path), tick.line
        await self.dbtree.edit(path, line)

    def action_close_schedules(self) -> None:
        if isinstance(self.focused, TickListView):
            self.query_one(ScheduleListView).focus()
        else:
            self.dbtree.action_show_assets()
