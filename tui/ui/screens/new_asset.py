"""The form of a new asset, with the file that it makes below: enter writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tui.errors import DbtreeError
from tui.refactoring.edits import Change
from tui.refactoring.new_asset import COLUMN, Draft, Surroundings, change, problems
from tui.text.terminal_text import plain_line
from tui.ui.background import beside
from tui.ui.panels.new_asset_sheet import FIELDS, LABEL, Field, preview
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.choice_field import ChoiceField

OF_COLUMNS = frozenset({"unique_key", "updated_at", "column"})
"""Fields that are completed with the columns of what is read."""


def _made(draft: Draft, around: Surroundings) -> Change | None:
    """The change; None where the YAML is written so that nothing can be added to it."""
    try:
        return change(draft, around)
    except DbtreeError:
        return None


class NewAssetScreen(OverScreen[Change | None]):
    """Gives what is to be written, or None."""

    BINDINGS = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("enter", "write_it", "Write", show=False),
        Binding("down", "go(1)", "Next field", show=False),
        Binding("up", "go(-1)", "Previous field", show=False),
        Binding("pagedown", "scroll(8)", "Page down", show=False),
        Binding("pageup", "scroll(-8)", "Page up", show=False),
    ]

    def __init__(
        self, around: Surroundings, drafts: Mapping[str, Draft], glyphs: Glyphs, kind: str = ""
    ) -> None:
        """A form; `drafts` is what stands in it at first, by kind."""
        super().__init__()
        self._around = around
        self._drafts = dict(drafts)
        self._glyphs = glyphs
        self._kind = kind or next(iter(drafts))
        self._touched: set[tuple[str, str]] = set()
        """The fields of each kind that the user has changed, or that were missing at enter."""
        self._wrong: Mapping[str, str] = {}
        self._looks: dict[str, tuple[bool, str]] = {}
        """How each row is shown now."""

    @property
    def draft(self) -> Draft:
        """The fields as they are now."""
        return self._drafts[self._kind]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            for field in FIELDS:
                with Vertical(id=f"row-{field.name}", classes="row"):
                    with Horizontal(classes="line"):
                        yield Label(field.label.ljust(LABEL), classes="label", markup=False)
                        yield self._input(field)
                    yield Label("", classes="problem", markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield Static(id="body", markup=False)

    def _input(self, field: Field) -> Widget:
        value = getattr(self.draft, field.name)
        if field.choices:
            return ChoiceField(field.choices, value, id=f"field-{field.name}")
        known: list[str] = []
        if field.name in OF_COLUMNS:
            known = [str(one) for one in self._around.origin.columns]
        elif field.name == "to":
            known = list(self._around.targets)
        return Input(
            value,
            placeholder=field.placeholder,
            suggester=SuggestFromList(known, case_sensitive=False) if known else None,
            select_on_focus=False,
            compact=True,
            id=f"field-{field.name}",
        )

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        origin = plain_line(self._around.origin.call)
        dialog.border_title = Content(f"New {self._glyphs.dot} reads {origin}")
        dialog.border_subtitle = Content.assemble(
            ("enter", "bold $accent-ink"), " writes it  ",
            ("tab", "bold $accent-ink"), " next field  ",
            ("esc", "bold $accent-ink"), " back",
        )  # fmt: skip
        self._show_kind()
        self.set_focus(self.query_one(f"#field-{self.draft.fields[0]}"))

    # ------------------------------------------------------------------- what is shown

    def _show_kind(self) -> None:
        """The fields of this kind, with what is typed into them."""
        for field in FIELDS:
            widget = self.query_one(f"#field-{field.name}")
            value = getattr(self.draft, field.name)
            if isinstance(widget, Input) and widget.value != value:
                with widget.prevent(Input.Changed):
                    widget.value = value
            elif isinstance(widget, ChoiceField):
                widget.value = value
                widget.refresh()
        self._show()

    def _show(self) -> None:
        """What is wrong at each field, and the file below."""
        self._wrong = problems(self.draft, self._around)
        shown = ("kind", *self.draft.fields)
        for field in FIELDS:
            # What is still empty is wrong only once somebody has been there.
            is_told = (self._kind, field.name) in self._touched
            is_told |= bool(getattr(self.draft, field.name))
            words = self._wrong.get(field.name, "") if is_told else ""
            looks = (field.name in shown, words)
            if self._looks.get(field.name) != looks:  # each change of a row is a layout
                self._looks[field.name] = looks
                self._show_row(field, *looks)
        if self.draft.kind == COLUMN:  # its YAML may be so long that a frame would wait
            make = partial(preview, self.draft, self._around, self._wrong)
            beside(self, make, self._show_file, newest="preview")
        else:
            self.workers.cancel_group(self, "preview")
            self._show_file(preview(self.draft, self._around, self._wrong))

    def _show_row(self, field: Field, is_shown: bool, words: str) -> None:
        row = self.query_one(f"#row-{field.name}")
        row.display = is_shown
        label = row.query_one(".problem", Label)
        label.display = bool(words)
        label.update(Content.styled(plain_line(words), "$status-failed"))

    def _show_file(self, content: Content) -> None:
        self.query_one("#body", Static).update(content)

    # ------------------------------------------------------------------- what is typed

    def _take(self, name: str, value: str) -> None:
        if value == getattr(self.draft, name):
            return
        changed: dict[str, Any] = {name: value}
        self._drafts[self._kind] = replace(self.draft, **changed)
        self._touched.add((self._kind, name))
        self._show()

    @on(Input.Changed)
    def take_text(self, event: Input.Changed) -> None:
        """A field is typed into."""
        event.stop()
        self._take((event.input.id or "").removeprefix("field-"), event.value)

    @on(ChoiceField.Changed)
    def take_choice(self, event: ChoiceField.Changed) -> None:
        """Another value is taken; another kind has fields of its own."""
        event.stop()
        name = (event.field.id or "").removeprefix("field-")
        if name == "kind":
            self._kind = event.value
            self._show_kind()
        else:
            self._take(name, event.value)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Enter in a field."""
        event.stop()
        self.action_write_it()

    # ------------------------------------------------------------------- keys

    def action_go(self, step: int) -> None:
        """Go to another field."""
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_scroll(self, lines: int) -> None:
        """Scroll the file by so many lines."""
        self.query_one("#preview").scroll_relative(y=lines, animate=False)

    def action_write_it(self) -> None:
        """Write it, or go to the first field that is wrong."""
        if self._wrong:
            self._touched.update((self._kind, name) for name in self._wrong)
            self._show()
            self.set_focus(self.query_one(f"#field-{next(iter(self._wrong))}"))
            return
        beside(self, partial(_made, self.draft, self._around), self._end, newest="write")

    def _end(self, made: Change | None) -> None:
        """Give what is made; what keeps it from being made is shown in place of the file."""
        if made is not None:
            self.dismiss(made)

    def action_give_up(self) -> None:
        """Write nothing."""
        self.dismiss(None)
