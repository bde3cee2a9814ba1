"""What becomes of an exception that nobody handled: nothing where its work only came too late, else
the end of the program with a sentence.

Checked with Textual 8.2. Without it every such exception ends the program with its traceback.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import App

from tui.ui.textual_patches.late_work import came_too_late
from tui.ui.textual_patches.registry import CRASH_REPORT


class GuardedApp(App[None]):
    """An app that says in a sentence what ended it."""

    def words_of_defect(self, error: Exception) -> str:
        """What to say of a defect when the program has ended; empty for nothing."""
        raise NotImplementedError

    def say_nothing_at_end(self) -> None:
        """Drop what was to be said when the program has ended: there is nobody to read it."""
        if CRASH_REPORT.on:
            self._exit_renderables.clear()

    def _handle_exception(self, error: Exception) -> None:
        if not came_too_late(error):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        if not CRASH_REPORT.on:
            super()._fatal_error()
            return
        if not self._exit_renderables and self._exception is not None:
            words = self.words_of_defect(self._exception)
            if words:
                self._exit_renderables.append(Text(words))
        self._close_messages_no_wait()
