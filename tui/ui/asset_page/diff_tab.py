"""The Diff tab: what differs in the data, since before the latest build or from another target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.errors import DatabaseBusy, DbtreeError
from tui.protocol.messages import DataDiffed
from tui.text.formats import human_duration
from tui.ui.asset_page.diff_lines import Line, diff_lines
from tui.ui.asset_page.metadata_diff import metadata_lines
from tui.ui.asset_page.tab import RETRY, AssetTab, Words, waiting_words
from tui.ui.commands import bindings_of
from tui.ui.rows.segments import TextSegment
from tui.ui.widgets.wide_lines_view import WideLinesView
from tui.workspace.state import WorkspaceState

STYLES = (
    "name", "dim", "type", "head", "head-changed", "head-added", "head-removed", "added",
    "removed", "changed", "stale", "on-cursor", "on-cursor-blurred",
)  # fmt: skip
TICK = 0.2
"""Seconds between two looks of the progress line."""
NO_BASELINE = (
    "There is no baseline to compare with yet.\n\n"
    "A  take a baseline before each build from now on: a copy of the relation, in the database, "
    "dropped when you turn it off\n"
    "/  compare with the same asset in another target"
)
NOT_KNOWN = "Where a Python asset puts its data, only its function knows: dbtree cannot compare it."
TOLD_TWICE = "After two runs, the metadata that its function reported is compared here."
BASELINE_NEXT = (
    "The next build takes a baseline first: build it (m), then its diff is here.\n\n"
    "A  take none\n"
    "/  compare with the same asset in another target"
)


class DiffView(WideLinesView):
    """The lines of a diff."""

    PREFIX = "diff"
    BINDINGS = bindings_of("diff-lines")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"diff--{name}" for name in STYLES}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lines: Sequence[Line] = ()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines, from the top where they are others."""
        if lines != self.lines:
            self.lines, self.cursor = lines, 0
            self.scroll_to(0, 0, animate=False, force=True)
            self.redraw()

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def line_length(self) -> int:
        return max((sum(cell_len(text) for text, _ in line) for line in self.lines), default=0)

    def content(self, index: int) -> Line:
        return self.lines[index]

    def segments(self, content: Line, *, is_cursor: bool) -> list[TextSegment]:
        return list(content)


