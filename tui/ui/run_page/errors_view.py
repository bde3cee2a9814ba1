"""The list of a run's errors, with a cursor and folded victims."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.message import Message

from tui.runs.run_errors import RunError, errors_of
from tui.runs.values import NodeRun, Run
from tui.ui.background import beside
from tui.ui.commands import bindings_of
from tui.ui.rows.code_lines import STYLE_NAMES
from tui.ui.rows.segments import TextSegment
from tui.ui.run_page.error_lines import ErrorLine, Known, error_lines, key_of
from tui.ui.widgets.lines_view import LinesView
from tui.workspace.state import WorkspaceState

OWN_STYLES = ("name", "dim", "faint", "error", "message", "place", "skipped")
MANY = 20
"""New errors from which on their lines are made beside the loop."""
GROUNDS = ("cursor", "cursor-blurred", "wrong")


class ErrorsView(LinesView):
    """What went wrong in one run."""

    PREFIX = "errors"
    BINDINGS = bindings_of("errors")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"errors--{name}"
        for name in (*OWN_STYLES, *STYLE_NAMES, *(f"on-{ground}" for ground in GROUNDS))
    }

    class Opened(Message):
        """The user wants to see an asset or check in the tree."""

        def __init__(self, unique_id: str) -> None:
            super().__init__()
            self.unique_id = unique_id

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lines: list[ErrorLine] = []
        self.errors: list[RunError] = []
        self._unfolded: set[str] = set()
        self._known: Known = {}
        """The lines of errors that were made before, for the same graph."""
        self._run: Run | None = None
        self._state: WorkspaceState | None = None

    def show_run(self, run: Run, state: WorkspaceState) -> None:
        """Show the errors as they are now, with the cursor on the same one."""
        if self._state is None or self._state.graph is not state.graph:
            self._known = {}
        self._run, self._state = run, state
        self._write()

    def _write(self, *, shows_rest: bool = False) -> None:
        """Make the lines anew: beside the loop where many errors are new."""
        run, state = self._run, self._state
        width = self.scrollable_content_region.width
        if run is None or state is None or width <= 0:
            return  # it is written when its width is known
        errors, unfolded = errors_of(run, state.graph), frozenset(self._unfolded)
        keys = {key_of(place, error, width, unfolded) for place, error in enumerate(errors)}
        known = {key: lines for key, lines in self._known.items() if key in keys}
        make = partial(
            error_lines, run, errors, state, self.glyphs, width=width, unfolded=unfolded,
            known=known,
        )  # fmt: skip

        def take(lines: list[ErrorLine]) -> None:
            self._known = known
            self._take(errors, lines)
            if shows_rest:
                self._show_rest()

        if len(keys) - len(known) > MANY:
            beside(self, make, take, newest="errors")
        else:
            take(make())

    def _take(self, errors: list[RunError], lines: list[ErrorLine]) -> None:
        before = self.current_node.unique_id if self.current_node else ""
        self.errors = errors
        if lines == self.lines:
            return
        self.lines = lines
        if before and self.current_node and self.current_node.unique_id != before:
            self._go_to(before)
        self.redraw()

    def width_changed(self, width: int) -> None:
        self._write()

    # -- lines ----------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self.lines)

    def content(self, index: int) -> ErrorLine:
        return self.lines[index]

    def segments(self, content: ErrorLine, *, is_cursor: bool) -> list[TextSegment]:
        return list(content.segments)

    def ground(self, content: ErrorLine) -> str:
        return "wrong" if content.is_wrong else ""

    # -- the error under the cursor ---------------------------------------------

    @property
    def current(self) -> RunError | None:
        """The error that the cursor is in, else the first."""
        if not self.errors:
            return None
        place = self.lines[self.cursor].error if self.cursor < len(self.lines) else 0
        return self.errors[place] if 0 <= place < len(self.errors) else self.errors[0]

    @property
    def current_node(self) -> NodeRun | None:
        """What failed there."""
        return self.current.node if self.current is not None else None

    def _go_to(self, unique_id: str) -> None:
        for index, line in enumerate(self.lines):
            if line.is_head and self.errors[line.error].node.unique_id == unique_id:
                self.move_to(index)
                return

    def _heads(self) -> list[int]:
        return [index for index, line in enumerate(self.lines) if line.is_head]

    def action_next_error(self) -> None:
        """Go to the next error."""
        after = [index for index in self._heads() if index > self.cursor]
        if after:
            self._show_whole(after[0])

    def action_previous_error(self) -> None:
        """Go to the beginning of this error, else to the one before."""
        before = [index for index in self._heads() if index < self.cursor]
        if before:
            self._show_whole(before[-1])

    def _show_whole(self, head: int) -> None:
        """Put the cursor on an error's first line, with as much of it in sight as fits."""
        heads = [*self._heads(), len(self.lines)]
        end = min(index for index in heads if index > head)
        height = self.scrollable_content_region.height
        self.move_to(min(end - 1, head + max(height - 1, 0)))
        self.move_to(head)

    def action_unfold_victims(self) -> None:
        """Show one by one what was skipped because of this error."""
        self._fold(is_unfolded=True)

    def action_fold_victims(self) -> None:
        """Fold it away."""
        self._fold(is_unfolded=False)

    def _fold(self, *, is_unfolded: bool) -> None:
        error = self.current
        if error is None or not error.has_victims:
            return
        key = error.node.unique_id
        (self._unfolded.add if is_unfolded else self._unfolded.discard)(key)
        self._write(shows_rest=is_unfolded)

    def _show_rest(self) -> None:
        """Scroll so that what is below the cursor of its error is in sight, as far as it fits."""
        end = min((head for head in self._heads() if head > self.cursor), default=self.count)
        top = min(end - self.scrollable_content_region.height, self.cursor)
        if top > self.scroll_target_y:
            self.scroll_to(y=top, animate=False, force=True)

    def action_show_failed(self) -> None:
        """Show in the tree the skipped asset under the cursor, else what failed."""
        victim = self.lines[self.cursor].victim if self.cursor < len(self.lines) else ""
        if key := victim or (self.current_node.unique_id if self.current_node else ""):
            self.post_message(self.Opened(key))

    def on_click(self, event: events.Click) -> None:
        index = self.line_at(event)
        if index is not None:
            self.move_to(index)
            if event.chain > 1:
                self.action_show_failed()
