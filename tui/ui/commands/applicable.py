"""Which of the commands a screen, its footer or its focus has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.binding import Binding

from tui.ui.commands.catalog import COMMANDS
from tui.ui.commands.command import Command, Situation, key_label


def commands_of(*scopes: str) -> list[Command]:
    """The commands of these scopes, in the order of the list."""
    return [
        command
        for command in COMMANDS
        if any(scope in command.scope.split(",") for scope in scopes)
    ]


def bindings_of(scope: str) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The bindings for the screen or widget that has the actions of a scope.

    What two keys do that are pressed one after the other is the widget's to see (`widgets.chords`).
    """
    return [
        Binding(
            command.keys,
            command.action,
            command.title,
            show=False,
            priority=command.priority,
            id=command.id,
            group=Binding.Group(command.group),
        )
        for command in commands_of(scope)
        if command.keys and " " not in command.keys
    ]


def footer_commands(scopes: Iterable[str], situation: Situation) -> list[Command]:
    """The few commands that the footer shows now, in their order."""
    shown = [c for c in commands_of(*scopes) if c.footer and c.when(situation)]
    return sorted(shown, key=lambda command: command.footer)


def reachable(commands: Iterable[Command], scopes: Sequence[str]) -> list[Command]:
    """Those that their first key does: with the log in focus `/` searches it, and filters nothing.

    Of the scopes the nearest to the focus comes first.
    """
    commands = list(commands)

    def distance(command: Command) -> int:
        own = command.scope.split(",")
        return min(place for place, scope in enumerate(scopes) if scope in own)

    nearest: dict[str, int] = {}
    for command in commands:
        key = command.label
        nearest[key] = min(nearest.get(key, len(scopes)), distance(command))
    return [command for command in commands if distance(command) == nearest[command.label]]


def of_other_screen(
    key: str, scopes: Iterable[str], there: Iterable[str], commands: Iterable[Command]
) -> Command | None:
    """The command of another screen that a key is for which does nothing on this one.

    Args:
        key: Textual's name of it.
        scopes: Whose commands apply here.
        there: The scopes of the other screen.
        commands: All, with the keys that they have.
    """
    found = None
    for command in commands:
        if key in command.keys.split(","):
            own = command.scope.split(",")
            if not {*scopes, "app"}.isdisjoint(own):
                return None
            if not command.is_move and not set(there).isdisjoint(own):
                found = command
    return found


def without_letters(commands: Iterable[Command]) -> list[Command]:
    """Those that a key does which types nothing, by that key: where one types, `?` is a letter."""
    found = []
    for command in commands:
        keys = [key for key in command.keys.split(",") if "+" in key or len(key_label(key)) > 1]
        if keys:
            found.append(replace(command, keys=",".join(keys)))
    return found


def conflicts(*scopes: str) -> list[tuple[str, str, str]]:
    """Keys that two commands of one scope share: (key, id, id). There should be none."""
    found = []
    for scope in scopes:
        seen: dict[str, str] = {}
        for command in commands_of(scope):
            for key in filter(None, command.keys.split(",")):
                if key in seen:
                    found.append((key, seen[key], command.id))
                seen[key] = command.id
    return found
