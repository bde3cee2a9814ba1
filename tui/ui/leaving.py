"""The way out: at once, or after asking what becomes of a run that goes on."""

from __future__ import annotations

from functools import partial

from tui.ui.app_interface import DbtreeHost
from tui.ui.run_requests import question_before_leaving, question_while_leaving
from tui.ui.screens.question import ChoiceScreen
from tui.workspace.state import WorkspaceState


class Leaving:
    """Quits, now or when the run has ended."""

    def __init__(self, app: DbtreeHost) -> None:
        self._app = app

    def action_leave(self) -> None:
        """Quit, after asking what to do with an active run."""
        state = self._app.workspace.state
        question = question_before_leaving(state)
        if question is None or self._app.is_leaving:
            self._app.exit()
            return
        run_id = state.active.run_id if state.active else _going_on(state)[0]
        now = partial(question_while_leaving, run_id=run_id)
        self._app.push_screen(ChoiceScreen(question, question_now=now), self._take_answer)

    def look(self, state: WorkspaceState) -> None:
        """Quit where nothing runs any more and that was waited for."""
        if self._app.is_leaving and not state.is_busy:
            self._app.exit()

    def _take_answer(self, answer: str | None) -> None:
        state = self._app.workspace.state
        match answer:
            case "detach" | "quit":
                self._app.exit()
            case "wait" | "cancel" if not state.is_busy:
                self._app.exit()
            case "wait":
                self._app.is_leaving = True
                self._app.tell("dbtree quits when the run ends; press q to quit now")
            case "cancel":
                self._app.is_leaving = True
                for run_id in _going_on(state):
                    self._app.workspace.cancel(run_id)


def _going_on(state: WorkspaceState) -> list[str]:
    """What is starting, waits (the next one first) or is active: nothing starts meanwhile."""
    waiting = [plan.run_id for plan in state.queue]
    active = [run.run_id for run in state.runs if run.is_active]
    return [*filter(None, [state.starting]), *waiting, *active]
