"""The keys that move the cursor of a list, the same in every list."""

from __future__ import annotations

from tui.ui.commands.command import Command


def cursor_keys(scope: str, group: str) -> tuple[Command, ...]:
    """The keys that move the cursor of a list."""
    moves = (
        ("cursor-down", "down,j", "one row down"),
        ("cursor-up", "up,k", "one row up"),
        ("half-page-down", "ctrl+d", "half a page down"),
        ("half-page-up", "ctrl+u", "half a page up"),
        ("page-down", "pagedown,ctrl+f", "a page down"),
        ("page-up", "pageup,ctrl+b", "a page up"),
        ("first", "g,home", "the first row"),
        ("last", "G,end", "the last row"),
    )
    return tuple(
        Command(
            f"{scope}.{name}",
            keys,
            words[0].upper() + words[1:],
            words,
            group,
            scope,
            is_move=True,
            does=name.replace("-", "_"),
        )
        for name, keys, words in moves
    )
