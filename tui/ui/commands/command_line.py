"""The `:` line, read: which command is meant, with what, and how it can go on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tui import selection
from tui.protocol.plain import plain
from tui.selection.fuzzy import score
from tui.ui.commands import COMMANDS, Command

MOST = 50


@plain(frozen=True)
class Order:
    """A command that was typed, with its argument."""

    command: Command
    argument: str = ""


@plain(frozen=True)
class NoOrder:
    """What was typed is not a command: why, and where (columns from 0)."""

    message: str
    column: int = 0
    length: int = 1
    is_unfinished: bool = False
    """Whether it only needs more."""


Values = Callable[[Command, str], Iterable["selection.Completion"]]
"""How the argument of a command can go on, from what is typed of it; columns count from it."""


def offered(scopes: Sequence[str]) -> list[Command]:
    """The commands that can be typed where these scopes are, in the order of the list."""
    return [
        command
        for command in COMMANDS
        if not command.is_move
        and not command.priority
        and not {"app", *scopes}.isdisjoint(command.scope.split(","))
    ]


def names_of(command: Command) -> tuple[str, ...]:
    """What a command is called on the line: its own id first."""
    return (command.id, *command.also)


def read_order(text: str, commands: Sequence[Command]) -> Order | NoOrder | None:
    """The command of a line; None for an empty one. The beginning of a name is enough where no
    other command begins so.
    """
    name, _, argument = text.strip().partition(" ")
    lead = len(text) - len(text.lstrip())
    if not name:
        return None
    by_name = {known: command for command in commands for known in names_of(command)}
    found = [by_name[name]] if name in by_name else []
    found = found or list(
        dict.fromkeys(by_name[known] for known in by_name if known.startswith(name))
    )
    if not found:
        return NoOrder(f"unknown command `{name}`", lead, len(name))
    if len(found) > 1:
        words = ", ".join(command.id for command in found[:5])
        return NoOrder(f"`{name}` may be {words}", lead, len(name))
    command, argument = found[0], argument.strip()
    if argument and not command.argument:
        at = text.index(argument, lead + len(name))
        return NoOrder(f"`{command.id}` takes no argument", at, len(argument))
    if command.needs_argument and not argument:
        return NoOrder(
            f"`{command.id}` needs {command.argument}",
            lead + len(name) + 1,
            is_unfinished=True,
        )
    return Order(command, argument)


def complete_order(
    text: str, commands: Sequence[Command], values: Values
) -> list[selection.Completion]:
    """How the line before the cursor can go on, the best first."""
    name, space, rest = text.lstrip().partition(" ")
    lead = len(text) - len(text.lstrip())
    if not space:
        return _names(name, lead, commands)
    order = read_order(name, commands)
    command = order.command if isinstance(order, Order) else _called(name, commands)
    if command is None or not command.argument:
        return []
    start = len(text) - len(rest)
    return [
        selection.Completion(one.text, start + one.start, one.kind) for one in values(command, rest)
    ][:MOST]


def _called(name: str, commands: Sequence[Command]) -> Command | None:
    return next((command for command in commands if name in names_of(command)), None)


def _names(typed: str, start: int, commands: Sequence[Command]) -> list[selection.Completion]:
    found = []
    for command in commands:
        ranks = [score(typed, name) or 0 for name in names_of(command)] if typed else [1]
        best = max(ranks)
        if best:
            name = names_of(command)[ranks.index(best)]
            if name == typed and not command.argument:
                continue
            key = f"  {command.labelled(ascii_only=True)}" if command.keys else ""
            text = f"{name} " if command.argument else name
            argument = f"{command.argument} · " if command.argument else ""
            found.append(
                (-best, selection.Completion(text, start, f"{argument}{command.help}{key}"))
            )
    if typed:
        found.sort(key=lambda item: item[0])
    return [one for _, one in found[:MOST]]


def among(typed: str, known: Iterable[str], kind: str) -> list[selection.Completion]:
    """The known words that go on from what is typed, the best first."""
    ranked = [(-(score(typed, word) or 0) if typed else -1, word) for word in known]
    return [
        selection.Completion(word, 0, kind)
        for rank, word in sorted(ranked)
        if rank and word != typed
    ]
