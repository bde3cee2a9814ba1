"""What the workspace has to say in a line: on the screen that is looked at, for a moment."""

from __future__ import annotations

import time

from tui.ui.app_interface import DbtreeHost
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.widgets.footer import Footer
from tui.workspace.state import WorkspaceState

READABLE = 1.0
"""Seconds for which a notice stays, whatever keys are pressed."""


class Notices:
    """Hands each notice to the screen on top, and takes it away when it no longer holds."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app
        self._shown_at = 0.0
        """When the latest notice that was shown was said (seconds since the epoch)."""
        self._since = 0.0
        """Since when it is shown, by the monotonic clock."""
        self._footer: Footer | None = None
        """Where it is shown."""

    def show(self) -> None:
        """Show what is new to tell; what was told of a run goes when that run is over."""
        state, shown = self._app.workspace.state, self._footer
        if state.notice_at > self._shown_at:
            footer = self._footer_on_top()
            if footer is not None:
                self._footer = footer
                self._shown_at, self._since = state.notice_at, time.monotonic()
                footer.tell(state.notice)
        elif shown is not None and state.notice_run and not goes_on(state, state.notice_run):
            self._forget()

    def move_on(self, said_before: float) -> None:
        """A key was done: what was said before it (until then) is old."""
        is_old = self._app.workspace.state.notice_at <= said_before
        if self._footer is not None and is_old and time.monotonic() - self._since > READABLE:
            self._forget()

    def _forget(self) -> None:
        if self._footer is not None:
            self._footer.forget()
            self._footer = None

    def _footer_on_top(self) -> Footer | None:
        for screen in reversed(self._app.screen_stack):
            if isinstance(screen, WorkspaceScreen):
                # One that is not made yet shows it as soon as it is.
                return next(iter(screen.query(Footer)), None) if screen.is_mounted else None
        return None


def goes_on(state: WorkspaceState, run_id: str) -> bool:
    """Whether a run waits, is starting or is active."""
    return (
        state.starting == run_id
        or any(plan.run_id == run_id for plan in state.queue)
        or any(run.run_id == run_id and run.is_active for run in state.runs)
    )
