"""A real engine process, spoken to as the UI does, for tests that run dbt."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tui.protocol.events import RunFinished, from_object
from tui.protocol.frames import read_frame, write_frame
from tui.protocol.messages import (
    EngineReady,
    GraphChanged,
    GraphComplete,
    GraphPart,
    Open,
    ParseFailed,
    Reparse,
    RunExited,
    RunForked,
    Select,
    Selected,
    StartRun,
)
from tui.protocol.records import Asset, Check

BOOTSTRAP = Path(__file__).resolve().parents[2] / "tui" / "engine" / "process" / "bootstrap.py"


@dataclass
class Outcome:
    """One run, as its directory tells when its process is gone."""

    run_dir: Path
    code: int
    events: list[Any] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def nodes(self) -> dict[str, Any]:
        from tui.protocol.events import NodeFinished

        return {event.unique_id: event for event in self.of(NodeFinished)}

    def node(self, name: str) -> Any:
        found = [node for key, node in self.nodes().items() if key.split(".")[2] == name]
        assert len(found) == 1, (name, list(self.nodes()))
        return found[0]

    def statuses(self) -> dict[str, str]:
        return {key: node.status for key, node in self.nodes().items()}

    @property
    def end(self) -> Any:
        return self.events[-1]

    @property
    def text(self) -> str:
        return (self.run_dir / "events.jsonl").read_text(encoding="utf-8")

    @property
    def stdout(self) -> str:
        return (self.run_dir / "stdout").read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return (self.run_dir / "stderr").read_text(encoding="utf-8")


class Engine:
    """An engine with one project open."""

    def __init__(
        self,
        root: Path,
        env: dict[str, str] | None = None,
        *,
        module: str = "tui.engine",
        **options: Any,
    ) -> None:
        self.root = root
        self.state_dir = root / ".dbtree"
        self.state_dir.mkdir(exist_ok=True)
        to_engine, engine_reads = os.pipe()[::-1]
        engine_writes, from_engine = os.pipe()[::-1]
        self._ids, self._runs = count(1), count(1)
        self._exited: dict[str, int] = {}
        self.assets: dict[str, Asset] = {}
        self.checks: dict[str, Check] = {}
        self.macros: dict[str, str] = {}
        self._parts: list[GraphPart] = []
        self._others: dict[int, Any] = {}
        """Replies that came while another one was waited for."""
        self.ready: Any = None
        """What the engine said of itself: EngineReady."""
        with (self.state_dir / "engine.log").open("ab") as log:
            self.process = subprocess.Popen(
                [warm_python(), BOOTSTRAP, module, str(engine_reads), str(engine_writes)],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(engine_reads, engine_writes),
                env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **(env or {})},
            )
        os.close(engine_reads)
        os.close(engine_writes)
        self._out = os.fdopen(to_engine, "wb")
        self._in = os.fdopen(from_engine, "rb")
        write_frame(
            self._out,
            Open(
                id=next(self._ids),
                project_dir=str(root),
                state_dir=str(self.state_dir),
                profiles_dir=str(root),
                **options,
            ),
        )
        self._await(lambda message: isinstance(message, GraphComplete) and not message.provisional)

    def _await(self, wanted: Any) -> Any:
        while True:
            message = read_frame(self._in)
            assert message is not None, (self.state_dir / "engine.log").read_text()
            if isinstance(message, EngineReady):
                self.ready = message
            if isinstance(message, GraphPart):
                self._parts.append(message)
            if isinstance(message, GraphComplete):
                self._take_graph(message)
            if isinstance(message, GraphChanged):
                self._take_changes(message)
            if isinstance(message, RunExited):
                self._exited[message.run_id] = message.code
            if wanted(message):
                return message
            self._others[getattr(message, "id", 0)] = message
            assert not isinstance(message, ParseFailed) or self.assets, message

    def _take_graph(self, message: GraphComplete) -> None:
        parts, self._parts = self._parts, []
        if not message.provisional:
            self.assets = {row[0]: Asset.from_row(row) for part in parts for row in part.assets}
            self.checks = {row[0]: Check.from_row(row) for part in parts for row in part.checks}
            self.macros = dict(message.macros)

    def reparse(self, paths: Iterable[Path | str], **options: Any) -> Any:
        """Say that these files were saved; the answer, GraphChanged or ParseFailed."""
        asked = next(self._ids)
        relative = [Path(self.root, path).relative_to(self.root).as_posix() for path in paths]
        write_frame(self._out, Reparse(asked, relative, **options))
        return self._await(lambda message: getattr(message, "id", None) == asked)

    def _take_changes(self, message: GraphChanged) -> None:
        self.assets.update((row[0], Asset.from_row(row)) for row in message.assets)
        self.checks.update((row[0], Check.from_row(row)) for row in message.checks)
        for unique_id in message.removed:
            self.assets.pop(unique_id, None)
            self.checks.pop(unique_id, None)
        for unique_id, digest in message.macros.items():
            if digest is None:
                self.macros.pop(unique_id, None)
            else:
                self.macros[unique_id] = digest

    def ask(self, kind: type, /, **fields: Any) -> Any:
        """Send a request; its reply, which may be Refused."""
        asked = next(self._ids)
        write_frame(self._out, kind(id=asked, **fields))
        return self._await(lambda message: getattr(message, "id", None) == asked)

    def send(self, kind: type, /, **fields: Any) -> int:
        """Send a request whose reply is fetched later; its id."""
        asked = next(self._ids)
        write_frame(self._out, kind(id=asked, **fields))
        return asked

    def reply(self, asked: int) -> Any:
        """The reply to a request that was sent before."""
        if asked in self._others:
            return self._others.pop(asked)
        return self._await(lambda message: getattr(message, "id", None) == asked)

    def select(self, command: str, select: Iterable[str], exclude: Iterable[str] = ()) -> list[str]:
        """The nodes that dbt selects for a command."""
        answer = self.ask(Select, select=[*select], exclude=[*exclude], command=command)
        assert isinstance(answer, Selected), answer
        return answer.unique_ids

    def all_nodes(self) -> list[str]:
        built = [
            key
            for key, asset in self.assets.items()
            if asset.resource_type in ("model", "seed", "snapshot")
        ]
        return [*built, *self.checks]

    def ids(self, *names: str) -> list[str]:
        """The unique_ids of assets and checks of these names."""
        known = [*self.assets, *self.checks]
        found = [key for name in names for key in known if key.split(".")[2] == name]
        assert len(found) == len(names), (names, found)
        return found

    def with_checks(self, *names: str) -> list[str]:
        """Assets and the checks that read them, as dbt selects."""
        assets = self.ids(*names)
        return assets + [
            key
            for key, check in self.checks.items()
            if {*check.depends_on, check.asset} & set(assets)
        ]

    def start(self, nodes: list[str], command: str = "build", **options: Any) -> tuple[Any, Path]:
        """Start a run; the reply and the run's directory."""
        run_id = f"run{next(self._runs)}"
        run_dir = self.state_dir / "runs" / run_id
        run_dir.mkdir(parents=True)
        asked = next(self._ids)
        write_frame(
            self._out,
            StartRun(
                id=asked,
                run_id=run_id,
                run_dir=str(run_dir),
                command=command,
                nodes=nodes,
                dbt_line=options.pop("dbt_line", f"dbt {command}"),
                **options,
            ),
        )
        reply = self._await(lambda message: getattr(message, "id", None) == asked)
        return reply, run_dir

    def ended(self, run_dir: Path) -> Outcome:
        """Wait for the end of a run."""
        run_id = run_dir.name
        if run_id not in self._exited:
            self._await(lambda message: isinstance(message, RunExited) and message.run_id == run_id)
        return Outcome(run_dir, self._exited[run_id], read_events(run_dir))

    def run(self, nodes: list[str], command: str = "build", **options: Any) -> Outcome:
        """Run and wait for the end."""
        reply, run_dir = self.start(nodes, command, **options)
        assert isinstance(reply, RunForked), reply
        return self.ended(run_dir)

    def close(self) -> None:
        self._out.close()
        self._in.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()


def read_events(run_dir: Path) -> list[Any]:
    """The events of a log so far; a torn last line is left out."""
    *lines, _torn = (run_dir / "events.jsonl").read_text(encoding="utf-8").split("\n")
    return [from_object(json.loads(line)) for line in lines]


def wait_for(run_dir: Path, kind: type, seconds: float = PATIENCE, **fields: Any) -> Any:
    """The first event of a kind (with these fields) in a log that is being written."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        events = read_events(run_dir)
        for event in events:
            if isinstance(event, kind) and all(
                getattr(event, name) == value for name, value in fields.items()
            ):
                return event
        assert not events or not isinstance(events[-1], RunFinished), events[-1]
        time.sleep(0.02)
    raise AssertionError(f"no {kind.__name__} {fields} in {run_dir}")


def kill_session(pid: int) -> None:
    """What a second press of the cancel key does."""
    os.killpg(pid, signal.SIGKILL)
