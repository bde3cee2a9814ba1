"""Turns the messages of one engine process into calls of its listener.

The one place where a graph, its changes and its problems are made of the rows that an engine sends,
whether it sends them by itself or as the reply to a request to parse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tui.engine_client.listener import EngineListener, ParseOutcome
from tui.errors import DbtreeError
from tui.graph import Asset, AssetGraph, Check, GraphChanges, Problem
from tui.protocol import messages
from tui.protocol.records import Compiled, DbtWarning


class EngineReports:
    """What one engine process reports. A graph arrives in parts and is put together here."""

    def __init__(self, listener: EngineListener, on_unknown: Callable[[], None]) -> None:
        """`on_unknown`: called for a graph that the engine does not send, since it is said to be
        known, when it is not.
        """
        self._listener = listener
        self._on_unknown = on_unknown
        self._assets: dict[str, Asset] = {}
        self._checks: dict[str, Check] = {}

    def receive(self, message: Any) -> None:
        """Pass on what an engine says."""
        listener = self._listener
        match message:
            case messages.EngineReady():
                listener.engine_ready(message)
            case messages.ParseProgress():
                listener.parse_progressed(message)
            case messages.DiffProgress():
                listener.diff_progressed(message)
            case messages.GraphPart():
                self._assets.update((row[0], Asset.from_row(row)) for row in message.assets)
                self._checks.update((row[0], Check.from_row(row)) for row in message.checks)
            case messages.GraphComplete() if message.known:
                if not listener.graph_confirmed(message.known, outcome_of(message)):
                    self._on_unknown()
            case messages.GraphComplete():
                graph = AssetGraph(
                    self._assets, self._checks, message.macros, provisional=message.provisional
                )
                self._assets, self._checks = {}, {}
                listener.graph_loaded(graph, outcome_of(message))
            case messages.GraphChanged() if message.provisional:
                listener.edit_seen(changes_of(message))
            case messages.GraphChanged():
                listener.graph_changed(changes_of(message), outcome_of(message))
            case messages.AssetsCompiled():
                compiled = {key: Compiled(*row) for key, row in message.compiled.items()}
                changes = GraphChanges(compiled=compiled)
                listener.assets_compiled(changes, message.left, message.code)
            case messages.ParseFailed():
                listener.parse_failed(problems_of(message.problems))
            case messages.DefinitionsLoaded():
                listener.definitions_loaded(message)
            case messages.RunExited():
                listener.run_exited(message.run_id, message.code)
            case messages.Output():
                listener.output_printed(message.text)

    def receive_parse(self, reply: Any) -> None:
        """Pass on the reply to a Reparse: as `receive`, where the engine may have refused."""
        if isinstance(reply, messages.Refused):
            self._listener.parse_failed((engine_problem(reply),))
        else:
            self.receive(reply)


def changes_of(message: messages.GraphChanged) -> GraphChanges:
    """The rows of a GraphChanged as values."""
    return GraphChanges(
        tuple(Asset.from_row(row) for row in message.assets),
        tuple(Check.from_row(row) for row in message.checks),
        frozenset(message.removed),
        message.macros,
    )


def outcome_of(message: messages.GraphComplete | messages.GraphChanged) -> ParseOutcome:
    """What a parse that succeeded says beside the graph."""
    warnings = warnings_of(message.warnings)
    return ParseOutcome(problems_of(message.problems), warnings, message.elapsed)


def warnings_of(rows: Iterable[Sequence[Any]]) -> tuple[DbtWarning, ...]:
    """The rows of warnings as values."""
    return tuple(DbtWarning(*row) for row in rows)


def problems_of(rows: Iterable[Sequence[Any]]) -> tuple[Problem, ...]:
    """The rows of problems as values."""
    return tuple(Problem._make(row) for row in rows)


def engine_problem(error: DbtreeError | messages.Refused) -> Problem:
    """An error of the engine itself, or its refusal to parse, as a problem of the project."""
    return Problem("engine", error.message, error.path, error.line, getattr(error, "hint", ""))
