"""The plan of a run before it runs: how far it reaches can still be changed, enter runs it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static

from tui.errors import SelectionError
from tui.protocol.plain import plain
from tui.runs.forecast import Forecast
from tui.runs.plan import RunPlan, Scope
from tui.runs.run_config import named_values, rows_for
from tui.runs.run_options import OF_BUILDS, RunOptions, missing_in
from tui.ui.background import beside
from tui.ui.panels.plan_options import (
    FIELDS,
    TOGGLES,
    Field,
    other_end,
    value_of,
    with_value,
)
from tui.ui.panels.plan_sheet import has_batches, plan_sheet
from tui.ui.remembered_config import load_config, remember_config
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.prompt_line import PromptLine
from tui.workspace.state import WorkspaceState

WIDE = 80
"""Cells of the sheet from which the keys below it have room for all their words."""


@plain(frozen=True)
class PlanRequest:
    """How a run is to be made of what was chosen."""

    scope: Scope = Scope.ONLY
    checks_only: bool = False
    options: RunOptions = RunOptions()
    without: frozenset[str] = frozenset()
    """What `options.exclude` leaves out: assets and checks."""
    config: str = ""
    """Settings of functions of Python definitions, as JSON."""


@plain(frozen=True)
class Exclusion:
    """What an `--exclude` means, or why it means nothing."""

    text: str = ""
    """As dbt reads it."""
    nodes: frozenset[str] = frozenset()
    problem: str = ""


class PlanScreen(OverScreen[RunPlan | None]):
    """Gives the plan that is to run, or None."""

    AUTO_FOCUS = ""  # the line is hidden until an option is typed
    BINDINGS = [
        Binding("escape,q,P", "give_up", "Back", show=False),
        Binding("enter", "run_it", "Run", show=False),
        Binding("m", "reach('ONLY')", "Only", show=False),
        Binding("u", "reach('UPSTREAM')", "Upstream", show=False),
        Binding("d", "reach('DOWNSTREAM')", "Downstream", show=False),
        Binding("b", "reach('BOTH')", "Both", show=False),
        Binding("t", "checks", "Checks", show=False),
        *(Binding(one.key, f"switch('{one.name}')", one.label, show=False) for one in TOGGLES),
        *(Binding(one.key, f"edit('{one.name}')", one.label, show=False) for one in FIELDS),
        Binding("c", "configure", "Config", show=False),
        Binding("y", "copy", "Copy", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(
        self,
        plan: RunPlan,
        make: Callable[[PlanRequest], RunPlan],
        foresee: Callable[[RunPlan], Awaitable[Forecast]],
        exclude: Callable[[str], Awaitable[Exclusion]],
        state: WorkspaceState,
        glyphs: Glyphs,
        *,
        is_long: bool = False,
    ) -> None:
        """The plan of the first wish, and how `make` makes that of another one (it may raise
        SelectionError); `exclude` finds what an `--exclude` means; `is_long` where it takes
        longer than a frame.
        """
        super().__init__()
        self.plan = plan
        self._is_long = is_long
        self._is_wanted = False
        self._make = make
        self._foresee = foresee
        self._exclude = exclude
        self._state = state
        self._glyphs = glyphs
        self._request = self._asked = PlanRequest()
        self._forecast: Forecast | None = None
        self._edited: Field | None = None
        """The option that is being typed."""
        self._before = self._request
        """How it was before that."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(id="body", markup=False)
        yield PromptLine(">", above=True, id="option")

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
        self._tell(error.message)

    def _tell(self, words: str) -> None:
        """Say something: at the field that is typed into, else in place of the keys."""
        if self._edited is not None:
            self._line.refuse(words, 0, len(self._line.text))
        else:
            self.query_one("#dialog").border_subtitle = Content(words)

    @property
    def _line(self) -> PromptLine:
        return self.query_one(PromptLine)

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
        reach, only = ("reach: ", " only") if is_wide else ("", "")
        return Content.assemble(
            ("enter", "bold $accent-ink"), " runs it  ",
            ("m u d b", "bold $accent-ink"), f" {reach}{request.scope.value or 'only these'}  ",
            ("t", "bold $accent-ink"), f" checks{only}: {'on' if request.checks_only else 'off'}",
        )  # fmt: skip

    # ------------------------------------------------------------------- keys

    def action_reach(self, scope: str) -> None:
        """Another reach."""
        self.take(replace(self._asked, scope=Scope[scope]))

    def action_checks(self) -> None:
        """Only the checks, or all."""
        self.take(replace(self._asked, checks_only=not self._asked.checks_only))

    def action_switch(self, name: str) -> None:
        """An option on or off."""
        toggle = next(one for one in TOGGLES if one.name == name)
        if self._is_refused(toggle.name, toggle.since):
            return
        if toggle.of_deferral and not self._state.deferral:
            self._tell("The session defers to nothing: `:defer WHERE` comes first.")
            return
        changed: dict[str, Any] = {name: not getattr(self._asked.options, name)}
        options = replace(self._asked.options, **changed)
        self.take(replace(self._asked, options=options))

    def action_edit(self, name: str) -> None:
        """Type an option."""
        field = next(one for one in FIELDS if one.name == name)
        if field.of_batches and not has_batches(self.plan, self._state):
            self._tell("No microbatch model is in this plan.")
            return
        if self._is_refused(field.name, field.since):
            return
        self._before = self._asked
        self._type(field)

    def _type(self, field: Field) -> None:
        self._edited = field
        self._line.query_one(".sign", Label).update(Content(f"{field.label} "))
        self._line.field.placeholder = field.placeholder
        self._line.open(value_of(self._asked.options, field.name), selected=True)

    def action_configure(self) -> None:
        """Give the functions of the definitions their settings."""
        from tui.ui.screens.run_config import RunConfigScreen

        rows = rows_for(self._state.definitions, self.plan.nodes)
        if not rows:
            self._tell("Nothing in this plan takes settings.")
            return

        def answered(tree: Mapping[str, Any] | None) -> None:
            if tree is not None:
                remember_config(named_values(rows, tree), self._state.project.state_dir)
                self.take(replace(self._asked, config=json.dumps(tree) if tree else ""))

        tree = json.loads(self._asked.config or "{}")
        remembered = load_config(self._state.project.state_dir)
        screen = RunConfigScreen(rows, tree, remembered, self._glyphs, then="keeps it")
        self.app.push_screen(screen, answered)

    def _is_refused(self, name: str, since: str) -> bool:
        """Whether an option cannot be set here; says why."""
        version = self._state.engine.dbt_version if self._state.engine else ""
        words = missing_in(version, since) if since else ""
        if self._asked.checks_only and name in OF_BUILDS:
            words = "dbt test has no such option: it is for builds."
        if words:
            self._tell(words)
        return bool(words)

    # ----------------------------------------------------------- what is typed

    @on(PromptLine.Changed)
    def plan_as_typed(self, event: PromptLine.Changed) -> None:
        """The plan follows each letter that makes sense."""
        if self._edited is None:
            return
        words = self._edited.problem(event.text, self._asked.options)
        self._line.hint(words)
        is_new = event.text != value_of(self._asked.options, self._edited.name)
        if is_new and not words:
            self._plan_with(self._edited, event.text)

    def _plan_with(self, field: Field, text: str) -> None:
        if field.name == "exclude":
            self.run_worker(self._plan_without(text), group="exclude", exclusive=True)
            return
        options = with_value(self._asked.options, field.name, text)
        if other_end(options):
            self._asked = replace(self._asked, options=options)  # the other one is typed next
        else:
            self.take(replace(self._asked, options=options))

    async def _plan_without(self, text: str, *, is_last: bool = False) -> None:
        """Plan without what a text means; with the last one the line closes behind it."""
        found = await self._exclude(text)
        if found.problem:
            (self._tell if is_last else self._line.hint)(found.problem)
            return
        options = replace(self._asked.options, exclude=found.text)
        if is_last:
            self._stop_typing()
        self.take(replace(self._asked, options=options, without=found.nodes))

    @on(PromptLine.Closed)
    def end_typing(self, event: PromptLine.Closed) -> None:
        """Enter keeps what is typed, where it makes sense; esc is as it was before."""
        field = self._edited
        if field is None:
            return
        if event.kept and (words := field.problem(event.text, self._before.options)):
            self._tell(words)
            return
        if event.kept and field.name == "exclude":
            work = self._plan_without(event.text, is_last=True)
            self.run_worker(work, group="exclude", exclusive=True)
            return
        if event.kept and (other := other_end(self._asked.options)):
            self._type(next(one for one in FIELDS if one.name == other))
            return
        self._stop_typing()
        if not event.kept:
            self.workers.cancel_group(self, "exclude")
            self.take(self._before)

    def _stop_typing(self) -> None:
        self._edited = None
        self._line.close()
        self.set_focus(None)

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
