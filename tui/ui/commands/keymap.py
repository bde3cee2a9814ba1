"""Keys as the user's configuration has them: by the id of the command, conflicts reported. Pure.

    [tool.dbtree.keys]
    materialize = "enter"
    plan = "p,ctrl+t"

A command keeps its own keys where the configuration makes no sense; what is wrong is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from tui.protocol.plain import plain
from tui.ui.commands import COMMANDS, LABELS, Command, key_label

TOGETHER: Sequence[tuple[str, ...]] = (
    ("assets", "tree", "app"),
    ("runs", "run-list", "app"),
    ("run", "timeline", "app"),
    *(
        (screen, focus, "app")
        for screen in ("compare", "commands", "warnings", "partitions")
        for focus in ("record-list", "details")
    ),
    ("partitions", "partition-list", "record-list", "app"),
    ("run", "errors", "app"),
    ("log", "app"),
    ("details", "app"),
    ("raw", "app"),
    ("page", "details", "app"),
    ("page", "page-sql", "code", "app"),
    ("page", "page-data", "rows", "app"),
    ("query", "query-editor", "app"),
    ("query", "query-rows", "rows", "app"),
    ("page", "page-columns", "column-list", "app"),
    ("page", "page-columns", "column-trace", "app"),
    ("page", "page-diff", "diff-lines", "app"),
    ("page", "check-list", "app"),
    ("page", "history-list", "app"),
    ("page", "lineage-map", "app"),
    ("schedules", "schedule-list", "app"),
    ("schedules", "tick-list", "app"),
)
"""Scopes whose keys are heard at the same time: one key can do only one thing in each."""
BY_LABEL = {label: name for name, label in LABELS.items() if len(label) == 1}
NAMED = frozenset(
    {
        "space", "enter", "escape", "tab", "backspace", "delete", "insert", "home", "end", "up",
        "down", "left", "right", "pageup", "pagedown", "plus", "minus", "underscore", "slash",
        "colon", "question_mark", "left_square_bracket", "right_square_bracket", "comma",
        "asterisk", "full_stop", "semicolon", "exclamation_mark", "at", "number_sign",
        "dollar_sign", "percent_sign", "circumflex_accent", "ampersand", "equals_sign", "tilde",
        "backslash", "vertical_line", "quotation_mark", "apostrophe", "grave_accent",
        "left_parenthesis", "right_parenthesis", "less_than_sign", "greater_than_sign",
        "left_curly_bracket", "right_curly_bracket", *(f"f{number}" for number in range(1, 25)),
    }
)  # fmt: skip


@plain(frozen=True)
class Keymap:
    """The keys that differ from the built-in ones, and what was wrong with the configuration."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id → keys, in Textual's names."""
    complaints: tuple[str, ...] = ()
    """Sentences for the user."""

    def applied(self, commands: Iterable[Command]) -> list[Command]:
        """These commands with the keys that they have now."""
        return [
            replace(command, keys=self.keys[command.id]) if command.id in self.keys else command
            for command in commands
        ]


def read_keymap(configured: object) -> Keymap:
    """The keymap of the `keys` table of the configuration, whatever is there."""
    if configured is None:
        return Keymap()
    if not isinstance(configured, Mapping):
        return Keymap(complaints=("keys must be a table of command ids and keys",))
    known = {command.id for command in COMMANDS}
    keys: dict[str, str] = {}
    complaints: list[str] = []
    for name, value in configured.items():
        if name not in known:
            complaints.append(f"keys: unknown command `{name}`{_near(str(name), known)}")
        elif not isinstance(value, str):
            complaints.append(f"keys: the keys of `{name}` must be a string, not {value!r}")
        elif (bad := next((key for key in _split(value) if not is_key(key)), None)) is not None:
            complaints.append(f"keys: `{bad}` of `{name}` is not a key")
        else:
            keys[name] = ",".join(_split(value))
    complaints += _conflicts(keys)
    return Keymap(keys, tuple(complaints))


def is_key(name: str) -> bool:
    """Whether a text names a key: `m`, `ctrl+r`, `f5`, `question_mark`."""
    *modifiers, key = name.split("+")
    return set(modifiers) <= {"ctrl", "alt", "shift"} and (
        key in NAMED or (len(key) == 1 and key.isalnum())
    )


def _split(value: str) -> list[str]:
    """Keys separated by commas; signs may represent themselves (`?`, `/`)."""
    parts = [part.strip() for part in value.split(",")] if value != "," else ["comma"]
    return [BY_LABEL.get(part, part) for part in parts if part]


def _near(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name.replace("_", "-"), known, 1)
    return f": did you mean `{found[0]}`?" if found else ""


def _conflicts(keys: Mapping[str, str]) -> list[str]:
    """The keys that do two things in one place, because of the configuration."""
    commands = Keymap(keys).applied(COMMANDS)
    found: dict[tuple[str, str], dict[str, None]] = {}
    for scopes in TOGETHER:
        on: dict[str, Command] = {}
        for command in commands:
            if set(scopes).isdisjoint(command.scope.split(",")):
                continue
            for key in filter(None, command.keys.split(",")):
                other = on.setdefault(key, command)
                if other is not command and {other.id, command.id} & keys.keys():
                    mine, its = (other, command) if other.id in keys else (command, other)
                    found.setdefault((key, mine.id), {})[its.id] = None
    return [_said(key, mine, list(others)) for (key, mine), others in found.items()]


def _said(key: str, mine: str, others: Sequence[str]) -> str:
    """The lists all have the same keys to move: one of them is named, the rest is counted."""
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"keys: {key_label(key)} is bound to both `{mine}` and `{others[0]}`{more}"
