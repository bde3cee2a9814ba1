"""README's table of keys, made from the one list of commands.

    python -m tests.keys          writes it between the `keys` marks of README.md

tests/ui/test_keys_table.py holds that README.md is up to date.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from tui.ui.commands import COMMANDS, Command, key_label

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- keys -->", "<!-- /keys -->"


def keys_table() -> str:
    """A table for each group: keys, and what they do. Moves are told once, for the tree."""
    shown = [
        command
        for command in COMMANDS
        if not command.priority and (not command.is_move or command.scope == "tree")
    ]
    shown.sort(key=lambda command: _GROUPS.index(command.group))
    lines: list[str] = []
    for group, commands in groupby(shown, key=lambda command: command.group):
        lines += ["", f"**{group}**", "", "| key | does |", "| --- | --- |"]
        lines += [f"| {_keys(command)} | {_plain(command.help)} |" for command in commands]
    return "\n".join(lines[1:])


_GROUPS = list(dict.fromkeys(command.group for command in COMMANDS))


def _keys(command: Command) -> str:
    if not command.keys:
        argument = f" {command.argument}" if command.argument else ""
        return f"`:{command.id}{argument}`"
    return " ".join(f"`{_plain(key_label(key))}`" for key in command.keys.split(","))


def _plain(text: str) -> str:
    """Text that cannot end a cell of the table."""
    return text.replace("|", "\\|").replace("␣", "space")


def with_table(readme: str) -> str:
    """README's text with the table of now between its marks. Raises ValueError without marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{keys_table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
