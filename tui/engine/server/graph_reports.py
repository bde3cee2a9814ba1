"""The engine's reports about an open project: its graph, changes, problems and progress.

Everything that quotes dbt or an adapter is reported here, with the secrets masked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui.engine.process.capture import Capture
from tui.engine.process.channel import Channel
from tui.protocol.messages import (
    AssetsCompiled,
    GraphChanged,
    GraphComplete,
    GraphPart,
    Output,
    ParseFailed,
    ParseProgress,
    Refused,
)
from tui.protocol.records import Asset, Check, Compiled, DbtWarning, Problem

if TYPE_CHECKING:
    # Imports dbt, which is imported while the UI sees the progress.
    from tui.engine.records.parse_outcome import Parsed

ROWS_A_FRAME = 500
"""Rows of a first look in one message."""

TICK = 0.1
"""Seconds between two reports of progress."""


class Reports:
    """The reports of one engine, each graph with the number of its revision."""

    def __init__(self, channel: Channel, capture: Capture) -> None:
        self.scrub: Callable[[str], str] = str
        """Leaves secrets out of a text."""
        self._channel = channel
        self._capture = capture
        self._revision = 0
        self._last_tick = 0.0
        self._phase, self._phase_began = "", 0.0

    # -- the graph -----------------------------------------------------------------

    def first_look(self, assets: Iterable[Asset]) -> None:
        """What can be seen in the files without dbt."""
        rows = [list(asset) for asset in assets]
        self._revision += 1
        for start in range(0, len(rows), ROWS_A_FRAME):
            self._channel.send(GraphPart(self._revision, rows[start : start + ROWS_A_FRAME], []))
        self._channel.send(GraphComplete(self._revision, {}, provisional=True))

    def graph(
        self,
        assets: Iterable[Asset],
        checks: Iterable[Check],
        macros: Mapping[str, str],
        *,
        elapsed: float,
        warnings: Iterable[DbtWarning],
        problems: Iterable[Problem],
    ) -> None:
        """The whole graph; `problems` are those of the Python definitions, `elapsed` seconds."""
        from tui.engine.records.rows import rows_in_parts

        self._revision += 1
        for asset_rows, check_rows in rows_in_parts(assets, checks):
            self._channel.send(GraphPart(self._revision, asset_rows, check_rows))
        self._channel.send(
            GraphComplete(
                self._revision,
                dict(macros),
                elapsed=elapsed,
                warnings=self._told(warnings),
                problems=self._rows(problems),
            )
        )

    def known_graph(self, digest: str, *, elapsed: float, warnings: Iterable[DbtWarning]) -> None:
        """The graph is the one of this name, which the client has kept."""
        self._revision += 1
        told = self._told(warnings)
        self._channel.send(
            GraphComplete(self._revision, {}, known=digest, elapsed=elapsed, warnings=told)
        )

    def changed(
        self,
        numbers: Sequence[int],
        outcome: Parsed,
        problems: Sequence[Problem],
        *,
        provisional: bool = False,
    ) -> None:
        """What a parse changed, to each of the requests that it answers (0: to none)."""
        from tui.engine.records.rows import RecordChanges

        changes, warnings = outcome.changes, self._told(outcome.warnings)
        if changes:
            self._revision += 1
        for number in numbers:
            self._channel.send(
                GraphChanged(
                    id=number,
                    revision=self._revision,
                    assets=[list(row) for row in changes.assets],
                    checks=[list(row) for row in changes.checks],
                    removed=changes.removed,
                    macros=changes.macros,
                    elapsed=outcome.elapsed,
                    warnings=warnings,
                    problems=self._rows(problems),
                    provisional=provisional,
                )
            )
            # Those that were parsed together with the first have nothing more to tell.
            changes, warnings = RecordChanges(), []

    def _told(self, warnings: Iterable[DbtWarning]) -> list[list[Any]]:
        """Rows of warnings, without secrets."""
        return [list(one._replace(message=self.scrub(one.message))) for one in warnings]

    def compiled(self, found: Mapping[str, Compiled], code: Mapping[str, str], left: int) -> None:
        """What some assets are compiled to, the SQL of some, and how many are still to be."""
        rows = {
            key: list(row._replace(problem=self.scrub(row.problem)) if row.problem else row)
            for key, row in found.items()
        }
        sql = {key: self.scrub(text) for key, text in code.items()}
        self._channel.send(AssetsCompiled(rows, left, sql))

    # -- what is wrong -------------------------------------------------------------

    def failed(self, number: int, problems: Iterable[Problem]) -> None:
        """A parse, that of a request or of the start (0), did not succeed."""
        self._channel.send(ParseFailed(number, self._rows(problems)))

    def refused(self, number: int, problems: Sequence[Problem]) -> None:
        """Why nothing can be asked or run: what keeps dbt from parsing, where that is known."""
        if not problems:
            self._channel.send(Refused(number, "dbt has not parsed this project yet."))
            return
        first = problems[0]
        message = " ".join(self.scrub(first.message).split())
        self._channel.send(Refused(number, message, first.path, first.line))

    def _rows(self, problems: Iterable[Problem]) -> list[list[Any]]:
        return [list(one._replace(message=self.scrub(one.message))) for one in problems]

    # -- in between ----------------------------------------------------------------

    def progress(self, done: int, total: int, phase: str) -> None:
        """How far a long parse is: files done, files in all, and the phase."""
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._phase_began = phase, now
        if now - self._last_tick >= TICK or done == total:
            self._last_tick = now
            pace = (now - self._phase_began) / done if done else 0.0
            self._channel.send(ParseProgress(done, total, phase, round(pace * (total - done), 1)))
            self.output()

    def output(self) -> None:
        """What was printed since the last time."""
        for stream, text in self._capture.take():
            self._channel.send(Output(stream, self.scrub(text)))
