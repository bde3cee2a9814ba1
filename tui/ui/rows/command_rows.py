"""The rows of the palette and of the help: commands in groups, those that a text finds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tui.protocol.plain import plain
from tui.selection.fuzzy import positions, score
from tui.ui.commands import Command, key_label
from tui.ui.rows.segments import TextSegment, fit

KEYS = 9
"""Cells of the column of keys."""
TITLE = 16
"""Cells of the column of titles."""
BY_KEY, BY_HELP = 10_000, 1
"""What a key that is typed itself is worth, and a word that only the help has."""


@plain(frozen=True)
class CommandRow:
    """One line: a command, or the name of a group."""

    title: str
    command: Command | None = None
    keys: str = ""
    matches: tuple[int, ...] = ()
    """Positions in the title that were typed."""
    is_able: bool = True
    """Whether it does something now, where one is."""


def command_rows(
    commands: Iterable[Command],
    text: str = "",
    *,
    able: Collection[str] | None = None,
    scopes: Sequence[str] = (),
    ascii_only: bool = False,
) -> tuple[CommandRow, ...]:
    """Commands under their groups: those of the scopes first or, with a text, what it finds best.

    Args:
        commands: In the order of the list.
        text: What is typed to find one; empty for all.
        able: Ids of those that do something now; None for all.
        scopes: Where one is.
        ascii_only: Whether keys are printed in plain ASCII.
    """
    text = text.strip()
    groups: dict[str, list[tuple[int, CommandRow]]] = {}
    ranks: dict[str, float] = {}
    here: dict[str, list[bool]] = {}
    for command in commands:
        rank = rank_of(command, text) if text else 1
        if not rank:
            continue
        keys = " ".join(key_label(key, ascii_only=ascii_only) for key in _keys(command))
        row = CommandRow(
            command.title,
            command,
            keys or f":{command.id}",
            (positions(text, command.title, loose=False) or ()) if text else (),
            able is None or command.id in able,
        )
        groups.setdefault(command.group, []).append((rank, row))
        own = set(command.scope.split(","))
        place = 0 if own & set(scopes) else -1 if "app" in own else -2
        ranks[command.group] = max(ranks.get(command.group, -9), rank if text else place)
        here.setdefault(command.group, []).append(place == 0)
    rows: list[CommandRow] = []
    for group in sorted(groups, key=lambda name: (-ranks[name], _is_elsewheres(here[name]))):
        found = groups[group]
        if text:
            found = sorted(found, key=lambda item: -item[0])
        rows += [CommandRow(group), *(row for _, row in found)]
    return tuple(rows)


def _is_elsewheres(here: Sequence[bool]) -> bool:
    """Whether most commands of a group are for other screens: those of this one come first."""
    return sum(here) * 2 < len(here)


def _keys(command: Command) -> list[str]:
    return [key for key in command.keys.split(",") if key]


def rank_of(command: Command, text: str) -> int:
    """How well a text finds a command: by its key, its title, its name, or the words about it."""
    if text in (*_keys(command), *map(key_label, _keys(command))):
        return BY_KEY
    names = (command.title, command.id, *command.also)
    best = max(score(text, name) if _is_near(text, name) else 0 for name in names)
    about = f"{command.group} {command.title} {command.help}".casefold()
    said = all(word in about for word in text.casefold().split())
    return max(best, BY_HELP if said else 0)


def _is_near(text: str, name: str) -> bool:
    """Letters that merely come in their order find half of all commands."""
    return positions(text, name, loose=False) is not None


def first_of(rows: Sequence[CommandRow]) -> int:
    """The row that the cursor begins on: the command that was found best."""
    return next((place for place, row in enumerate(rows) if row.command), 0)


def draw_command_row(row: CommandRow, width: int) -> list[TextSegment]:
    """A row as pieces that fill the width; what does nothing now is dim."""
    if row.command is None:
        return fit([(" ", ""), (row.title, "heading")], width)
    style = "title" if row.is_able else "dim"
    title: list[TextSegment] = []
    start = 0
    for position in row.matches:
        title += [(row.title[start:position], style), (row.title[position : position + 1], "match")]
        start = position + 1
    title.append((row.title[start:], style))
    segments = [
        *fit([(row.keys.rjust(KEYS), "key" if row.is_able else "dim")], KEYS),
        ("  ", ""),
        *fit(title, TITLE),
        ("  ", ""),
        (row.command.help, "about" if row.is_able else "dim"),
    ]
    return fit(segments, width)
