"""What the Python definitions decide on about how a project is opened: target, profile, directory.

They say it in their `DbtProject` and `DbtCliResource`. What the request to open the project names
itself goes before it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.protocol.messages import Open
from tui.protocol.records import Problem

if TYPE_CHECKING:
    from tui.definitions.connections import Connection
    from tui.engine.python.asked_connection import AskedConnection


class DefinedConnection:
    """How the definitions want the project to be opened, once they were asked."""

    def __init__(self) -> None:
        self.said: Connection | None = None

    def options(self, request: Open) -> dict[str, str]:
        """What they say and the request does not, by the names of its fields."""
        said = self.said.options() if self.said is not None else {}
        return {name: value for name, value in said.items() if not getattr(request, name)}

    def applied(self, request: Open) -> Open:
        """The request, with what they decide on."""
        defined: dict[str, Any] = {**self.options(request)}
        return replace(request, **defined)

    def explained(self, problem: Problem, request: Open) -> Problem:
        """A problem with a target or a profile that they name, saying that they do."""
        said = self.options(request).get(problem.kind)
        if not said:
            return problem
        words = f"The definitions name the {problem.kind} {said}: DbtProject or DbtCliResource."
        return problem._replace(hint=" ".join(filter(None, (words, problem.hint))))


def ask(request: Open) -> AskedConnection | None:
    """Ask the definitions, in a child, how they want the project to be opened; None without any."""
    from tui.engine.python.module_place import place_of

    place = place_of(request)
    if place is None:
        return None
    from tui.engine.python.asked_connection import AskedConnection

    return AskedConnection(place, Path(request.project_dir), fork=request.fork)


def definitions_directory(request: Open) -> Path | None:
    """The directory that the definitions are in; None without any."""
    from tui.engine.python.module_place import directory_of, place_of

    place = place_of(request)
    return directory_of(place) if place is not None else None
