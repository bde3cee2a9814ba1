"""Who wants to know what an engine reports, in values of ours: facts go up through here alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tui.graph import AssetGraph, GraphChanges, Problem
from tui.protocol import messages
from tui.protocol.plain import plain
from tui.protocol.records import DbtWarning


@plain(frozen=True, slots=True)
class ParseOutcome:
    """What a parse that succeeded says beside the graph."""

    problems: tuple[Problem, ...] = ()
    """What is wrong although dbt could parse: errors in the Python definitions."""
    warnings: tuple[DbtWarning, ...] = ()
    elapsed: float = 0.0
    """Seconds that the parse took."""


class EngineListener(Protocol):
    """Receives what the engine reports, on the loop's thread."""

    def engine_starting(self, restart: bool) -> None:
        """A process was started."""

    def engine_ready(self, facts: messages.EngineReady) -> None:
        """The engine has imported dbt and read the project's configuration."""

    def parse_progressed(self, progress: messages.ParseProgress) -> None:
        """A long parse went on."""

    def diff_progressed(self, progress: messages.DiffProgress) -> None:
        """A data diff went on."""

    def parse_began(self) -> None:
        """Saved files were given to the engine."""

    def graph_loaded(self, graph: AssetGraph, outcome: ParseOutcome) -> None:
        """A whole graph replaces the one before."""

    def graph_confirmed(self, name: str, outcome: ParseOutcome) -> bool:
        """The graph of the last time, of this name, is still the project's. Returns whether there
        is such a graph.
        """

    def graph_changed(self, changes: GraphChanges, outcome: ParseOutcome) -> None:
        """An edit was parsed."""

    def edit_seen(self, changes: GraphChanges) -> None:
        """What an edit changes as far as its files say, or that this is taken back: dbt still
        parses, and its answer follows.
        """

    def assets_compiled(self, changes: GraphChanges, left: int, code: Mapping[str, str]) -> None:
        """What some assets are compiled to was found out in the background; `left` are still to be.
        With the SQL of those of which it was asked for.
        """

    def parse_failed(self, problems: tuple[Problem, ...]) -> None:
        """The project as it stands cannot be parsed, or the engine refused to parse it."""

    def run_exited(self, run_id: str, code: int) -> None:
        """The process of a run is gone."""

    def definitions_loaded(self, report: messages.DefinitionsLoaded) -> None:
        """The Python definitions were loaded, or loaded anew."""

    def output_printed(self, text: str) -> None:
        """dbt, an adapter or a macro printed something while parsing."""

    def engine_gone(self, problem: Problem) -> None:
        """The engine is gone and will not come back by itself."""
