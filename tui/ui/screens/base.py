"""What the screens of an open project have in common: the state, header and footer, the way out."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.events import Key
from textual.reactive import Reactive, reactive
from textual.widget import Widget

from tui.text.terminal_text import plain_line
from tui.ui.app_interface import DbtreeHost, host_of
from tui.ui.commands import (
    COMMANDS,
    Situation,
    footer_commands,
    of_other_screen,
    reachable,
    without_letters,
)
from tui.ui.frame_pacing import FramePacing
from tui.ui.panels.metadata import image_of
from tui.ui.panels.page_links import is_page
from tui.ui.textual_patches.immediate_paint import paint_at_once
from tui.ui.textual_patches.key_order import takes_text
from tui.ui.textual_patches.screen import PatchedScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.lines_view import LinesView
from tui.workspace.state import WorkspaceState

BETWEEN_ANSWERS = 0.008
"""Seconds between two answers to keys that are painted at once: a key that repeats has frames."""

ASSETS = frozenset({"assets", "tree"})
"""The scopes of the first screen, whose keys one tries elsewhere, too."""


class WorkspaceScreen(PatchedScreen):
    """A screen that shows the state of the workspace. The app hands each new state down."""

    SCOPES: ClassVar[tuple[str, ...]] = ()
    """Whose commands its footer shows."""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Who has the keys. The two widgets paint themselves, and nothing else changes."""
    state: reactive[WorkspaceState | None] = reactive(None, always_update=True, repaint=False)

    @property
    def dbtree(self) -> DbtreeHost:
        """The app."""
        return host_of(self)

    @property
    def current(self) -> WorkspaceState:
        """The state, which is there as soon as the screen is."""
        return self.state or self.dbtree.workspace.state

    _footer_shows: tuple[tuple[str, ...], Situation] | None = None
    """What the footer's commands were chosen by."""

    @property
    def frame_pacing(self) -> FramePacing:
        return self.dbtree.frame_pacing

    def answer(self) -> None:
        """A key was done: paint what it changed where one looks, without waiting for a frame."""
        widget = self.focused
        if isinstance(widget, LinesView) and time.monotonic() - self.painted_at > BETWEEN_ANSWERS:
            paint_at_once(self, widget, only_alone=True)

    def lead_to(self, where: str) -> None:
        """Tell at once in the top line which screen comes: it takes a frame or two to make."""
        header = self.query_one(Header)
        header.where = where
        paint_at_once(self, header)

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was shown."""
        for header in self.query(Header):
            header.where = header.here
        self.state = self.dbtree.workspace.state
        self.dbtree.show_notice()
        self.show_commands()

    def on_screen_suspend(self) -> None:
        """What was told here is not for another screen, and old when one comes back."""
        for footer in self.query(Footer):
            footer.forget()

    @property
    def situation(self) -> Situation:
        """What the user looks at, for the commands."""
        state = self.current
        return Situation(
            running=state.is_busy,
            problem=bool(state.problems),
            readonly=state.project.readonly,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose commands apply now."""
        return self.SCOPES

    def action_open_page(self, address: str) -> None:
        """Open an address of the web that a sheet names."""
        if is_page(address):
            self.app.open_url(address)

    def action_open_place(self, path: str) -> None:
        """Open a file of the project, or another one, as the desktop does it."""
        place = self.current.project.root / path
        if place.exists():
            self.app.open_url(place.as_uri())
        else:
            self.dbtree.tell(f"{plain_line(path)} is no longer there")

    async def draw_image_of(self, unique_id: str) -> None:
        """Draw the image that an asset wrote last in the terminal."""
        if image := image_of(self.current.history.built.get(unique_id)):
            await self.dbtree.draw(image)
        else:
            self.dbtree.tell("its latest materialization reported no image")

    def stop(self) -> bool:
        """Stop what the user waits for here, before ctrl-c quits; whether there was anything."""
        return False

    def show_commands(self) -> None:
        """Let the footer tell the keys that apply now."""
        shows = (*self.scopes, "app"), self.situation
        if shows == self._footer_shows:
            return
        for footer in self.query(Footer):
            self._footer_shows = shows
            shown = footer_commands(*shows)
            known = reachable(self.dbtree.keymap.applied(shown), shows[0])
            is_editing = getattr(self.focused, "takes_text", False)
            footer.commands = tuple(without_letters(known) if is_editing else known)

    def on_key(self, event: Key) -> None:
        """Say where a key does something that does nothing here."""
        if takes_text(self.focused) or ASSETS & {*self.SCOPES}:
            return
        known = self.dbtree.keymap.applied(COMMANDS)
        if command := of_other_screen(event.key, (*self.scopes, *self.SCOPES), ASSETS, known):
            title = command.title.lower()
            self.dbtree.tell(f"{command.label} ({title}) is a key of the assets: press 1 first")

    def on_descendant_focus(self) -> None:
        """Other keys apply where the focus is now."""
        self.show_commands()