class DiffTab(AssetTab):
    """What differs in the data of the asset."""

    def __init__(self, *arguments: Any, against: str = "", **options: Any) -> None:
        """`against` is the target that is compared with; empty for the baseline."""
        super().__init__(*arguments, **options)
        self.against = against
        self._key: tuple[str, ...] = ()
        self._began = 0.0
        """When the diff that goes on was asked for; 0 while none is."""
        self._found: DataDiffed | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="diff-asked"):
            yield Static("against", classes="label", markup=False)
            yield Input(self.against, id="against", compact=True, placeholder="the baseline")
            yield Static("key", classes="label", markup=False)
            yield Input(id="key", compact=True, placeholder="as the project says")
        yield Static(markup=False, id="diff-progress")
        yield Words()
        yield DiffView(glyphs=self.glyphs, clock=self.clock)

    def on_mount(self) -> None:
        self.view.display = False
        self.set_interval(TICK, self.show_progress)

    @property
    def view(self) -> DiffView:
        """The lines of the diff."""
        return self.query_one(DiffView)

    @property
    def first_focus(self) -> Widget:
        return self.view if self.view.display else self

    @property
    def has_baseline(self) -> bool:
        """Whether a copy is taken before each build."""
        return self.unique_id in self.workspace.state.baselines

    def update_from(self, before: WorkspaceState | None, state: WorkspaceState) -> None:
        key = self.unique_id
        if (
            before is None
            or before.history.built.get(key) is not state.history.built.get(key)
            or before.engine is not state.engine
            or (key in before.baselines) != (key in state.baselines)
        ):
            self.compare()
        self.show_progress()

    def compare_with(self, target: str) -> None:
        """Compare with another target, or with the baseline (an empty name)."""
        self.against = target
        self.query_one("#against", Input).value = target
        self.compare()

    @work(exclusive=True)
    async def compare(self) -> None:
        """Have the database compare, and show what it finds; of what Python makes, what it told."""
        if self._is_of_python:
            await self._compare_metadata()
            return
        self._began = self.clock()
        self.show_progress()
        try:
            self._found = await self.workspace.diffs.diff(
                self.unique_id, against=self.against, key=self._key
            )
        except DatabaseBusy as error:
            self._say(f"{error.message} Asking again.", "$status-queued")
            self.set_timer(RETRY, self.compare)
            return
        except DbtreeError as error:
            self._refuse(error.message)
            return
        finally:
            self._began = 0.0
            self.show_progress()
        self._show(self._found)

    @property
    def _is_of_python(self) -> bool:
        """Whether only a function of the user's knows where the data is."""
        asset = self.workspace.state.graph.assets.get(self.unique_id)
        return asset is not None and asset.is_only_python

    async def _compare_metadata(self) -> None:
        self.query_one("#diff-asked").display = False
        if self.against or self._key:
            self._say(NOT_KNOWN, "$status-failed")
            return
        records = await self.workspace.queries.materializations(self.unique_id)
        lines = metadata_lines(records, self.glyphs, self.clock())
        if not lines:
            self._say(f"{NOT_KNOWN} {TOLD_TWICE}")
            return
        self._show_lines(lines)

    def _show(self, found: DataDiffed) -> None:
        self._show_lines(diff_lines(found, self.glyphs, now=self.clock()))

    def _show_lines(self, lines: Sequence[Line]) -> None:
        self.query_one(Words).say("")
        self.view.display = True
        self.view.show_lines(lines)
        if self.display and self.screen.focused not in self.screen.focus_chain:
            self.screen.set_focus(self.view)

    def _refuse(self, words: str) -> None:
        """Say why there is no diff, and what can be done."""
        if self.against or self._key or "no baseline" not in words:
            self._say(words, "$status-failed")
            return
        found = words.partition(". ")[2] if ": have one taken" not in words else ""
        self._say(f"{found}\n\n{BASELINE_NEXT if self.has_baseline else NO_BASELINE}".strip())

    def _say(self, words: str, style: str = "$dim") -> None:
        self.view.display = False
        self.query_one(Words).say(words, style)

    def show_progress(self) -> None:
        """The line that says what is done now, and for how long."""
        if not self.is_mounted:
            return
        line = self.query_one("#diff-progress", Static)
        if self._began:
            words = waiting_words(self.workspace.state)
            progress = self.workspace.state.diff_progress
            if progress is not None and progress.unique_id == self.unique_id:
                words = f"{progress.words} ({progress.step + 1} of {progress.steps})"
            took = human_duration(max(self.clock() - self._began, 0.0))
            text = Content.assemble(
                (f"{words or 'asking'} {took}", "$status-running"), ("   esc stops it", "$dim")
            )
        elif self._found is not None and self.view.display:
            baseline = "a baseline is taken before each build · A ends that"
            text = Content.styled(
                f"compared in {human_duration(self._found.seconds)}"
                + (f" · {baseline}" if self.has_baseline else ""),
                "$dim",
            )
        else:
            text = Content("")
        if line.content != text:
            line.update(text)

    # ------------------------------------------------------------------ asking

    def action_ask_against(self) -> None:
        self.screen.set_focus(self.query_one("#against", Input))

    def action_ask_key(self) -> None:
        self.screen.set_focus(self.query_one("#key", Input))

    @on(Input.Submitted)
    def ask_again(self, event: Input.Submitted) -> None:
        """Compare as it is asked for now."""
        event.stop()
        self.against = self.query_one("#against", Input).value.strip()
        typed = self.query_one("#key", Input).value.split(",")
        self._key = tuple(name.strip() for name in typed if name.strip())
        self.compare()
        self.screen.set_focus(self.view if self.view.display else None)

    def leave(self) -> bool:
        if isinstance(self.app.focused, Input):
            self.query_one("#against", Input).value = self.against
            self.query_one("#key", Input).value = ", ".join(self._key)
            self.screen.set_focus(self.view if self.view.display else None)
            return True
        if self._began:
            self.stop()
            return True
        return False

    @work(group="stop")
    async def stop(self) -> None:
        """End the diff that goes on."""
        try:
            await self.workspace.diffs.stop_diff()
        except DbtreeError as error:
            self.workspace.notify(error.message)

    def on_unmount(self) -> None:
        """Nobody looks any more: the database has better things to do."""
        if self._began:
            self.app.run_worker(self._stop_quietly(), exit_on_error=False)

    async def _stop_quietly(self) -> None:
        await self.workspace.diffs.stop_diff()
