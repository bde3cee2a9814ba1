"""The app: themes, screens, and the few things that every screen may ask for."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import constants
from textual.driver import Driver
from textual.events import AppBlur, AppFocus, Event, InputEvent, Key, Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.timer import Timer

from tui.runs.plan import RunPlan
from tui.ui.action_delegation import with_actions_of
from tui.ui.app_interface import DbtreeHost
from tui.ui.app_terminal import AppTerminal
from tui.ui.commands import COMMANDS, bindings_of
from tui.ui.commands.keymap import read_keymap
from tui.ui.crash_report import note_crash
from tui.ui.dispatcher import Dispatcher
from tui.ui.frame_pacing import FramePacing
from tui.ui.last_frame import last_frame
from tui.ui.late_imports import IDLE, import_the_rest
from tui.ui.leaving import Leaving
from tui.ui.navigation import Navigation
from tui.ui.notices import Notices
from tui.ui.run_announcer import announcer_for
from tui.ui.screens.assets import AssetsScreen
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.question import ChoiceScreen
from tui.ui.session import load_session, save_session
from tui.ui.terminal.desktop import has_desktop, place_in_words
from tui.ui.textual_patches.immediate_keys import did_command_of
from tui.ui.textual_patches.key_order import takes_text
from tui.ui.textual_patches.registry import STYLESHEET, TERMINAL_DRIVER
from tui.ui.textual_patches.stylesheet import SteadyStylesheet
from tui.ui.theme.ascii_filter import AsciiFilter
from tui.ui.theme.escape_filter import EscapeFilter
from tui.ui.theme.glyphs import Glyphs, distinct_without_colour, glyphs_of_terminal
from tui.ui.theme.themes import OURS, fallback_variables, first_theme
from tui.workspace.state import WorkspaceState

if TYPE_CHECKING:
    from tui.ui.file_editing import FileEditing
    from tui.ui.run_start import RunStart
    from tui.ui.terminal.opening_frame import OpeningFrame
    from tui.ui.textual_patches.terminal_driver import TerminalDriver
    from tui.workspace.api import WorkspaceApi


ANSWERED = 0.1
"""Seconds that the first frame waits for an engine that has answered to be read."""
ANNOUNCED = 1.0
"""Seconds between two looks at the terminal's title while a run goes on."""
COLLECT = (2_000, 10, 50)
"""New objects after which the collector looks at the youngest, and how seldom at older ones and at
all: a frame makes thousands of objects, of which hardly any is for the collector."""
SWITCH = 0.001
"""Seconds after which a thread that plans or arranges lets the screen go on."""


def runs_screen() -> Screen[None]:
    """The second screen, imported when it is first shown: the first frame should not wait."""
    from tui.ui.screens.runs import RunsScreen

    return RunsScreen()


def schedules_screen() -> Screen[None]:
    """The third screen, imported when it is first shown."""
    from tui.ui.screens.schedules import SchedulesScreen

    return SchedulesScreen()


