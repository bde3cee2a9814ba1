"""An engine that is asked to parse again, and the rows that it has told so far."""

from __future__ import annotations

import os
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

from tests.warm_python import warm_python
from tui.protocol.frames import read_frame, write_frame
from tui.protocol.messages import (
    EngineReady,
    GraphChanged,
    GraphComplete,
    GraphPart,
    Open,
    Output,
    ParseFailed,
    Reparse,
)
from tui.protocol.records import Asset, Check, Problem

BOOTSTRAP = Path(__file__).resolve().parents[2] / "tui" / "engine" / "process" / "bootstrap.py"


class WarmEngine:
    """A real engine process with one project open, its answers read as the UI reads them."""

    def __init__(self, root: Path, env: dict[str, str] | None = None, **options: Any) -> None:
        self.root = root
        self.assets: dict[str, Asset] = {}
        self.checks: dict[str, Check] = {}
        self.macros: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.ready: EngineReady | None = None
        self.printed = ""
        self.heard: list[Any] = []
        self._ids = count(1)
        from_engine, engine_writes = os.pipe()
        engine_reads, to_engine = os.pipe()
        self.process = subprocess.Popen(
            [warm_python(), str(BOOTSTRAP), "tui.engine", str(engine_reads), str(engine_writes)],
            cwd=root,
            pass_fds=(engine_reads, engine_writes),
            env={**os.environ, **(env or {})},
        )
        os.close(engine_reads)
        os.close(engine_writes)
        self._out = os.fdopen(to_engine, "wb")
        self._in = os.fdopen(from_engine, "rb")
        self.opened = self.ask(
            Open(
                id=next(self._ids),
                project_dir=str(root),
                state_dir=str(root / ".dbtree"),
                **{"profiles_dir": str(root), **options},
            ),
            GraphComplete,
            ParseFailed,
        )

    def ask(self, request: Any, *answers: type) -> Any:
        """Send a request, and take in what comes until one of these answers."""
        write_frame(self._out, request)
        while True:
            message = read_frame(self._in)
            if message is None:
                self.close()
                raise AssertionError(f"the engine is gone: {self.process.returncode}")
            self.heard.append(message)
            self._take_in(message)
            if getattr(message, "provisional", False):
                # dbt's truth follows.
                self.assets, self.checks = {}, {}
            elif isinstance(message, answers) and (
                # What opens the project is told without an id; so is a correction, which answers
                # nothing.
                getattr(message, "id", 0) == request.id or not isinstance(message, GraphChanged)
            ):
                return message

    def _take_in(self, message: Any) -> None:
        if isinstance(message, EngineReady):
            self.ready = message
        elif isinstance(message, Output):
            self.printed += message.text
        elif isinstance(message, ParseFailed):
            self.problems = [Problem(*row) for row in message.problems]
        elif isinstance(message, GraphPart | GraphChanged):
            self.assets |= {row[0]: Asset.from_row(row) for row in message.assets}
            self.checks |= {row[0]: Check.from_row(row) for row in message.checks}
        if isinstance(message, GraphComplete):
            self.macros = dict(message.macros)
        if isinstance(message, GraphChanged):
            for unique_id in message.removed:
                self.assets.pop(unique_id, None)
                self.checks.pop(unique_id, None)
            for unique_id, value in message.macros.items():
                if value is None:
                    self.macros.pop(unique_id)
                else:
                    self.macros[unique_id] = value
        if isinstance(message, GraphChanged | GraphComplete):
            self.problems = []

    def saved(self, *paths: str | Path, full: bool = False) -> GraphChanged | ParseFailed:
        """Tell the engine that these files were saved; its answer."""
        inside = [os.path.relpath(self.root / path, self.root) for path in paths]
        return self.ask(Reparse(next(self._ids), inside, full=full), GraphChanged, ParseFailed)

    @property
    def graph(self) -> tuple[dict[str, Any], ...]:
        """All that the engine has told, to be compared."""
        return dict(self.assets), dict(self.checks), dict(self.macros)

    def close(self) -> None:
        """Close the UI's end; the engine must go."""
        self._out.close()
        self._in.close()
        try:
            self.process.wait(240)
        finally:
            self.process.kill()
            self.process.wait()


def differences(told: Any, found: Any) -> list[str]:
    """What the graph that was told and the one that was found do not share, in words."""
    if isinstance(found, str):
        return [found]
    return [
        f"{unique_id}: told {mine.get(unique_id)}, found {theirs.get(unique_id)}"
        for mine, theirs in zip(told, found, strict=True)
        for unique_id in sorted(mine.keys() | theirs.keys())
        if mine.get(unique_id) != theirs.get(unique_id)
    ]
