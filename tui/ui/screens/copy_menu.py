"""The menu of what can be copied of an asset or check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.content import Content

from tui.errors import DbtreeError
from tui.text.formats import plural
from tui.ui.panels.copy_choices import COMPILED, copies_of
from tui.ui.rows import name_of
from tui.ui.run_requests import Choice, Question
from tui.ui.screens.question import ChoiceScreen

if TYPE_CHECKING:
    from tui.ui.screens.base import WorkspaceScreen


MARKS = "m"
"""The key of the selector of what is marked."""


def open_copy_menu(
    screen: WorkspaceScreen,
    unique_id: str,
    *,
    marked: int = 0,
    say_marks: Callable[[], Awaitable[str]] | None = None,
) -> None:
    """Ask what to copy, and put it on the clipboard.

    `marked` is how many assets are marked, `say_marks` gives the shortest selector for them.
    """
    copies = copies_of(unique_id, screen.current)
    if not copies:
        return
    app = screen.dbtree

    async def copy_compiled() -> None:
        try:
            facts = (await app.workspace.queries.describe(unique_id, compile=True)).facts
        except DbtreeError as error:
            app.tell(error.message)
            return
        if facts.get("compiled_code"):
            app.copy_to_clipboard(str(facts["compiled_code"]))
            app.tell("compiled SQL copied")
        else:
            app.tell(str(facts.get("compile_problem") or "its compiled SQL is empty"))

    async def copy_marks() -> None:
        if say_marks is not None:
            app.copy(await say_marks(), "selector of the marks")

    def copy_chosen(key: str | None) -> None:
        if key == MARKS:
            app.run_worker(copy_marks(), group="copy", exclusive=True)
        for copy in copies:
            if copy.key == key and copy.title == COMPILED:
                app.run_worker(copy_compiled(), group="copy", exclusive=True)
            elif copy.key == key:
                app.copy(copy.text, copy.title[:1].lower() + copy.title[1:])

    choices = [Choice(copy.key, copy.title, copy.key, copy.shown) for copy in copies]
    if marked:
        words = f"the shortest selector for {plural(marked, 'marked asset')}"
        choices.insert(0, Choice(MARKS, "Marks", MARKS, words))
    body = Content.styled(name_of(screen.current, unique_id), "bold")
    app.push_screen(ChoiceScreen(Question("Copy", body, choices)), copy_chosen)
