"""The page of one asset: all about it in tabs, and the keys that build it."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import ContentSwitcher, Input, Static

from tui.graph import DECLARED, Asset, Status
from tui.graph.asset_graph import BUILDABLE
from tui.text.formats import article
from tui.ui.action_delegation import with_actions_of
from tui.ui.asset_page.checks_tab import ChecksTab
from tui.ui.asset_page.column_lists import ColumnTraceView
from tui.ui.asset_page.columns_tab import ColumnsTab
from tui.ui.asset_page.data_tab import DataTab
from tui.ui.asset_page.diff_tab import DiffTab
from tui.ui.asset_page.history_tab import HistoryTab
from tui.ui.asset_page.lineage_tab import LineageMapView, LineageTab
from tui.ui.asset_page.overview_tab import OverviewTab
from tui.ui.asset_page.sql import SqlTab
from tui.ui.asset_page.tab import AssetTab
from tui.ui.commands import Situation, bindings_of
from tui.ui.panels.metadata import image_of
from tui.ui.rows import armed_segments, kind_of, spin, status_style
from tui.ui.screens.action_host import ChoosingScreen
from tui.ui.screens.auto_build_actions import AutoBuildActions
from tui.ui.screens.base import WorkspaceScreen
from tui.ui.screens.copy_menu import open_copy_menu
from tui.ui.screens.diff_actions import ARM, OFF, DiffActions
from tui.ui.screens.file_actions import FileActions
from tui.ui.screens.materialize_actions import MaterializeActions
from tui.ui.screens.plan_actions import PlanActions
from tui.ui.screens.yaml_actions import YamlActions
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.tab_bar import Tab, TabBar
from tui.workspace.state import WorkspaceState

TICK = 0.2
"""Seconds between two looks of what runs."""
ARMED_STYLES = {
    "mark": "$accent-ink", "dim": "$dim", "fresh": "$status-fresh", "failed": "$status-failed",
}  # fmt: skip
"""How the title draws what the tree draws with its own styles."""


@with_actions_of(
    materializing=MaterializeActions,
    planning=PlanActions,
    auto_build=AutoBuildActions,
    diffing=DiffActions,
    describing=YamlActions,
    filing=FileActions,
)
class AssetScreen(ChoosingScreen):
    """One asset, live."""

    BINDINGS: ClassVar[list[Any]] = [
        *bindings_of("page"),
        *bindings_of("page-sql"),
        *bindings_of("page-data"),
        *bindings_of("page-columns"),
        *bindings_of("page-diff"),
        Binding("L", "open_run", "Log", show=False),
    ]
    SCOPES = ("page",)
    AUTO_FOCUS = ""
    """Each tab says what has the keys first: Textual would put them into a line to type in."""
    CSS_PATH = "../asset.tcss"
    TABS: ClassVar[dict[str, tuple[str, type[AssetTab]]]] = {
        "overview": ("Overview", OverviewTab),
        "sql": ("SQL", SqlTab),
        "columns": ("Columns", ColumnsTab),
        "checks": ("Checks", ChecksTab),
        "data": ("Data", DataTab),
        "diff": ("Diff", DiffTab),
        "history": ("History", HistoryTab),
        "lineage": ("Lineage", LineageTab),
    }
    LEFT_OUT: ClassVar[dict[str, frozenset[str]]] = {
        **dict.fromkeys(DECLARED, frozenset({"sql", "columns", "data", "diff", "history"})),
        "source": frozenset({"sql", "history"}),
        "seed": frozenset({"sql"}),
    }
    """The tabs that a resource type has not."""

    def __init__(
        self,
        unique_id: str,
        *,
        tab: str = "overview",
        check: str = "",
        column: str = "",
        compiled: bool = False,
        against: str = "",
    ) -> None:
        """The page of an asset on one of its tabs, with the cursor on a check or on a column, with
        the compiled SQL first, or with the data compared with that of a target.
        """
        super().__init__()
        self.materializing = MaterializeActions(self)
        self.planning = PlanActions(self, self.materializing, enter_on_why="opens its page")
        self.auto_build = AutoBuildActions(self)
        self.diffing = DiffActions(self)
        self.describing = YamlActions(self)
        self.filing = FileActions(self)
        self._compiled = compiled
        self._against = against
        self.unique_id = unique_id
        self._first_tab = tab
        self._check = check
        self._column = column

    @property
    def asset(self) -> Asset | None:
        """The asset, while it exists."""
        return self.current.graph.assets.get(self.unique_id)

    @property
    def tab(self) -> AssetTab:
        """The tab that is shown."""
        return self.query_one(f"#{self.shown_tab}", AssetTab)

    @property
    def shown_tab(self) -> str:
        """Which tab is shown; not the one that is chosen, and about to be made."""
        return self.query_one(ContentSwitcher).current or self._first_tab

    def compose(self) -> ComposeResult:
        where = place_of(self.unique_id, self.current, self.dbtree.glyphs)
        yield Header(where=where, **self._options).data_bind(WorkspaceScreen.state)
        with Vertical(id="pane"):
            yield TabBar()
            yield Static(markup=False, id="gone")
            with ContentSwitcher(initial=self._first_tab):
                yield self._made(self._first_tab)
        yield Footer()

    @property
    def _options(self) -> dict[str, Any]:
        return {"glyphs": self.dbtree.glyphs, "clock": self.dbtree.clock}

    def _made(self, key: str) -> AssetTab:
        """A new tab. Each is made when it is first looked at: all would hold up the page."""
        kind = self.TABS[key][1]
        options = self._options
        if kind is ChecksTab:
            options["check"] = self._check
        elif kind is ColumnsTab:
            options["column"] = self._column
        elif kind is DiffTab:
            options["against"] = self._against
        elif kind is SqlTab:
            options["compiled"] = self._compiled
        return kind(self.unique_id, self.dbtree.workspace, id=key, **options)

    def on_mount(self) -> None:
        self.set_interval(TICK, self.show_title)
        self.query_one("#gone").display = False
        self.show_tabs()
        self.query_one(TabBar).current = self._first_tab

    # ------------------------------------------------------------------ state

    def watch_state(self, old: WorkspaceState | None, new: WorkspaceState | None) -> None:
        """Show the asset as it is now."""
        if new is None or not self.is_mounted:
            return
        is_gone = self.unique_id not in new.graph.assets
        gone = self.query_one("#gone", Static)
        gone.display = is_gone
        self.query_one(ContentSwitcher).display = not is_gone
        if is_gone:
            gone.update("It is no longer in the project. Press esc to go back.")
            return
        self.show_title()
        self.show_tabs()
        if self.query_one(TabBar).current and self.tab.is_mounted:
            self.tab.take_state(new)
        self.show_commands()

    def show_title(self) -> None:
        """The pane's title tells what it is and how it is."""
        asset, state, glyphs = self.asset, self.current, self.dbtree.glyphs
        if asset is None or not self.is_mounted:
            return
        parts: list[Any] = [(asset.name, "bold"), (f" · {kind_of(asset)}", "$dim")]
        found = state.statuses.get(self.unique_id)
        if found is not None:
            running = found.status is Status.RUNNING
            glyph = spin(glyphs, self.dbtree.clock()) if running else glyphs.status[found.status]
            parts += [
                (" · ", "$dim"),
                (f"{glyph} {found.status.value}", f"$status-{status_style(found.status)}"),
            ]
        for text, style in armed_segments(state, self.unique_id, glyphs):
            parts.append((text, ARMED_STYLES[style]))
        title = Content.assemble(*parts)
        pane = self.query_one("#pane")
        if pane.border_title != title:
            pane.border_title = title

    @classmethod
    def left_out(cls, asset: Asset) -> frozenset[str]:
        """The tabs that an asset has not: the data of what Python makes only its function knows."""
        without = cls.LEFT_OUT.get(asset.resource_type, frozenset())
        return without | {"columns", "data"} if asset.is_only_python else without

    def show_tabs(self) -> None:
        """The tabs that there are for this kind of asset, with what they count."""
        asset, state = self.asset, self.current
        left_out = self.left_out(asset) if asset else frozenset()
        checks = state.graph.checks_of.get(self.unique_id, ())
        known = state.history.checks
        results = [known[key].status for key in checks if key in known]
        passed = sum(status == "pass" for status in results)
        note = f"{passed}/{len(checks)}" if results else str(len(checks) or "")
        bad = any(status in ("fail", "error") for status in results)
        tabs = tuple(
            Tab(
                key,
                title,
                note if key == "checks" else "",
                "$status-checks-failed" if key == "checks" and bad else "$dim",
            )
            for key, (title, _) in self.TABS.items()
            if key not in left_out
        )
        bar = self.query_one(TabBar)
        if tuple(bar.tabs) != tabs:
            bar.tabs = tabs

    @on(TabBar.Chosen)
    async def show_tab(self, event: TabBar.Chosen) -> None:
        """Show what belongs to the tab."""
        if event.tab:
            await self._open_tab(event.tab)

    async def _open_tab(self, key: str) -> None:
        switcher = self.query_one(ContentSwitcher)
        if all(tab.id != key for tab in switcher.children):
            await switcher.add_content(self._made(key))
        switcher.current = key
        # Its widgets have their sizes only then.
        self.call_after_refresh(self._start_tab)

    def _start_tab(self) -> None:
        tab = self.tab
        if self.asset is None or not tab.is_mounted:
            return
        tab.take_state(self.current)
        tab.first_focus.focus()
        self.show_commands()

    @property
    def chosen(self) -> tuple[str, ...]:
        return (self.unique_id,)

    @property
    def shown(self) -> str:
        return self.unique_id

    @property
    def scopes(self) -> tuple[str, ...]:
        own = {
            "sql": ("code", "page-sql"),
            "data": ("rows", "page-data"),
            "diff": ("diff-lines", "page-diff"),
            "history": ("history-list",),
            "lineage": ("lineage-map",),
            "checks": ("check-list",),
            "overview": ("details",),
            "columns": ("column-trace" if self._is_in_trace else "column-list", "page-columns"),
        }
        return (*own.get(self.shown_tab, ()), "page")

    @property
    def _is_in_trace(self) -> bool:
        """Whether the keys are those of a column's lineage."""
        return isinstance(self.focused, ColumnTraceView)

    @property
    def situation(self) -> Situation:
        state, asset = self.current, self.asset
        latest = state.latest
        return Situation(
            node="asset" if asset else "",
            buildable=asset is not None and asset.resource_type in BUILDABLE,
            has_file=asset is not None,
            has_reasons=self.planning.has_reasons,
            has_rows=isinstance(self.tab, ChecksTab) and self.tab.has_rows,
            outdated=self.planning.is_anything_outdated,
            running=state.is_busy,
            failed=latest is not None and latest.status in ("failed", "cancelled", "interrupted"),
            problem=bool(state.problems),
            readonly=state.project.readonly,
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of a tab are its own."""
        tab = self.shown_tab if self.is_mounted else ""
        if action == "toggle_compiled":
            return tab == "sql"
        if action == "profile":
            return tab == "columns"
        if action in ("ask_where", "ask_order", "ask_export", "copy_value"):
            return tab == "data"
        if action in ("ask_against", "ask_key", "toggle_baseline"):
            return tab == "diff"
        return super().check_action(action, parameters)

    # ---------------------------------------------------------------- actions

    async def action_next_tab(self) -> None:
        await self._step(1)

    async def action_previous_tab(self) -> None:
        await self._step(-1)

    async def _step(self, step: int) -> None:
        bar = self.query_one(TabBar)
        with bar.prevent(TabBar.Chosen):
            bar.step(step)
        await self._open_tab(bar.current)  # before the next key, which may be for that tab

    async def action_page_tab(self) -> None:
        await self._tab_or_line(1)

    async def action_page_tab_back(self) -> None:
        await self._tab_or_line(-1)

    async def _tab_or_line(self, step: int) -> None:
        if not isinstance(self.focused, Input):
            await self._step(step)
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_page_reload(self) -> None:
        """Let the tab begin again, and check which relations exist in the database."""
        self.dbtree.workspace.look_at_relations()
        self.tab.begin_anew(self.current)

    def action_profile(self) -> None:
        self.query_one(ColumnsTab).action_profile()

    def action_toggle_compiled(self) -> None:
        self.query_one(SqlTab).action_toggle_compiled()

    def action_ask_where(self) -> None:
        self.query_one(DataTab).action_ask_where()

    def action_ask_order(self) -> None:
        self.query_one(DataTab).action_ask_order()

    def action_ask_export(self) -> None:
        self.query_one(DataTab).action_ask_export()

    def action_copy_value(self) -> None:
        self.query_one(DataTab).action_copy_value()

    def action_ask_against(self) -> None:
        self.query_one(DiffTab).action_ask_against()

    def action_ask_key(self) -> None:
        self.query_one(DiffTab).action_ask_key()

    async def action_diff(self, word: str = "") -> None:
        """Compare the data with the baseline or a target, on the tab of this page."""
        if word in (ARM, OFF):
            self.diffing.action_diff(word)
            return
        if not self.diffing.is_target(word):
            return
        self._against = word
        is_made = bool(self.query(DiffTab))
        await self._choose_tab("diff")
        if is_made and self.shown_tab == "diff":
            self.query_one(DiffTab).compare_with(word)

    def action_jump(self, unique_id: str) -> None:
        """Go on to another asset, or to a check of one."""
        self.action_open_asset(unique_id)

    def action_open_asset(self, unique_id: str) -> None:
        """Show the page of another asset in place of this one, on the same tab."""
        self.dbtree.open_asset(unique_id, tab=self.shown_tab)

    @on(ChecksTab.RowsShown)
    def offer_rows(self) -> None:
        """The key into them is offered only while there are any."""
        self.show_commands()

    @on(ColumnTraceView.Opened)
    def open_column(self, event: ColumnTraceView.Opened) -> None:
        """Show the page of the asset that a column belongs to, with the cursor on the column."""
        tab = "columns" if event.column else "overview"
        self.dbtree.open_asset(event.unique_id, tab=tab, column=event.column)

    @on(LineageMapView.Opened)
    def open_box(self, event: LineageMapView.Opened) -> None:
        """Show the page of the asset under the cursor of the map."""
        self.action_open_asset(event.unique_id)

    def action_open_run(self, run_id: str = "") -> None:
        """Show the page of a run: the latest of this asset unless another is named."""
        found = self.current.statuses.get(self.unique_id)
        run_id = run_id or (found.run_id if found else "")
        if run_id:
            self.dbtree.show_run(run_id)
        else:
            self.dbtree.tell("no run has built or tested it yet")

    async def action_edit(self) -> None:
        """Open the file at the place that the tab is about."""
        asset = self.asset
        if asset is None:
            return
        path, line = self.tab.place
        await self.dbtree.edit(path or asset.path, line or (0 if path else asset.line))

    async def action_edit_place(self, path: str, line: int) -> None:
        """Open a file that is named on the page."""
        await self.dbtree.edit(path, line)

    def action_open(self) -> None:
        if self.asset is not None:
            image = image_of(self.current.history.built.get(self.unique_id))
            self.action_open_place(image or self.asset.path)

    async def action_draw(self) -> None:
        await self.draw_image_of(self.unique_id)

    def action_copy(self) -> None:
        open_copy_menu(self, self.unique_id)

    async def action_preview(self) -> None:
        await self._choose_tab("data")

    def action_query(self) -> None:
        """Write a query: on the SQL tab the source is in the editor, else what was asked last."""
        tab = self.tab
        code, line = tab.as_query if isinstance(tab, SqlTab) else ("", 1)
        self.dbtree.open_query(self.unique_id, code=code, line=line)

    async def _choose_tab(self, key: str) -> None:
        """Go to a tab by its name, where this kind of asset has it."""
        bar = self.query_one(TabBar)
        if all(tab.id != key for tab in bar.tabs):
            kind = self.asset.resource_type if self.asset else "asset"
            self.dbtree.tell(f"{article(kind)} has no {key} tab")
            return
        with bar.prevent(TabBar.Chosen):
            bar.current = key
        await self._open_tab(key)

    def action_close(self) -> None:
        if not self.tab.leave():
            self.app.pop_screen()


def place_of(unique_id: str, state: WorkspaceState, glyphs: Glyphs) -> str:
    """The way to the page of an asset."""
    asset = state.graph.assets.get(unique_id)
    return f"assets {glyphs.folded} {asset.name if asset else unique_id.rsplit('.', 1)[-1]}"
