"""The plan of a run before it runs: how far it reaches can still be changed, enter runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.errors import SelectionError
from tui.protocol.plain import plain
from tui.runs.forecast import Forecast
from tui.runs.plan import RunPlan, Scope
from tui.ui.background import beside
from tui.ui.panels.plan_sheet import plan_sheet
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

WIDE = 80
"""Cells of the sheet from which the keys below it have room for all their words."""


@plain(frozen=True)
class PlanRequest:
    """How a run is to be made of what was chosen."""

    scope: Scope = Scope.ONLY
    checks_only: bool = False
    full_refresh: bool = False


class PlanScreen(OverScreen[RunPlan | None]):
    """Gives the plan that is to run, or None."""

    BINDINGS = [
        Binding("escape,q,P", "give_up", "Back", show=False),
        Binding("enter", "run_it", "Run", show=False),
        Binding("m", "reach('ONLY')", "Only", show=False),
        Binding("u", "reach('UPSTREAM')", "Upstream", show=False),
        Binding("d", "reach('DOWNSTREAM')", "Downstream", show=False),
        Binding("b", "reach('BOTH')", "Both", show=False),
        Binding("t", "checks", "Checks", show=False),
        Binding("f", "refresh", "Full refresh", show=False),
        Binding("y", "copy", "Copy", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(
        self,
        plan: RunPlan,
        make: Callable[[PlanRequest], RunPlan],
        foresee: Callable[[RunPlan], Awaitable[Forecast]],
        state: WorkspaceState,
        glyphs: Glyphs,
        *,
        is_long: bool = False,
    ) -> None:
        """The plan of the first wish, and how `make` makes that of another one (it may raise
        SelectionError); `is_long` where it takes longer than a frame.
        """
        super().__init__()
        self.plan = plan
        self._is_long = is_long
        self._is_wanted = False
        self._make = make
        self._foresee = foresee
        self._state = state
        self._glyphs = glyphs
        self._request = self._asked = PlanRequest()
        self._forecast: Forecast | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(id="body", markup=False)

    def on_mount(self) -> None:
        self._take(self._request, self.plan)

    def on_resize(self) -> None:
        self.call_after_refresh(self.write)

    def take(self, request: PlanRequest) -> None:
        """Plan as requested; if there is nothing to run, say so and keep the plan."""
        self._asked = request
        if self._is_long:
            self.query_one("#dialog").border_subtitle = Content("planning …")
            make, then = partial(self._make, request), partial(self._take, request)
            beside(self, make, then, refused=self._refuse, newest="planning")
            return
        try:
            plan = self._make(request)
        except SelectionError as error:
            self._refuse(error)
            return
        self._take(request, plan)

    def _refuse(self, error: SelectionError) -> None:
        self._asked, self._is_wanted = self._request, False
        self.query_one("#dialog").border_subtitle = Content(error.message)

    def _take(self, request: PlanRequest, plan: RunPlan) -> None:
        self._request, self.plan, self._forecast = request, plan, None
        if self._is_wanted:
            self.dismiss(plan)
            return
        self.write()
        self.run_worker(self._look_ahead(plan), exclusive=True)

    async def _look_ahead(self, plan: RunPlan) -> None:
        found = await self._foresee(plan)
        if self.plan is plan:
            self._forecast = found
            self.write()

    def write(self) -> None:
        """Write the plan for the width that there is."""
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(f"Plan {self._glyphs.dot} {self.plan.label}")
        width = dialog.scrollable_content_region.width
        if not width:
            return  # it is written when its width is known
        dialog.border_subtitle = self._keys(is_wide=width >= WIDE)
        sheet = plan_sheet(self.plan, self._state, self._forecast, self._glyphs, width=width)
        self.query_one("#body", Static).update(sheet)

    def _keys(self, *, is_wide: bool) -> Content:
        """What the keys change, and how it is now; in fewer words where there is less room."""
        request = self._request
        reach, only, full = ("reach: ", " only", "full ") if is_wide else ("", "", "")
        return Content.assemble(
            ("enter", "bold $accent-ink"), " runs it  ",
            ("m u d b", "bold $accent-ink"), f" {reach}{request.scope.value or 'only these'}  ",
            ("t", "bold $accent-ink"), f" checks{only}: {'on' if request.checks_only else 'off'}  ",
            ("f", "bold $accent-ink"), f" {full}refresh: {'on' if request.full_refresh else 'off'}",
        )  # fmt: skip

    # ------------------------------------------------------------------- keys

    def action_reach(self, scope: str) -> None:
        """Another reach."""
        self.take(replace(self._asked, scope=Scope[scope]))

    def action_checks(self) -> None:
        """Only the checks, or all."""
        self.take(replace(self._asked, checks_only=not self._asked.checks_only))

    def action_refresh(self) -> None:
        """With a full refresh, or without."""
        self.take(replace(self._asked, full_refresh=not self._asked.full_refresh))

    def action_copy(self) -> None:
        """The dbt command, on the clipboard."""
        self.app.copy_to_clipboard(self.plan.dbt_line)
        self.query_one("#dialog").border_subtitle = Content("dbt command copied")

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_run_it(self) -> None:
        """Run it, as soon as it is planned."""
        if self._asked == self._request:
            self.dismiss(self.plan)
        else:
            self._is_wanted = True

    def action_give_up(self) -> None:
        """Run nothing."""
        self.dismiss(None)
