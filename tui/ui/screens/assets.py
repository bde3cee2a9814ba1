"""The assets screen: the tree, the details of what is under the cursor, and the run below."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui.protocol.records import DECLARED
from tui.text.formats import plural
from tui.tree import AssetTree, RowKind, Sort, View
from tui.tree.limits import EVERYTHING
from tui.ui.action_delegation import with_actions_of
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.empty_tree import empty_sheet, no_match
from tui.ui.panels.headline import is_busy
from tui.ui.panels.problems import problem_line
from tui.ui.screens.action_host import ChoosingScreen
from tui.ui.screens.auto_build_actions import AutoBuildActions
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.copy_menu import open_copy_menu
from tui.ui.screens.cursor_actions import CursorActions
from tui.ui.screens.diff_actions import DiffActions
from tui.ui.screens.file_actions import FileActions
from tui.ui.screens.materialize_actions import MaterializeActions
from tui.ui.screens.panes import Panes
from tui.ui.screens.plan_actions import PlanActions
from tui.ui.screens.selection_actions import SelectionActions
from tui.ui.screens.yaml_actions import YamlActions
from tui.ui.session import Session
from tui.ui.widgets.asset_tree_view import AssetTreeView
from tui.ui.widgets.column_heads import ColumnHeads
from tui.ui.widgets.details_view import DetailsView
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.key_focus import has_keys
from tui.ui.widgets.log_view import LogView
from tui.ui.widgets.prompt_line import PromptLine
from tui.ui.widgets.run_pane import RunPane
from tui.ui.widgets.search_line import SearchLine
from tui.workspace.state import WorkspaceState

REST = 0.05
"""Seconds for which the cursor rests before the details follow it."""
SELECTOR_HINT = '+orders  tag:nightly,path:models/marts  status:stale  key:"x" or kind:seed'


@with_actions_of(
    materializing=MaterializeActions,
    planning=PlanActions,
    auto_build=AutoBuildActions,
    selecting=SelectionActions,
    diffing=DiffActions,
    describing=YamlActions,
    filing=FileActions,
    opening=CursorActions,
    panes=Panes,
)
class AssetsScreen(ChoosingScreen):
    """What exists, what it is, and what runs."""

    BINDINGS = bindings_of("assets")
    SCOPES = ("assets", "tree")

    def __init__(self) -> None:
        super().__init__()
        self.materializing = MaterializeActions(self)
        self.planning = PlanActions(self, self.materializing, enter_on_why="shows it in the tree")
        self.auto_build = AutoBuildActions(self)
        self.selecting = SelectionActions(self)
        self.diffing = DiffActions(self)
        self.describing = YamlActions(self)
        self.filing = FileActions(self)
        self.opening = CursorActions(self)
        self.session = self.dbtree.session
        self.panes = Panes(self, self.session)
        self._spinning: Timer | None = None
        self._resting: Timer | None = None
        self._restored = False

    def compose(self) -> ComposeResult:
        app = self.dbtree
        glyphs, clock = app.glyphs, app.clock
        yield Header(glyphs=glyphs, clock=clock).data_bind(WorkspaceScreen.state)
        with Horizontal(id="panes"):
            with Vertical(id="tree-pane"):
                yield SearchLine("/", placeholder="filter by name", late=True, id="filter")
                yield PromptLine("s", placeholder=SELECTOR_HINT, late=True, id="selection")
                yield Static(id="problem", markup=False)
                yield ColumnHeads()
                yield AssetTreeView(id="tree", glyphs=glyphs, clock=clock).data_bind(
                    WorkspaceScreen.state
                )
                with VerticalScroll(id="empty", can_focus=False):
                    yield Static(id="empty-sheet", markup=False)
            yield DetailsView(
                app.workspace.queries.describe, id="details", glyphs=glyphs, clock=clock
            ).data_bind(WorkspaceScreen.state)
        workspace = app.workspace
        yield RunPane(
            workspace.queries.log, workspace.queries.run, id="run", glyphs=glyphs, clock=clock
        ).data_bind(WorkspaceScreen.state)
        yield Footer()

    def on_mount(self) -> None:
        self._spinning = self.set_interval(0.1, self.show_empty, pause=True)
        self.query_one("#filter").display = False
        self.tree_view.focus()
        self.run_pane.display = not self.session.run_hidden
        self.panes.size()

    @property
    def tree_view(self) -> AssetTreeView:
        """The tree."""
        return self.query_one(AssetTreeView)

    @property
    def chosen(self) -> tuple[str, ...]:
        return self.tree_view.chosen

    @property
    def shown(self) -> str:
        row = self.tree_view.row
        return row.unique_id if row else ""

    @property
    def run_pane(self) -> RunPane:
        """The run pane."""
        return self.query_one(RunPane)

    # ------------------------------------------------------------------ state

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Show what the widgets below do not show by themselves: problems and emptiness."""
        if new is None or not self.is_mounted:
            return
        if new.graph and not self._restored:
            self._restored = True
            self._restore()
        self.materializing.catch_up()
        if old is None or bool(old.runs) != bool(new.runs):
            self.call_after_refresh(self.panes.size)
        if old is None or old.graph is not new.graph:
            self.selecting.prepare_later()
        if old is not None and old.graph is not new.graph:
            self.selecting.light_again()
        if old is None or any(
            getattr(old, name) is not getattr(new, name)
            for name in ("graph", "problems", "progress", "phase")
        ):
            self.show_empty()
            self.show_problem()
        self.show_commands()

    def show_empty(self) -> None:
        """Put what there is to say in the place of a tree without assets."""
        state = self.current
        is_empty = not state.graph
        self.query_one("#empty").display = is_empty
        self.tree_view.display = not is_empty
        if self._spinning is not None:
            if is_empty and is_busy(state):
                self._spinning.resume()
            else:
                self._spinning.pause()
        if is_empty:
            width = self.query_one("#empty").scrollable_content_region.width or 60
            self.query_one("#empty-sheet", Static).update(
                empty_sheet(state, self.dbtree.glyphs, width=width, now=self.dbtree.clock())
            )
        elif self.focused is None:
            self.tree_view.focus()

    def show_problem(self) -> None:
        """Tell above the last good tree what keeps dbt from parsing, or that it has no rows."""
        state, tree = self.current, self.tree_view.asset_tree
        bar = self.query_one("#problem", Static)
        is_blank = bool(tree.filter_text) and not len(tree)
        bar.display = bool(state.graph) and (bool(state.problems) or is_blank)
        if bar.display and not state.problems:
            bar.update(no_match(tree.filter_text))
        elif bar.display and (room := self.query_one("#tree-pane").content_size.width):
            width = max(room - 2, 20)
            provisional = state.graph.provisional
            bar.update(
                problem_line(
                    state.problems, self.dbtree.glyphs, width=width, provisional=provisional
                )
            )

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_empty)
        self.call_after_refresh(self.show_problem)

    @on(AssetTreeView.Highlighted)
    def follow_cursor(self, event: AssetTreeView.Highlighted) -> None:
        """The details follow the cursor when it rests: they would hold up a key that repeats."""
        if self._resting is not None:
            self._resting.stop()
        if self.query_one(DetailsView).row is None:
            self.show_details()
        else:
            self._resting = self.set_timer(REST, self.show_details)

    def show_details(self) -> None:
        """Show the details, and the keys, of what the cursor is on."""
        self._resting = None
        row = self.tree_view.row
        self.query_one(DetailsView).row = row
        self.panes.let_log_follow(row.unique_id if row else "")
        self.show_commands()

    @on(AssetTreeView.Rearranged)
    def show_title(self) -> None:
        """The pane's title shows the view, the filter and the marks."""
        view = self.tree_view
        tree = view.asset_tree
        arranged, sort = view.arrangement
        parts: list[str | tuple[str, str]] = ["Assets", (f" · {arranged.value}", "$dim")]
        if sort is not Sort.NAME:
            parts.append((f" by {sort.value}", "$dim"))
        if view.limit:
            parts.append((f" · {view.limit_words}", "$match"))
        if tree.filter_text:
            parts.append((f" · /{tree.filter_text}", "$match"))
        if view.marks:
            parts.append((f" · {len(view.marks):,} marked", "$accent-ink"))
        self.query_one("#tree-pane").border_title = Content.assemble(*parts)
        heads = self.query_one(ColumnHeads)
        heads.columns = view.columns
        heads.display = view.columns.kind > 0 and bool(self.current.graph)
        self.show_problem()
        self.show_commands()

    @property
    def situation(self) -> Situation:
        state = self.current
        row = self.tree_view.row
        node = ""
        buildable = has_file = False
        if row is not None:
            node = "folder" if row.kind in (RowKind.FOLDER, RowKind.HEADER) else row.kind.value
            asset = state.graph.assets.get(row.unique_id)
            buildable = row.unique_id in state.graph.checks or (
                asset is not None and asset.resource_type not in {"source", *DECLARED}
            )
            has_file = bool(row.unique_id)
        latest = state.latest
        return Situation(
            node=node,
            buildable=buildable,
            has_file=has_file,
            has_reasons=self.planning.has_reasons,
            outdated=self.planning.is_anything_outdated,
            marks=len(self.tree_view.marks),
            filtered=bool(self.tree_view.asset_tree.filter_text) or self.tree_view.limit.of_branch,
            changed=bool(state.changed),
            running=state.is_busy,
            failed=latest is not None and latest.status in ("failed", "cancelled", "interrupted"),
            problem=bool(state.problems),
            readonly=state.project.readonly,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        return ("log", "assets") if isinstance(self.focused, LogView) else self.SCOPES

    # ---------------------------------------------------------------- looking

    def action_filter(self, text: str = "") -> None:
        if text:
            self.tree_view.filter_by(text)
            return
        self.query_one("#filter", SearchLine).open(self.tree_view.asset_tree.filter_text)

    @on(SearchLine.Changed, "#filter")
    def filter_tree(self, event: SearchLine.Changed) -> None:
        """Filter while one types."""
        self.tree_view.filter_by(event.text)
        self.query_one("#filter", SearchLine).count(
            plural(self.tree_view.asset_tree.matches, "match", "matches") if event.text else ""
        )

    @on(SearchLine.Closed, "#filter")
    def end_filter(self, event: SearchLine.Closed) -> None:
        """Enter keeps what is filtered, esc shows everything again."""
        line = self.query_one("#filter", SearchLine)
        if not event.kept:
            self.tree_view.filter_by("")
        line.display = False
        self.set_focus(self.tree_view)

    @on(PromptLine.Changed, "#selection")
    def light_selection(self, event: PromptLine.Changed) -> None:
        """Show what is selected so far."""
        self.selecting.light_selection(event.text)

    @on(PromptLine.Closed, "#selection")
    def end_selection(self, event: PromptLine.Closed) -> None:
        """Enter marks what is selected, esc leaves the marks as they were."""
        self.selecting.end_selection(event.text, kept=event.kept)

    def action_back(self) -> None:
        """One level back: the details, the log, the filter, the marks."""
        view = self.tree_view
        if self.selecting.selection_line.display:
            self.selecting.leave_line()  # a click left it open
        elif (line := self.query_one("#filter", SearchLine)).display:
            line.display = False
            view.filter_by("")
            self.set_focus(view)
        elif self.panes.is_log_full:
            self.panes.toggle_full_log()
        elif not has_keys(view):
            view.focus()
        elif view.asset_tree.filter_text:
            view.filter_by("")
        elif view.limit:
            view.show_only(EVERYTHING)
        else:
            view.clear_marks()
        self.show_commands()

    def action_cycle_view(self, name: str = "") -> None:
        view = next((view for view in View if view.value == name), None)
        if view is not None:
            self.tree_view.show_view(view)
        elif name:
            self.dbtree.tell(f"unknown view {name}")
        else:
            self.tree_view.cycle_view()

    def action_cycle_sort(self, name: str = "") -> None:
        sorts = list(Sort)
        view, here = self.tree_view.arrangement
        found = next((sort for sort in Sort if sort.value == name), None)
        if name and found is None:
            self.dbtree.tell(f"unknown order {name}")
        else:
            after = sorts[(sorts.index(here) + 1) % len(sorts)]
            self.tree_view.show_view(view, found or after)

    def action_jump(self, unique_id: str) -> None:
        """Put the cursor on an asset or check, where it can be seen."""
        if not self.tree_view.show(unique_id):
            self.dbtree.tell("it is no longer in the project")
        elif self.panes.is_log_full:
            self.panes.toggle_full_log()

    def action_open_run(self, run_id: str) -> None:
        """Show the page of a run."""
        self.dbtree.show_run(run_id)

    @on(AssetTreeView.Opened)
    def open_page(self, event: AssetTreeView.Opened) -> None:
        """Show the page of an asset; a check is shown on that of its asset."""
        if event.row.unique_id:
            self.dbtree.open_asset(event.row.unique_id)

    def action_copy(self) -> None:
        row = self.tree_view.row
        if row is None or not row.unique_id:
            return
        marked = len(self.tree_view.marks)
        open_copy_menu(
            self, row.unique_id, marked=marked, say_marks=self.selecting.selector_of_marks
        )

    @on(LogView.FullWanted)
    def toggle_full_log(self) -> None:
        """The log on the whole screen, or back under the tree."""
        self.panes.toggle_full_log()

    @on(LogView.ScopeWanted)
    def toggle_log_scope(self) -> None:
        """The log of the asset under the cursor, or the whole."""
        self.panes.toggle_log_scope()

    # ---------------------------------------------------------------- session

    def _restore(self) -> None:
        """Put view, folds, marks and cursor where they were the last time."""
        session, graph = self.session, self.current.graph
        view = next((view for view in View if view.value == session.view), View.LINEAGE)
        sort = next((sort for sort in Sort if sort.value == session.sort), Sort.NAME)
        state = self.current
        tree = AssetTree.of(graph, view, sort, state.statuses, state.history)
        tree = replace(tree, folded=frozenset(session.folded))
        self.tree_view.marks = frozenset(key for key in session.marks if key in graph.assets)
        for entry in session.armed:
            word, _, key = entry.partition(" ")
            if key in graph.assets:
                self.auto_build.arm_again(key, word)
        cursor = tree.row_of(session.cursor)
        self.tree_view.take_tree(tree, cursor=cursor or 0)

    def remembered(self, theme: str) -> Session:
        """What to find again the next time."""
        view = self.tree_view
        row = view.row
        if not self._restored:
            return replace(self.session, theme=theme)
        arranged, sort = view.arrangement
        return Session(
            view=arranged.value,
            sort=sort.value,
            cursor=row.unique_id if row else "",
            folded=tuple(sorted(view.asset_tree.folded)),
            marks=tuple(sorted(view.marks)),
            armed=tuple(f"{one.mode.value} {key}" for key, one in self.current.armed.items()),
            details_width=self.panes.details_width,
            run_height=self.panes.run_height,
            run_hidden=not self.run_pane.display,
            theme=theme,
        )
