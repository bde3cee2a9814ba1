"""Tells the terminal how far runs are and when they end: its title, its progress bar, a bell, a
notification.

Nothing is sent while another program has the terminal; what is still worth telling then is told
when it is back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from tui.project.project import Project
from tui.runs.values import BAD, Run
from tui.ui.panels.run_news import end_words, percent_of, title_of
from tui.ui.rows.run_progress import counts_of, elapsed_of
from tui.ui.terminal.sequences import (
    FAILED,
    NORMAL,
    UNKNOWN,
    TerminalSequences,
    sequences_of,
)
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

OFTEN = 0.25
"""Seconds between two titles while a run goes on."""


class Terminal(Protocol):
    """What writes to the terminal."""

    farewell: str
    """What it sends in the last moment, when nothing else can be sent any more."""

    def tell(self, sequence: str) -> bool:
        """Send something between two frames; whether it was."""


def announcer_for(
    project: Project,
    terminal: Callable[[], Terminal | None],
    *,
    glyphs: Glyphs,
    clock: Callable[[], float],
    is_watched: Callable[[], bool],
) -> RunAnnouncer:
    """The announcer of a window, as the project's settings want it and the terminal understands
    it. `terminal` gives what writes to it, None while there is none.
    """

    def send(sequence: str) -> bool:
        found = terminal()
        if found is None or not found.tell(sequence):
            return False
        found.farewell = announcer.farewell
        return True

    announcer = RunAnnouncer(
        sequences_of(os.environ),
        send,
        glyphs=glyphs,
        clock=clock,
        notify_after=project.notify_after,
        has_title=project.has_terminal_title,
        is_watched=is_watched,
    )
    return announcer


class RunAnnouncer:
    """What one terminal is told of the runs of one window."""

    def __init__(
        self,
        sequences: TerminalSequences,
        send: Callable[[str], bool],
        *,
        glyphs: Glyphs,
        clock: Callable[[], float],
        notify_after: float | None,
        has_title: bool,
        is_watched: Callable[[], bool],
    ) -> None:
        """Tell nothing yet.

        Args:
            sequences: what the terminal understands.
            send: writes to the terminal, between two frames; False where that cannot be now.
            glyphs: the signs that it can print.
            clock: gives the seconds since the epoch.
            notify_after: how many seconds a run lasts at least whose end is told; None for none.
            has_title: whether title and progress bar are set.
            is_watched: whether somebody is known to look at the window: no bell is needed.
        """
        self._sequences = sequences
        self._send = send
        self._glyphs = glyphs
        self._clock = clock
        self._notify_after = notify_after
        self._has_title = has_title
        self._is_watched = is_watched
        self._going_on: dict[str, Run] = {}
        self._ended: Run | None = None
        self._owed = ""
        """The notification that could not be sent."""
        self._told = ("", "")
        """The title and the progress bar that the terminal has from here."""
        self._told_at = 0.0
        self._doing: tuple[str, str] | None = None
        """The run that the title tells of while it goes on, and its status."""
        self._since = clock()
        self._has_kept_title = False

    def take(self, state: WorkspaceState) -> None:
        """Tell what is new in a state."""
        for run in state.runs:
            if run.is_active:
                self._going_on[run.run_id] = run
            elif self._going_on.pop(run.run_id, None) is not None:
                self._note_end(run)
                self._announce(run, state)
            elif not run.external and run.was_started and run.finished_at > self._since:
                self._note_end(run)  # it began and ended between two states
        if self._owed and self._send(self._owed):
            self._owed = ""
        self._show_title(state)

    def _note_end(self, run: Run) -> None:
        """Of the runs that ended, the title tells of the last."""
        if self._ended is None or run.finished_at >= self._ended.finished_at:
            self._ended = run

    def _announce(self, run: Run, state: WorkspaceState) -> None:
        limit = self._notify_after
        now = self._clock()
        lasted = elapsed_of(run, now) + run.waited_by(now)
        if limit is None or lasted < limit or self._is_watched():
            return
        words = end_words(run, self._clock())
        self._owed += self._sequences.notification(f"dbtree {state.project.name}", words)

    def _show_title(self, state: WorkspaceState) -> None:
        now, run = self._clock(), state.active
        doing = (run.run_id, run.status) if run is not None else None
        is_soon = doing == self._doing and 0 <= now - self._told_at < OFTEN
        if not self._has_title or (run is not None and is_soon):
            return
        self._doing = doing
        told = (
            self._sequences.title(title_of(state, self._ended, self._glyphs, now)),
            self._progress(run),
        )
        if told == self._told:
            return
        first = "" if self._has_kept_title else self._sequences.keep_title()
        changed = [new for new, old in zip(told, self._told, strict=True) if new != old]
        before = self._told, self._told_at, self._has_kept_title
        self._told, self._told_at, self._has_kept_title = told, now, True
        if not self._send(first + "".join(changed)):
            self._told, self._told_at, self._has_kept_title = before

    def _progress(self, run: Run | None) -> str:
        if run is None:
            return self._sequences.progress(None) if self._told[1] else ""
        percent = percent_of(run)
        if percent is None:
            return self._sequences.progress(0, UNKNOWN)
        bad = any(counts_of(run).get(status) for status in BAD)
        return self._sequences.progress(percent, FAILED if bad else NORMAL)

    @property
    def farewell(self) -> str:
        """What puts the terminal back as it was."""
        if not self._has_kept_title:
            return ""
        none = self._sequences.progress(None)
        cleared = none if self._told[1] not in ("", none) else ""
        return cleared + self._sequences.give_title_back()

    def close(self) -> None:
        """Put the terminal back as it was."""
        last = self.farewell
        self._told, self._has_kept_title = ("", ""), False
        self._send(last)
