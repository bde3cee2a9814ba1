"""The selection line: dbt's selector syntax over the tree, highlighted as you type, then marked."""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui import selection
from tui.errors import DbtreeError, SelectionError
from tui.text.formats import plural
from tui.tree.limits import EVERYTHING, HOPS, Limit
from tui.ui.background import beside
from tui.ui.run_requests import question_of_replacing
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.question import ChoiceScreen
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.ui.widgets.prompt_line import PromptLine

if TYPE_CHECKING:
    from tui.git.values import GitState
    from tui.graph import AssetGraph
    from tui.selection.dbt_lookup import DbtLookup

ASK_AFTER = 0.15
"""Seconds without a further letter before dbt is asked for what only it knows."""
PAUSE = 0.06
"""Seconds without a further letter before a larger project is looked at."""
PREPARE_AFTER = 1.0
"""Seconds for which a graph stands, and no key is pressed, before it is prepared for looks at all
of it."""


class SelectionActions:
    """Selects assets of the tree of a screen by what is typed into its selection line."""

    def __init__(self, screen: WorkspaceScreen) -> None:
        self.selection_text = ""
        """The latest selection that became marks."""
        self._screen = screen
        self._host = screen.dbtree
        self._lookup: DbtLookup | None = None
        self._names: tuple[str, ...] = ()
        self._lighting: Timer | None = None
        self._preparing: Timer | None = None

    @property
    def tree_view(self) -> AssetTreeView:
        """The tree."""
        return self._screen.query_one(AssetTreeView)

    @property
    def _graph(self) -> AssetGraph:
        return self._screen.current.graph

    @property
    def _root(self) -> Path:
        """The directory of the project."""
        return self._screen.current.project.root

    @property
    def lookup(self) -> DbtLookup:
        """Looks selections up."""
        from tui.selection.dbt_lookup import (
            DbtLookup,  # when somebody selects: the first frame has no need of it
        )

        if self._lookup is None:
            self._lookup = DbtLookup(self._host.workspace.queries)
        return self._lookup

    @property
    def selection_line(self) -> PromptLine:
        """The line that `s` opens."""
        return self._screen.query_one("#selection", PromptLine)

    def action_select(self, text: str = "") -> None:
        """Open the selection line; with a text, mark what it selects at once."""
        if text:
            self._mark_soon(text)
            return
        from tui.project.selectors_file import selector_names

        self._names = selector_names(self._root)
        self.selection_line.open(self.selection_text, selected=True)
        if self._graph.is_large:
            self._prepare(for_selections=True)

    def light_selection(self, text: str) -> None:
        """Show what is selected so far, or what is wrong; ask dbt once no letter follows."""
        self._screen.workers.cancel_group(self._screen, "marking")
        self._light_soon(text)

    def _light_soon(self, text: str) -> None:
        if self._lighting is not None:
            self._lighting.stop()
        if not self._graph.is_large:
            self._show_found(text, self.lookup.look_up(text))
        else:
            # The letter is painted first: a look at ten thousand assets takes some frames.
            self._lighting = self._screen.set_timer(PAUSE, lambda: self._light_typed(text))

    def prepare_later(self) -> None:
        """Another graph: derive what looks at a large one need, when it has been there a while."""
        if self._preparing is not None:
            self._preparing.stop()
        if self._graph.is_large:
            self._preparing = self._screen.set_timer(PREPARE_AFTER, self._prepare_at_rest)

    def _prepare_at_rest(self) -> None:
        if self._host.frame_pacing.until_rest(PREPARE_AFTER) <= 0:
            self._prepare()
        else:
            self.prepare_later()

    def _prepare(self, *, for_selections: bool = False) -> None:
        from tui.selection.indexes import prepare  # the first frame has no need of it

        def prepared(is_new: bool) -> None:
            if is_new:
                # Tens of thousands of values that stay: the collector need not walk them.
                gc.freeze()

        derive = partial(prepare, self._graph, for_selections=for_selections)
        beside(self._screen, derive, prepared, newest="preparing")

    def light_again(self) -> None:
        """The graph is another one: what is typed may select something else."""
        if self.selection_line.display:
            self._light_soon(self.selection_line.text)

    def _light_typed(self, text: str) -> None:
        self._screen.run_worker(self._light_later(text), group="lighting", exclusive=True)

    async def _light_later(self, text: str) -> None:
        """Look beside the screen, which takes keys meanwhile."""
        looked_at = self.lookup.scene.graph
        found = await self.lookup.look(text)
        if looked_at is not self._graph:
            self.light_again()
        elif self.selection_line.display and self.selection_line.text == text:
            self._show_found(text, found)

    def _show_found(self, text: str, found: selection.Lookup) -> None:
        line, view = self.selection_line, self.tree_view
        if found.problem is not None:
            view.light(None)
            line.count("")
            problem = found.problem
            # What is still being typed is no mistake yet.
            if completions := self._completions():
                line.suggest(completions)
            else:
                line.refuse(problem.message, problem.column, problem.length)
            return
        line.suggest(self._completions())
        if found.asks:
            whom = "git" if found.asks[0].method == "git" else "dbt"
            line.count(f"asking {whom} for {found.asks[0].text} …")
            self._screen.run_worker(self._ask_dbt(text), group="selection", exclusive=True)
            return
        self._screen.workers.cancel_group(self._screen, "selection")
        selected = found.selected or frozenset()
        view.light(selected if text.strip() else None)
        words = self._counted(selected) if text.strip() else ""
        if words and not selected:
            unknown = selection.unknown_value(self._graph, text, selectors=self._names)
            words += f" · {unknown}" if unknown else ""
        line.count(words)

    def _completions(self) -> list[selection.Completion]:
        return selection.complete(
            self._graph, self.selection_line.before_cursor, selectors=self._names
        )

    async def _ask_dbt(self, text: str) -> None:
        await asyncio.sleep(ASK_AFTER)
        asks = (await self.lookup.look(text)).asks
        try:
            await self.lookup.ask(asks)
        except DbtreeError as error:
            if self.selection_line.text == text and asks:
                self.tree_view.light(None)
                self.selection_line.count("")
                self.selection_line.refuse(error.message, asks[0].column, len(asks[0].text))
            return
        if self.selection_line.text == text:
            await self._light_later(text)

    def _counted(self, selected: frozenset[str]) -> str:
        assets = len(selected & self._graph.assets.keys())
        checks = len(selected) - assets
        words = plural(assets, "asset")
        return f"{words} · {plural(checks, 'check')}" if checks else words

    def end_selection(self, text: str, *, kept: bool) -> None:
        """Enter marks what is selected, esc leaves the marks as they were."""
        if kept and text.strip():
            self._mark_soon(text)
            return
        self._screen.workers.cancel_group(self._screen, "marking")
        self.leave_line()

    def leave_line(self) -> None:
        self._screen.workers.cancel_group(self._screen, "selection")
        self.tree_view.light(None)
        self.selection_line.close()
        self._screen.set_focus(self.tree_view)

    def _mark_soon(self, text: str) -> None:
        self._screen.run_worker(self._mark_selected(text), group="marking", exclusive=True)

    async def _mark_selected(self, text: str) -> None:
        try:
            selected = await self.lookup.resolve(text)
        except SelectionError as error:
            line = self.selection_line
            if not line.display:
                self._host.tell(error.message)
            elif (problem := (await self.lookup.look(text)).problem) and line.text == text:
                line.refuse(problem.message, problem.column, problem.length)
            return
        except DbtreeError as error:
            self._host.tell(error.message)
            return
        if not selected:
            self._host.tell(f"{text} matches no assets")
            return
        graph = self._graph
        if graph.is_large:
            marks = await asyncio.to_thread(marks_of, graph, selected)
        else:
            marks = marks_of(graph, selected)
        self.selection_text = text
        self.leave_line()
        self.tree_view.mark_all(marks)
        self._host.tell(f"{self._counted(selected)} marked by {text}")

    # ------------------------------------------------------------ what is near

    def action_focus_here(self, hops: str = "") -> None:
        """Show only what is around the asset under the cursor, or between two marked ones."""
        view, graph = self.tree_view, self._graph
        marked = [key for key in sorted(view.marks) if key in graph.assets]
        row = view.row
        if len(marked) == 2 and not hops:
            if selection.between(graph, *marked):
                first, second = marked
                is_upstream = first in graph.ancestors((second,))
                view.show_only(Limit((first, second) if is_upstream else (second, first)))
            else:
                first, second = (graph.assets[key].name for key in marked)
                self._host.tell(f"{first} and {second} are not connected")
        elif row is not None and row.unique_id in graph.assets:
            again = view.limit.focus == (row.unique_id,) and not hops
            steps = int(hops) if hops.isdecimal() else 0
            view.show_only(EVERYTHING if again else Limit((row.unique_id,), steps or HOPS))
        else:
            self._host.tell("only an asset can be focused")

    def action_branch(self) -> None:
        """Show only what the branch changes and everything downstream of it, or all again."""
        view, state = self.tree_view, self._screen.current
        git = state.git
        if view.limit.of_branch:
            view.show_only(EVERYTHING)
        elif any(key in state.graph.assets or key in state.graph.checks for key in state.changed):
            view.show_only(Limit(of_branch=True))
            self._host.tell(git.problem if git and git.problem else self._branch_words(git))
        elif git is None:
            self._host.tell("git is being asked …")
        elif not git.is_repository:
            self._host.tell(git.problem or "the project is in no git repository")
        else:
            self._host.tell(git.problem or f"{git.where} changes no asset")

    def _branch_words(self, git: GitState | None) -> str:
        changed = self._screen.current.changed
        waiting = sum(not one.is_committed for one in changed.values())
        words = f"{len(changed):,} changed"
        if git is not None and git.base and git.base != git.branch:
            words += f" since {git.base}"
        how = "not committed" if waiting else "committed"
        if 0 < waiting < len(changed):
            how = f"{waiting:,} of them not committed"
        return f"{words}, {how}; B shows all again"

    # ------------------------------------------------------------ back into words

    async def selector_of_marks(self) -> str:
        """The shortest selector for what is marked, else for what is under the cursor."""
        chosen = self.tree_view.chosen
        return await asyncio.to_thread(selection.shortest, self.lookup.scene, chosen)

    async def action_save(self, name: str = "") -> None:
        """Save what is marked as a named selector in selectors.yml."""
        refusal = self._host.workspace.state.project.guest_refusal
        if refusal or not name:
            self._host.tell(refusal or "type `:save NAME`")
            return
        from tui.project.selectors_file import can_be_saved, other_definition

        text = await self.selector_of_marks()
        marked = frozenset(selection.with_checks(self._graph, set(self.tree_view.chosen)))
        if (await self.lookup.look(self.selection_text)).selected == marked and can_be_saved(
            self.selection_text
        ):
            text = self.selection_text  # in the user's own words
        before = other_definition(self._root, name, text)
        if not before:
            self._save(name, text)
            return

        def answered(answer: str | None) -> None:
            if answer == "replace":
                self._save(name, text, before)

        self._host.push_screen(ChoiceScreen(question_of_replacing(name, before, text)), answered)

    def _save(self, name: str, text: str, before: str = "") -> None:
        from tui.project.selectors_file import save_selector

        try:
            replaced = save_selector(self._root, name, text)
        except SelectionError as error:
            self._host.tell(error.message)
            return
        verb = "replaced" if replaced else "added"
        was = f" (was {before})" if before else ""
        self._host.tell(f"selector {name} {verb} in selectors.yml: {text}{was}")


def marks_of(graph: AssetGraph, selected: frozenset[str]) -> frozenset[str]:
    """What to mark of what is selected: checks that come along with an asset need no mark."""
    assets = selected & graph.assets.keys()
    return assets | (selected - selection.with_checks(graph, set(assets)))
