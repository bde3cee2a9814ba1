"""The key that arms: what a save of the chosen assets does by itself."""

from __future__ import annotations

from textual.content import Content

from tui.project.production import looks_like_production
from tui.text.formats import plural
from tui.ui.rows import name_of
from tui.ui.run_requests import Choice, Question
from tui.ui.screens.action_host import ChoosingScreen
from tui.ui.screens.question import ChoiceScreen
from tui.workspace.auto_build_values import Mode

CHOICES = (
    Choice("o", "Off", "", "a save is only parsed, as usual"),
    Choice("p", "Parse only", Mode.PARSE.value, "its row shows that it was parsed"),
    Choice("c", "Compile", Mode.COMPILE.value, "its row shows whether it compiles"),
    Choice("b", "Build", Mode.BUILD.value, "build it and run its checks"),
    Choice(
        "d", "Build with downstream", Mode.DOWNSTREAM.value, "build it and everything downstream"
    ),
)
BUILDING = (Mode.BUILD, Mode.DOWNSTREAM)


class AutoBuildActions:
    """Arms what is chosen on a screen."""

    def __init__(self, screen: ChoosingScreen) -> None:
        self._screen = screen
        self._host = screen.dbtree

    def action_arm(self, word: str = "") -> None:
        """Choose what a save of the marked assets, or of the one that is shown, does."""
        state = self._screen.current
        chosen = [key for key in self._screen.chosen if key in state.graph.assets]
        if not chosen:
            self._host.tell("only assets can be armed")
            return
        if word:
            self._arm(chosen, "" if word == "off" else word)
            return
        name = name_of(state, chosen[0]) if len(chosen) == 1 else plural(len(chosen), "asset")
        body = Content.assemble("A save of ", (name, "bold"), " is parsed, and then:")
        known = state.armed.get(chosen[0])
        question = Question("Arm", body, CHOICES, default=known.mode.value if known else "")

        def answered(answer: str | None) -> None:
            if answer is not None and answer != CANCELLED:
                self._arm(chosen, answer)

        self._host.push_screen(ChoiceScreen(question, given_up=CANCELLED), answered)

    def arm_again(self, unique_id: str, word: str) -> None:
        """Arm as the last time, where that is still allowed."""
        mode = next((mode for mode in Mode if mode.value == word), None)
        state = self._screen.current
        forbidden = state.project.readonly or looks_like_production(state.target)
        if mode is not None and not (mode in BUILDING and forbidden):
            self._host.workspace.arm([unique_id], mode)

    def _arm(self, chosen: list[str], word: str) -> None:
        state = self._screen.current
        mode = next((mode for mode in Mode if mode.value == word), None)
        if word and mode is None:
            words = ", ".join(mode.value for mode in Mode)
            self._host.tell(f"choose what a save triggers: off, {words}")
        elif mode in BUILDING and (refusal := state.project.run_refusal):
            self._host.tell(refusal)
        elif mode in BUILDING and looks_like_production(state.target):
            self._host.tell(f"{state.target} looks like production: nothing is built automatically")
        else:
            self._host.workspace.arm(chosen, mode)


CANCELLED = "cancelled"
