"""The terminal that the app is shown in: how it is stopped, lost, or given back, and the signals
that end the window from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.ui.app_interface import DbtreeHost
from tui.ui.terminal.deadline import Deadline
from tui.ui.terminal.signals import exit_code_of, handle_signals

if TYPE_CHECKING:
    from tui.ui.terminal.opening_frame import OpeningFrame
    from tui.ui.textual_patches.terminal_driver import TerminalDriver


class AppTerminal:
    """Knows the driver of the terminal once there is one: a test's app has none of ours."""

    def __init__(self, app: DbtreeHost, opening: OpeningFrame | None = None) -> None:
        self._app = app
        self.opening = opening
        """What the terminal shows already; None for an app that takes one as it is."""
        self.driver: TerminalDriver | None = None
        self.is_lost = False
        """Whether the terminal was closed: there is nobody to tell anything to."""
        self.deadline = Deadline(app.workspace.state.project.state_dir, self._restore)

    def take(self, driver: TerminalDriver) -> None:
        """Remember the driver, to lose or restore the terminal by it."""
        self.driver = driver
        driver.opening = self.opening

    def handle_signals(self, interrupt: Callable[[], None]) -> None:
        """Leave for SIGTERM and SIGHUP, and call `interrupt` for SIGINT, from now on. Called with
        a running loop.
        """
        self._loop = asyncio.get_running_loop()

        def interrupt_in_context() -> None:
            with self._app.own_context():  # a signal comes from outside of any widget's turn
                interrupt()

        handle_signals(self.end_by_signal, interrupt_in_context)

    def end_by_signal(self, number: int) -> None:
        """Leave because of a signal. Called wherever the main thread is: nothing may wait."""
        if number == signal.SIGHUP:
            self._lose()
        code = exit_code_of(number)
        self.deadline.set(code)
        with contextlib.suppress(RuntimeError):  # the loop is closed: this is the end already
            self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=code))

    def stop(self) -> None:
        """Stop the process, as other programs do for ctrl-z; after `fg` show everything anew."""
        stop = getattr(self.driver, "stop_process", None)
        if stop is None:
            return
        with self._app.own_context():  # SIGTSTP comes from outside of any widget's turn
            if stop():
                self._app.refresh(layout=True)
            else:
                self._app.tell("ctrl-z: no shell is there to go back to")

    def _lose(self) -> None:
        if self.driver is not None:
            self.driver.lose()
            self.is_lost = True
            self._app.say_nothing_at_end()

    def _restore(self) -> None:
        """Give the terminal back in the last moment; nothing may wait here."""
        if self.driver is not None:
            self.driver.restore()
