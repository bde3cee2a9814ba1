"""The menu of what can be copied of an asset or check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.errors import DbtreeError
from tui.ui.copying import COMPILED, copies_of
from tui.ui.faces import name_of
from tui.ui.screens.choice import ChoiceScreen
from tui.ui.wishes import Choice, Question

if TYPE_CHECKING:
    from tui.ui.screens.base import WorkspaceScreen


def open_copy_menu(screen: WorkspaceScreen, unique_id: str) -> None:
    """Ask what to copy, and put it on the clipboard."""
    copies = copies_of(unique_id, screen.current)
    if not copies:
        return
    app = screen.dbtree

    async def copy_compiled() -> None:
        try:
            facts = (await app.workspace.describe(unique_id, compile=True)).facts
        except DbtreeError as error:
            app.tell(error.message)
            return
        if facts.get("compiled_code"):
            app.copy(str(facts["compiled_code"]), COMPILED)
        else:
            app.tell(str(facts.get("compile_problem") or "it compiles to nothing"))

    def copy_chosen(key: str | None) -> None:
        for copy in copies:
            if copy.key == key and copy.title == COMPILED:
                app.run_worker(copy_compiled(), group="copy", exclusive=True)
            elif copy.key == key:
                app.copy(copy.text, copy.title)

    choices = [Choice(copy.key, copy.title, copy.key, copy.shown) for copy in copies]
    body = Content.styled(name_of(screen.current, unique_id), "bold")
    app.push_screen(ChoiceScreen(Question("Copy", body, choices)), copy_chosen)
