"""All keys, made from the list of commands."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.ui.commands import COMMANDS, Command, key_label
from tui.ui.glyphs import Glyphs
from tui.ui.keymap import BUILT_IN, Keymap
from tui.ui.screens.over import OverScreen

KEYS = 12
"""Cells of the column of keys."""


class HelpScreen(OverScreen[None]):
    """The keys of the screen that it was opened over first, then all others."""

    BINDINGS = [
        Binding("escape,q,question_mark,enter", "dismiss", "Back", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("space,pagedown,ctrl+d", "scroll(15)", "Page down", show=False),
        Binding("pageup,ctrl+u", "scroll(-15)", "Page up", show=False),
        Binding("g", "scroll(-9999)", "Top", show=False),
        Binding("G", "scroll(9999)", "Bottom", show=False),
    ]

    def __init__(self, scopes: Sequence[str] = (), keymap: Keymap = BUILT_IN) -> None:
        super().__init__()
        self._scopes = scopes
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(id="body", markup=False)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = Content("Keys")
        self.query_one("#dialog").border_subtitle = Content("esc closes")

    def on_resize(self) -> None:
        self.call_after_refresh(self.write)

    def write(self) -> None:
        """Write the keys for the width that there is."""
        width = self.query_one("#dialog").scrollable_content_region.width
        if not width:
            return  # it is written when its width is known
        glyphs: Glyphs = self.app.glyphs  # type: ignore[attr-defined]
        sheet = help_sheet(
            self._scopes, width=width, keymap=self._keymap, ascii_only=glyphs.is_ascii
        )
        self.query_one("#body", Static).update(sheet)

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)


def help_sheet(
    scopes: Sequence[str] = (),
    *,
    width: int = 80,
    keymap: Keymap = BUILT_IN,
    ascii_only: bool = False,
) -> Content:
    """A section for each group; those of the scopes that are looked at first."""
    groups: dict[str, list[Command]] = {}
    for command in keymap.applied(COMMANDS):
        if not command.is_move or command.scope == "tree":
            groups.setdefault(command.group, []).append(command)

    def rank(group: str) -> int:
        found = {scope for command in groups[group] for scope in command.scope.split(",")}
        return 0 if found & set(scopes) else 1 if "app" in found else 2

    lines: list[Content] = []
    for group in sorted(groups, key=rank):
        if lines:
            lines.append(Content(""))
        lines.append(Content.styled(group, "bold $dim"))
        for command in groups[group]:
            keys = " ".join(
                key_label(key, ascii_only=ascii_only) for key in command.keys.split(",")
            )
            keys = keys or f":{command.id}"
            about = Content(command.help).wrap(max(width - KEYS - 2, 10))
            lines.append(Content.assemble((keys.rjust(KEYS), "bold $accent-ink"), "  ", about[0]))
            lines += [Content(" " * (KEYS + 2)) + line for line in about[1:]]
    return Content("\n").join(lines)