@with_actions_of(dispatcher=Dispatcher, leaving=Leaving, navigation=Navigation)
class DbtreeApp(DbtreeHost):
    """One open project on the screen.

    The workspace is made by the caller, and already `restore`d, so that the first frame shows the
    tree of the last time; the app opens it after that frame and closes it when it is left.
    """

    TITLE = "dbtree"
    CSS_PATH: ClassVar = ["shell.tcss", "assets.tcss"]
    """The first screen's too: another file later means that all is read once more."""
    BINDINGS = bindings_of("app")
    MODES = {"assets": AssetsScreen, "runs": runs_screen, "schedules": schedules_screen}
    DEFAULT_MODE = "assets"
    ENABLE_COMMAND_PALETTE = False
    """Ours is made of our own list of commands."""

    _has_left = False
    _has_panicked = False
    _reports_focus = False
    last_frame = ""
    """With what the next start opens; empty where it has to wait for its own first frame."""

    def __init__(
        self,
        workspace: WorkspaceApi,
        *,
        clock: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
        in_browser: bool = False,
        opening: OpeningFrame | None = None,
    ) -> None:
        """`opening`: what the terminal shows already."""
        self.in_browser = in_browser
        self.workspace = workspace
        self.clock = clock
        self.glyphs = glyphs or glyphs_of_terminal()
        self.dispatcher = Dispatcher(self)
        self.session = load_session(workspace.state.project.state_dir)
        self.leaving = Leaving(self)
        self.navigation = Navigation(self)
        self.terminal = AppTerminal(self, opening)
        self._is_shown = opening is not None and opening.is_painted
        """Whether the terminal shows the tree before there is a first frame."""
        self._next_frame: Timer | None = None
        self.notices = Notices(self)
        self.frame_pacing = FramePacing(lambda: self.workspace.state.active is not None)
        self._announcing: Timer | None = None
        super().__init__()
        if self.no_color:
            self.glyphs = distinct_without_colour(self.glyphs)
        self.announcer = announcer_for(
            workspace.state.project,
            lambda: self.terminal.driver,
            glyphs=self.glyphs,
            clock=clock,
            is_watched=lambda: self._reports_focus and self.app_focus,
        )
        self._own_filters: list[LineFilter] = [EscapeFilter()]
        if self.no_color:
            self._own_filters.append(NoColor())
        if self.glyphs.dot.isascii():
            self._own_filters.append(AsciiFilter())
        if STYLESHEET.on:
            self.stylesheet = SteadyStylesheet(variables=self.get_css_variables())
        for theme in OURS:
            self.register_theme(theme)
        self._default_theme = first_theme(
            self.console.color_system, os.environ.get("COLORFGBG", "")
        )
        self.theme = self._first_theme()
        self.keymap = read_keymap(workspace.state.project.settings.preferences.get("keys"))
        self.set_keymap(dict(self.keymap.keys))
        moves = (one.keys for one in self.keymap.applied(COMMANDS) if one.is_move)
        self._moves = frozenset(key for keys in moves for key in keys.split(","))

    def _first_theme(self) -> str:
        preferred = self.workspace.state.project.settings.preferences.get("theme")
        for name in (self.session.theme, preferred):
            if isinstance(name, str) and name in self.available_themes:
                return name
        return self._default_theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return fallback_variables(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours after them."""
        found = super().get_line_filters()
        if self.no_color:
            # Textual would paint in shades of grey, which are colours to a terminal.
            found = [one for one in found if not isinstance(one, Monochrome)]
        return [*found, *self._own_filters]

    # ------------------------------------------------------------------- life

    async def on_mount(self) -> None:
        self.workspace.subscribe(self.publish)
        self.app_resume_signal.subscribe(self, lambda _: self.announce())
        self._announcing = self.set_interval(ANNOUNCED, self.announce, pause=True)
        if self._is_shown and self.workspace.is_awaited:
            # The first frame of ours is then already that of what dbt has confirmed, and a run that
            # a key asks for, which waits behind the frame that is shown, starts at once.
            await self.workspace.open_engine()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self.workspace.until(lambda state: state.is_confirmed), ANSWERED
                )
        self.call_after_refresh(self.open_workspace)

    def open_workspace(self) -> None:
        """Start the engine, once the first frame is on the screen."""
        if not gc.isenabled():
            # The start did without the collector. What stands now stays: it need not walk that.
            gc.freeze()
            gc.enable()
            gc.set_threshold(*COLLECT)
        sys.setswitchinterval(SWITCH)
        self.run_worker(self.workspace.open(), group="workspace")
        self.run_worker(self._warm_up(), group="warm up")
        if self.keymap.complaints:
            words = "\n".join(self.keymap.complaints)
            self.notify(words, severity="warning", title="Keys", timeout=15, markup=False)

    async def _warm_up(self) -> None:
        """Make what the first frame did without, while nobody waits."""
        await asyncio.sleep(IDLE)
        if isinstance(self.stylesheet, SteadyStylesheet):
            self.stylesheet.keep()
        await import_the_rest(self.frame_pacing)

    def announce(self) -> None:
        """Bring the terminal's title up to date, once more after the last run has ended."""
        state = self.workspace.state
        self.announcer.take(state)
        if self._announcing is not None and state.active is None:
            self._announcing.pause()

    def publish(self, state: WorkspaceState) -> None:
        """Take a new state: at once, or with the next frame where one was just shown."""
        if self._has_left:
            return  # the screens are being taken down
        if self._next_frame is not None:
            if state.active is not None:
                return
            self._next_frame.stop()
        wait = self.frame_pacing.until_state()
        if wait > 0:
            self._next_frame = self.set_timer(wait, self.show_state)
        else:
            self.show_state()

    def show_state(self) -> None:
        """Hand the newest state down to what is shown."""
        self._next_frame = None
        if self._has_left:
            return
        state = self.workspace.state
        with self.frame_pacing.showing():
            for screen in self.screen_stack:
                if isinstance(screen, WorkspaceScreen):
                    screen.state = state
                elif isinstance(screen, ChoiceScreen):
                    screen.follow(state)
            self.notices.show()
        self.announcer.take(state)
        if self._announcing is not None and state.active is not None:
            self._announcing.resume()  # the time left counts down, also without a new state
        self.leaving.look(state)

    def get_driver_class(self) -> type[Driver]:
        """Ours, unless another was asked for."""
        if constants.DRIVER or not TERMINAL_DRIVER.on:
            return super().get_driver_class()
        from tui.ui.textual_patches.terminal_driver import TerminalDriver

        return TerminalDriver

    def take_terminal(self, driver: TerminalDriver) -> None:
        """Remember the driver of the terminal, to lose or restore the terminal by it."""
        self.terminal.take(driver)

    async def on_terminal_lost(self) -> None:
        """Leave as for SIGHUP, which comes with it or not."""
        self.terminal.end_by_signal(signal.SIGHUP)

    async def run_async(self, **options: Any) -> Any:
        """Run until the user leaves, then put everything away."""
        self.terminal.handle_signals(self.action_interrupt)
        try:
            return await super().run_async(**options)
        finally:
            await self.workspace.close(runs="detach")

    def words_of_defect(self, error: Exception) -> str:
        """What to say of a defect of our own; its details are in a file."""
        words = note_crash(error, self.workspace.state.project.state_dir)
        return "" if self.terminal.is_lost else words

    @property
    def return_code(self) -> int | None:
        """The exit code; after a defect of Textual's it is no success."""
        code = super().return_code
        return code or 1 if self._has_panicked else code

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Quit; the first failure among the reasons to quit gives the exit code."""
        self._remember()
        if not self._has_left:
            self.announcer.close()
        self._has_left = True
        super().exit(result, self.return_code or return_code, message)

    def panic(self, *renderables: RenderableType) -> None:
        """Leave after a defect of Textual's."""
        self._has_panicked = True
        super().panic(*renderables)

    def _remember(self) -> None:
        if self.workspace.state.project.is_guest:
            return
        for screen in self.get_screen_stack("assets"):
            if isinstance(screen, AssetsScreen) and screen.is_mounted:
                chosen = "" if self.theme == self._default_theme else self.theme
                if self.terminal.opening and screen is self.screen and not self._has_left:
                    self.last_frame = last_frame(screen)
                session = screen.remembered(chosen)
                save_session(session, self.workspace.state.project.state_dir)

    async def on_event(self, event: Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, InputEvent | Resize):
            self.frame_pacing.touch()
            if isinstance(event, Resize) and event.size == self.screen.outer_size:
                # Resized and back at once: the terminal may have lost what was painted.
                self.screen.refresh()
        elif isinstance(event, AppBlur | AppFocus):
            self._reports_focus = True
        await super().on_event(event)

    def is_move(self, event: Key) -> bool:
        return event.key in self._moves and not self.screen.is_modal

    async def press(self, event: Key) -> None:
        """Do a key's command, and paint what it changed, before the next key is looked at."""
        said_before = self.workspace.state.notice_at
        await self._press(event)
        self.notices.move_on(said_before)

    async def _press(self, event: Key) -> None:
        if (
            isinstance(self.screen, WorkspaceScreen)
            and not takes_text(self.focused)
            and await did_command_of(self, event.key)
        ):
            if isinstance(self.screen, WorkspaceScreen):
                self.screen.answer()
            return
        await super().press(event)

    # ---------------------------------------------------------------- requests

    def tell(self, words: str) -> None:
        """Say something in the status line."""
        self.workspace.notify(words)

    def show_notice(self) -> None:
        self.notices.show()

    @cached_property
    def _run_start(self) -> RunStart:
        """Imported when a run is first asked for."""
        from tui.ui.run_start import RunStart

        return RunStart(self)

    def ask_and_materialize(self, plan: RunPlan, *, only_outdated: bool = False) -> None:
        """Start a run, after the question that it needs, if it needs one."""
        self._run_start.ask_and_materialize(plan, only_outdated=only_outdated)

    def show_partitions(self, plan: RunPlan) -> None:
        """Show the partitions of what a plan builds, or its batches."""
        self._run_start.show_partitions(plan)

    def run_again(self, run_id: str) -> None:
        """Run what failed or was skipped in a run."""
        self._run_start.run_again(run_id)

    def show_run(self, run_id: str) -> None:
        """Show the page of one run over what is shown, so that esc comes back to it."""
        self.navigation.show_run(run_id)

    def open_asset(
        self,
        unique_id: str,
        *,
        tab: str = "overview",
        column: str = "",
        compiled: bool = False,
        against: str = "",
    ) -> None:
        """Show the page of an asset; of a check, that of its asset with the check on it."""
        self.navigation.open_asset(
            unique_id, tab=tab, column=column, compiled=compiled, against=against
        )

    def open_query(self, unique_id: str, *, code: str = "", line: int = 1) -> None:
        """Show the query screen of an asset; of a check, that of its asset."""
        self.navigation.open_query(unique_id, code=code, line=line)

    def show_asset(self, unique_id: str) -> None:
        """Go to an asset or check in the tree."""
        self.navigation.show_mode("assets")
        self.call_after_refresh(self._jump, unique_id)

    def _jump(self, unique_id: str) -> None:
        if isinstance(self.screen, AssetsScreen):
            self.screen.action_jump(unique_id)

    def copy(self, text: str, what: str) -> None:
        """Put a text on the clipboard, also over SSH."""
        self.copy_to_clipboard(text)
        self.tell(f"{what} copied")

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open an address on the desktop, where the user sits at it."""
        if self.in_browser:
            self.tell(f"nothing can be opened from a browser: {place_in_words(url)}")
        elif not has_desktop():
            self.tell(f"there is no desktop here to open it: {place_in_words(url)}")
        else:
            super().open_url(url, new_tab=new_tab)

    @cached_property
    def editing(self) -> FileEditing:
        """Imported when a file is first opened."""
        from tui.ui.file_editing import FileEditing

        return FileEditing(self)

    async def edit(self, path: str, line: int = 0) -> None:
        """Open a file of the project in the user's editor, and come back."""
        await self.editing.edit(path, line)

    async def draw(self, path: str) -> None:
        """Draw an image of the project in the terminal, and come back."""
        await self.editing.draw(path)

    # ----------------------------------------------------------------- actions

    def action_show_assets(self) -> None:
        """The first screen."""
        self.navigation.show_mode("assets")

    def action_show_runs(self) -> None:
        """The second screen."""
        self.navigation.show_mode("runs")

    def action_show_schedules(self) -> None:
        """The third screen."""
        self.navigation.show_mode("schedules")

    def delay_update(self, delay: float = 0.05) -> None:
        """Nothing is held back while another screen comes: ours come up whole."""

    def action_themes(self, name: str = "") -> None:
        """A theme by its name, else all of them to look at."""
        if not name:
            from tui.ui.screens.themes import ThemesScreen

            if not self.screen.is_modal:
                self.push_screen(ThemesScreen())
        elif name in self.available_themes:
            self.theme = name
        else:
            self.tell(f"unknown theme {name}")

    def action_interrupt(self) -> None:
        """ctrl-c: as q; a second time, while that is asked, leave at once."""
        if self.editing.has_terminal:
            return
        if isinstance(self.screen, WorkspaceScreen) and self.screen.stop():
            return
        if isinstance(self.screen, ChoiceScreen):
            self.exit()
        else:
            self.leaving.action_leave()

    def action_suspend_process(self) -> None:
        """ctrl-z, as in other programs: stop, and show everything anew after `fg`."""
        if not self._has_left:
            self.terminal.stop()
