"""Does what the one list of commands names: from the `:` line, the palette, or anywhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.dom import DOMNode

from tui import selection
from tui.errors import DbtreeError
from tui.tree import Sort, View
from tui.ui.app_interface import DbtreeHost
from tui.ui.commands import COMMANDS, Command
from tui.ui.commands.command_line import Order, among, offered
from tui.ui.run_requests import known_targets, question_of_target
from tui.ui.screens.action_host import ChoosingScreen
from tui.ui.screens.base import WorkspaceScreen
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.ui.screens.command_sheet import CommandSheet


class Dispatcher:
    """Finds what does a command now, and lets it."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app

    @property
    def _state(self) -> WorkspaceState:
        return self._app.workspace.state

    def action_command_line(self, text: str = "") -> None:
        """The `:` line."""
        from tui.ui.screens.command_prompt import CommandScreen

        if not isinstance(self._app.screen, WorkspaceScreen):
            return
        commands = offered(self._scopes(self._app.screen))
        self._app.push_screen(CommandScreen(commands, self.values_for, text), self.obey)

    @staticmethod
    def _scopes(screen: WorkspaceScreen) -> tuple[str, ...]:
        return (*screen.scopes, *screen.SCOPES)

    def action_command_palette(self) -> None:
        """The palette: what the screen can do now."""
        from tui.ui.screens.palette import Palette

        screen = self._app.screen
        if isinstance(screen, WorkspaceScreen):
            now = [c for c in offered(self._scopes(screen)) if c.when(screen.situation)]
            self._push_sheet(Palette(self._keyed(now), **self._sheet_options(screen)))

    def action_help(self) -> None:
        """All keys."""
        from tui.ui.screens.help import HelpScreen

        screen = self._app.screen
        if not isinstance(screen, WorkspaceScreen):
            return
        here = self._known_to(screen)
        able = {c.id for c in COMMANDS if c.id in here and c.when(screen.situation)}
        shown = [c for c in COMMANDS if not c.is_move or c.scope == "tree"]
        options = self._sheet_options(screen)
        self._push_sheet(HelpScreen(self._keyed(shown), able=able, here=here, **options))

    def action_command_log(self) -> None:
        """Every command that was issued."""
        from tui.ui.screens.command_log import CommandLogScreen

        self._show_over(CommandLogScreen)

    def action_warnings(self) -> None:
        """What dbt warned of."""
        from tui.ui.screens.warnings import WarningsScreen

        self._show_over(WarningsScreen)

    def _show_over(self, kind: Callable[[], WorkspaceScreen]) -> None:
        """A screen over what is shown, so that esc comes back to it; never twice."""
        screen = self._app.screen
        if isinstance(screen, WorkspaceScreen) and type(screen) is not kind:
            self._app.push_screen(kind())

    def _push_sheet(self, sheet: CommandSheet) -> None:
        self._app.push_screen(sheet, self._from_sheet)

    def _keyed(self, commands: Iterable[Command]) -> list[Command]:
        """Commands with the keys that they have now."""
        return self._app.keymap.applied(commands)

    def _sheet_options(self, screen: WorkspaceScreen) -> dict[str, Any]:
        return {"scopes": self._scopes(screen), "glyphs": self._app.glyphs}

    def _known_to(self, screen: WorkspaceScreen) -> frozenset[str]:
        """The ids of the commands that do something on a screen."""
        nodes: tuple[DOMNode, ...] = (screen, *screen.walk_children(), self._app)
        bound = {each.id for node in nodes for each in node.BINDINGS if isinstance(each, Binding)}
        scopes = {"app", *self._scopes(screen)}
        return frozenset(
            command.id
            for command in COMMANDS
            if command.id in bound or not scopes.isdisjoint(command.scope.split(","))
        )

    async def _from_sheet(self, command: Command | None) -> None:
        if command is None:
            return
        if command.needs_argument:
            self.action_command_line(f"{command.id} ")
        else:
            await self.obey(Order(command))

    async def obey(self, order: Order | None) -> None:
        """Do a command where it applies: in the focused widget, the screen, or the app."""
        holder = self._holder(order.command) if order is not None else None
        if order is None or holder is None:
            return
        action = getattr(holder, f"action_{order.command.action}")
        done = action(order.argument) if order.argument else action()
        if inspect.isawaitable(done):
            await done

    def _holder(self, command: Command) -> DOMNode | None:
        """What does a command now: the nearest that its key is bound in, else that can."""
        screen = self._app.screen
        near = screen.focused.ancestors_with_self if screen.focused is not None else ()
        nodes: tuple[DOMNode, ...] = (*near, screen, *screen.walk_children(), self._app)
        for node in nodes:
            if any(
                isinstance(bound, Binding) and bound.id == command.id for bound in node.BINDINGS
            ):
                return node
        for able in (screen, self._app):
            if hasattr(able, f"action_{command.action}"):
                return able
        return None

    # ------------------------------------------------------------ how a line goes on

    def values_for(self, command: Command, typed: str) -> Iterable[selection.Completion]:
        """The arguments that a command can have."""
        from tui.project.selectors_file import selector_names  # when commands are typed

        state = self._state
        project = state.project
        match command.id:
            case "target":
                names = known_targets(state)
                return among(typed, names, "the one in use" if len(names) == 1 else "target")
            case "defer":
                others = [one for one in known_targets(state) if one != state.target]
                base = [f"git:{state.git.base}"] if state.git and state.git.base else []
                return among(typed, [*others, *base, "off"], "state")
            case "diff":
                others = [one for one in known_targets(state) if one != state.target]
                return [
                    *among(typed, others, "target"),
                    *among(typed, ("arm", "off"), "baseline before each build"),
                ]
            case "new":
                from tui.refactoring.new_asset import KINDS

                return among(typed, KINDS, "kind")
            case "rename":
                return among(typed, self._name_here(), "its name now")
            case "select":
                names = selector_names(project.root)
                return selection.complete(state.graph, typed, selectors=names)
            case "save":
                return among(typed, selector_names(project.root), "replaces this one")
            case "cycle-view":
                return among(typed, [view.value for view in View], "view")
            case "cycle-sort":
                return among(typed, [sort.value for sort in Sort], "order")
            case "themes":
                return among(typed, self._app.available_themes, "theme")
            case "open-run-page":
                return (
                    selection.Completion(run.run_id, 0, f"{run.status} · {run.kind} {run.label}")
                    for run in state.runs
                    if run.run_id.startswith(typed) and run.run_id != typed
                )
        return ()

    def _name_here(self) -> list[str]:
        """The name of the asset that is looked at, as its file has it."""
        from tui.refactoring.asset_names import base_name

        screens = reversed(self._app.screen_stack)
        here = next((one for one in screens if isinstance(one, ChoosingScreen)), None)
        asset = self._state.graph.assets.get(here.shown) if here is not None else None
        return [base_name(asset)] if asset is not None else []

    # ------------------------------------------------------------------ session

    def action_target(self, name: str = "") -> None:
        """Work on another target, with its own history; without a name, choose one."""
        state = self._state
        known = known_targets(state)
        if not name:
            self._choose_target(known)
            return
        meant = [one for one in known if one.startswith(name)]
        if name not in known and len(meant) == 1:
            name = meant[0]
        if known and name not in known:
            self._app.tell(f"unknown target {name}; known targets: {', '.join(known)}")
            return
        self._rework(f"target {name}", target=name)

    def _choose_target(self, known: Sequence[str]) -> None:
        from tui.ui.screens.question import ChoiceScreen

        question = question_of_target(known, self._state.target)
        if question is None:
            self._app.tell("profiles.yml has no other target")
        elif isinstance(self._app.screen, WorkspaceScreen):

            def chosen(name: str | None) -> None:
                if name and name != self._state.target:
                    self.action_target(name)

            self._app.push_screen(ChoiceScreen(question), chosen)

    def action_vars(self, text: str = "") -> None:
        """Give dbt other variables."""
        import yaml

        try:
            found = yaml.safe_load(text) if text else {}
        except yaml.YAMLError:
            found = None
        if not isinstance(found, dict):
            self._app.tell("write vars as YAML: `:vars {day: 2024-01-01}`")
            return
        self._rework(f"vars {text}" if found else "no vars", vars=text if found else "")

    def action_defer(self, where: str = "") -> None:
        """Read what is not built from another state."""

        async def defer() -> None:
            try:
                self._app.tell(await self._app.workspace.defer(where))
            except DbtreeError as error:
                self._app.tell(error.message)

        if where not in ("", "off"):
            self._app.tell(f"preparing {where} to defer to …")
        self._app.run_worker(defer(), group="deferring", exclusive=True)

    def action_threads(self, number: str = "") -> None:
        """Let runs use so many threads."""
        if not number.isdecimal() or not int(number):
            self._app.tell("threads must be a number above 0: `:threads 8`")
            return
        self._rework(f"{number} threads, starting with the next run", threads=int(number))

    def _rework(self, words: str, **settings: Any) -> None:
        try:
            self._app.workspace.rework(**settings)
        except DbtreeError as error:
            self._app.tell(error.message)
            return
        self._app.tell(words)
