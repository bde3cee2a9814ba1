"""The form of a run's settings: a field for each, with its type, its default, and what is wrong
with what is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label

from tui.definitions.config_rows import ConfigField, ConfigRow, typed_value
from tui.definitions.run_config import values_of
from tui.runs.run_config import Tree, changed, default_text, shown
from tui.text.terminal_text import plain_line
from tui.ui.screens.overlay import OverScreen
from tui.ui.theme.glyphs import Glyphs
from tui.ui.widgets.choice_field import ChoiceField

TRUTHS = ("true", "false")
WIDEST = 28
"""Cells of a label."""


def choices_of(field: ConfigField) -> Sequence[str]:
    """The values of a field that has only a few; none of one that is typed."""
    if field.kind == "bool":
        return TRUTHS if not field.is_nullable else (*TRUTHS, "null")
    return (*field.choices, "null") if field.is_nullable and field.choices else field.choices


class RunConfigScreen(OverScreen[Tree | None]):
    """Gives the settings as a run has them, or None."""

    BINDINGS = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("enter", "accept", "Run", show=False),
        Binding("down", "go(1)", "Next field", show=False),
        Binding("up", "go(-1)", "Previous field", show=False),
        Binding("ctrl+r", "reset", "Defaults", show=False, priority=True),
    ]

    def __init__(
        self,
        rows: Sequence[ConfigRow],
        tree: Tree,
        remembered: Mapping[str, Mapping[str, Any]],
        glyphs: Glyphs,
        *,
        then: str = "runs it",
    ) -> None:
        """A form of some settings.

        Args:
            rows: What the run takes.
            tree: The settings that it has already.
            remembered: By name: those of the latest run, which stand in it where it has none.
            glyphs: For its title.
            then: What enter does.
        """
        super().__init__()
        self._rows = list(rows)
        self._glyphs = glyphs
        self._then = then
        self._texts: dict[tuple[int, str], str] = {}
        """What is typed: by the place of the row and the name of the setting."""
        self._told: set[tuple[int, str]] = set()
        """The fields whose problem is told: they were changed, or enter came to them."""
        for place, row in enumerate(self._rows):
            given = values_of(tree, tuple(row.place)) or remembered.get(row.name) or {}
            for field in row.settings:
                at_first = shown(given[field.name]) if field.name in given else ""
                if not at_first and (values := choices_of(field)):
                    at_first = default_text(field) or values[0]
                self._texts[place, field.name] = at_first

    # ------------------------------------------------------------------- what is shown

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            for place, row in enumerate(self._rows):
                if len(self._rows) > 1:  # else the title says it
                    yield Label(plain_line(row.name), classes="heading", markup=False)
                wide = min(max((len(one.name) for one in row.settings), default=0) + 2, WIDEST)
                for field in row.settings:
                    with Vertical(classes="row", id=self._place_of("row", place, field.name)):
                        with Horizontal(classes="line"):
                            yield Label(
                                plain_line(field.name).ljust(wide), classes="label", markup=False
                            )
                            yield self._input(place, field)
                            yield Label(plain_line(_about(field)), classes="about", markup=False)
                        yield Label("", classes="problem", markup=False)

    def _place_of(self, what: str, place: int, name: str) -> str:
        number = [one.name for one in self._rows[place].settings].index(name)
        return f"{what}-{place}-{number}"

    def _input(self, place: int, field: ConfigField) -> Widget:
        text, own = self._texts[place, field.name], self._place_of("field", place, field.name)
        if values := choices_of(field):
            return ChoiceField(values, text if text in values else values[0], id=own)
        return Input(
            plain_line(text), placeholder=plain_line(default_text(field)), select_on_focus=True,
            compact=True, id=own,
        )  # fmt: skip

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        names = plain_line(", ".join(row.name for row in self._rows))
        dialog.border_title = Content(f"Config {self._glyphs.dot} {names}")
        dialog.border_subtitle = Content.assemble(
            ("enter", "bold $accent-ink"), f" {self._then}  ",
            ("tab", "bold $accent-ink"), " next field  ",
            ("^r", "bold $accent-ink"), " defaults  ",
            ("esc", "bold $accent-ink"), " back",
        )  # fmt: skip
        self._show_problems()
        first = next(iter(self._wrong()), None) or next(iter(self._texts), None)
        if first is not None:
            self.set_focus(self.query_one(f"#{self._place_of('field', *first)}"))

    def _wrong(self) -> dict[tuple[int, str], str]:
        """What is wrong at each field."""
        found = {}
        for place, row in enumerate(self._rows):
            for field in row.settings:
                if words := self._problem(self._texts[place, field.name], field):
                    found[place, field.name] = words
        return found

    @staticmethod
    def _problem(text: str, field: ConfigField) -> str:
        if not text.strip():
            return f"needs a value ({field.words})" if field.is_required else ""
        try:
            typed_value(field, text)
        except ValueError as error:
            return str(error)
        return ""

    def _show_problems(self) -> None:
        wrong = self._wrong()
        for place, row in enumerate(self._rows):
            for field in row.settings:
                key = (place, field.name)
                words = wrong.get(key, "") if key in self._told else ""
                label = self.query_one(f"#{self._place_of('row', *key)} .problem", Label)
                if label.display != bool(words) or words:
                    label.display = bool(words)
                    label.update(Content.styled(plain_line(words), "$status-failed"))

    # ------------------------------------------------------------------- what is typed

    def _take(self, own: str | None, text: str) -> None:
        _, place, number = (own or "").split("-")
        row = self._rows[int(place)]
        key = (int(place), row.settings[int(number)].name)
        if self._texts[key] != text:
            self._texts[key] = text
            self._told.add(key)
            self._show_problems()

    @on(Input.Changed)
    def take_text(self, event: Input.Changed) -> None:
        """A field is typed into."""
        event.stop()
        self._take(event.input.id, event.value)

    @on(ChoiceField.Changed)
    def take_choice(self, event: ChoiceField.Changed) -> None:
        """Another value is taken."""
        event.stop()
        self._take(event.field.id, event.value)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Enter in a field."""
        event.stop()
        self.action_accept()

    # ------------------------------------------------------------------- keys

    def action_go(self, step: int) -> None:
        """Go to another field."""
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_reset(self) -> None:
        """Every field as its class has it."""
        for place, row in enumerate(self._rows):
            for field in row.settings:
                widget = self.query_one(f"#{self._place_of('field', place, field.name)}")
                if isinstance(widget, ChoiceField):
                    widget.take(default_text(field) or widget.values[0])
                elif isinstance(widget, Input):
                    widget.value = ""

    def action_accept(self) -> None:
        """Give the settings, or go to the first field that is wrong."""
        wrong = self._wrong()
        if wrong:
            self._told.update(wrong)
            self._show_problems()
            self.set_focus(self.query_one(f"#{self._place_of('field', *next(iter(wrong)))}"))
            return
        tree: Tree = {}
        for place, row in enumerate(self._rows):
            tree = changed(tree, row, self._values(place, row))
        self.dismiss(tree)

    def _values(self, place: int, row: ConfigRow) -> dict[str, Any]:
        """What is other than the class has it."""
        found = {}
        for field in row.settings:
            text = self._texts[place, field.name]
            if text.strip() and (text != default_text(field) or field.is_required):
                found[field.name] = typed_value(field, text)
        return found

    def action_give_up(self) -> None:
        """Give nothing."""
        self.dismiss(None)


def _about(field: ConfigField) -> str:
    words = "" if field.kind == "choice" else field.words
    return "  ".join(filter(None, (words, field.description)))
