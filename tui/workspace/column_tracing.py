"""Has the columns of the project traced, in a process of its own, from when it is first asked.

The graph says what code each asset has, the worker which of it was never traced, and the engine
then compiles just that, without a database. What columns sources, seeds and Python models have is
asked of the database. Every edit goes the same way, for what it changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.dialects import dialect_of
from tui.column_lineage.project_tracing import NO_CODE, Traceable
from tui.column_lineage.values import TracedAsset, from_row
from tui.errors import DbtreeError
from tui.protocol.messages import ColumnsFound, Describe, FindColumns, ReadCode, Refused
from tui.workspace.state import WorkspaceState
from tui.workspace.traceables import traceables

QUIET = 0.3
"""Seconds without a further change before the worker is asked."""
AGAIN = 1.0
"""Seconds after which a database that did not say all columns is asked again; then ever later."""
LONGEST_WAIT = 600.0
PUBLISH = 0.5
"""Seconds after which what was traced is shown, while more is."""
CRASHES = 3
"""So many ends of the worker, and it is not started again."""
LARGEST = 1 << 28
"""Bytes of one line of the worker's."""
FILE = "column_lineage.json"


Traced = dict[str, TracedAsset]


def _answered(line: bytes) -> tuple[Traced, list[str] | None, Traced]:
    """What the worker says: what was traced; at the end, what is missing, and what was before."""
    answer = json.loads(line)
    found = {key: from_row(row) for key, row in answer.get("traced", {}).items()}
    before = {key: from_row(row) for key, row in answer.get("before", {}).items()}
    return found, answer.get("missing"), before


class ColumnTracing:
    """The column lineage of one open project."""

    def __init__(
        self,
        state: Callable[[], WorkspaceState],
        ask: Callable[..., asyncio.Future[Any]],
        publish: Callable[[ColumnGraph], None],
    ) -> None:
        """`ask` sends a request to the engine; `publish` takes each new graph of columns."""
        self._state = state
        self._ask = ask
        self._publish = publish
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._target = ""
        self._columns: dict[str, list[str]] = {}
        """What columns the database has of what has no SQL."""
        self._asked: set[str] = set()
        """Of which the database was asked."""
        self._look_at = 0.0
        self._wait = AGAIN
        self._assets: dict[str, Traceable] = {}
        self._requested: dict[str, str] = {}
        """unique_id → the key of the code that the engine was asked for."""
        self._code: dict[str, list[str]] = {}
        self._compiled: dict[str, str] = {}
        """unique_id → the key of the code that was compiled with the database."""
        self._compiles = True
        self._number = 0
        self._ends = 0
        """How often the worker ended."""

    def start(self) -> None:
        """Trace from now on. Does nothing the second time."""
        if self._task is None:
            self._wake.set()
            self._task = asyncio.create_task(self._follow())

    @property
    def is_on(self) -> bool:
        """Whether columns are traced."""
        return self._task is not None

    def changed(self) -> None:
        """The graph is another one, or what is compiled is, or the target."""
        target = self._state().target
        if target != self._target:  # its database has columns of its own
            self._target = target
            self._columns.clear()
            self._asked.clear()
            self._compiled.clear()
            self._look_at, self._wait = 0.0, AGAIN
        self._wake.set()

    def run_ended(self) -> None:
        """The database may have other columns now."""
        if self.is_on:
            self._asked.clear()
            self._look_at, self._wait = 0.0, AGAIN
            self._wake.set()

    def code_read(self, code: Mapping[str, str]) -> None:
        """The engine has compiled what it was asked for."""
        for key, sql in code.items():
            asked = self._requested.get(key, "")
            self._code[key] = [asked, sql]
        self._wake.set()

    async def compile(self, unique_id: str) -> bool:
        """Have an asset compiled with the database, where that alone knows its SQL; whether that
        was done, so that its columns are traced next.
        """
        columns, asset = self._state().columns, self._assets.get(unique_id)
        traced = columns.assets.get(unique_id) if columns else None
        if asset is None or traced is None or traced.problem != NO_CODE:
            return False
        if self._compiled.get(unique_id) == asset.code_key:
            return False
        self._compiled[unique_id] = asset.code_key
        with contextlib.suppress(DbtreeError):
            reply = await self._ask(Describe, unique_id=unique_id, compile=True)
            sql = "" if isinstance(reply, Refused) else str(reply.facts.get("compiled_code") or "")
            if sql:
                self._code[unique_id] = [asset.code_key, sql]
                self._wake.set()
                return True
        return False

    def close(self) -> None:
        """Trace no more."""
        if self._task is not None:
            self._task.cancel()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    # ------------------------------------------------------------------- the loop

    async def _follow(self) -> None:
        while self._ends < CRASHES:
            await self._wake.wait()
            await asyncio.sleep(QUIET)
            self._wake.clear()
            state = self._state()
            if not state.is_confirmed or state.engine is None:
                continue
            try:
                await self._update(state)
            except (OSError, ValueError) as error:
                await self._ended(str(error))

    async def _ended(self, reason: str) -> None:
        """The worker is gone: it is started again, but not for ever."""
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            if process.stderr is not None:
                lines = (await process.stderr.read()).decode("utf-8", "replace").splitlines()
                reason = lines[-1] if lines else reason
        self._ends += 1
        self._requested.clear()
        if self._ends >= CRASHES:
            before = self._state().columns or ColumnGraph()
            problem = f"Columns cannot be traced: the process that does it ended ({reason})."
            self._publish(ColumnGraph(before.assets, True, problem))
        self._wake.set()

    async def _update(self, state: WorkspaceState) -> None:
        """Bring the worker up to date, and ask the engine for what it is missing."""
        assert state.engine is not None
        off = ("all: off", "offline compilation: off", "none:")
        self._compiles = not any(line.startswith(off) for line in state.engine.shortcuts)
        assets = await asyncio.to_thread(self._read, state)
        await self._find_columns(assets)
        adapter = state.engine.adapter
        self._number += 1
        code, self._code = self._code, {}
        request: dict[str, Any] = {"advance": self._number, "code": code}
        rows = [
            one._replace(columns=tuple(self._columns.get(one.unique_id, one.columns)))
            for one in assets.values()
        ]
        request |= {"assets": rows, "dialect": dialect_of(adapter)}
        self._assets = assets
        missing = await self._advance(request)
        await self._read_code(missing)

    def _read(self, state: WorkspaceState) -> dict[str, Traceable]:
        built = {
            key: [name for name, _ in one.columns]
            for key, one in state.history.built.items()
            if one.columns
        }
        found = traceables(
            state.graph, {**built, **self._columns}, state.history.built, compiles=self._compiles
        )
        return {one.unique_id: one for one in found}

    async def _advance(self, request: dict[str, Any]) -> list[str]:
        """Let the worker trace; returns whose code it is missing."""
        process = await self._worker()
        assert process.stdin is not None
        assert process.stdout is not None
        line = await asyncio.to_thread(lambda: json.dumps(request).encode() + b"\n")
        process.stdin.write(line)
        await process.stdin.drain()
        graph = (self._state().columns or ColumnGraph()).only(self._assets)
        publish_at = 0.0
        while True:
            line = await process.stdout.readline()
            if not line:
                raise OSError("it ended without a message")
            # What a large project has takes longer than a frame to take in.
            found, missing, before = await asyncio.to_thread(_answered, line)
            graph = graph.with_traced(found)
            if missing is not None:
                is_complete = not missing and graph.assets.keys() >= self._assets.keys()
                await self._show(ColumnGraph(graph.assets, is_complete, before=before))
                return missing
            now = asyncio.get_running_loop().time()
            if now >= publish_at:
                await self._show(graph)
                publish_at = now + PUBLISH

    async def _show(self, graph: ColumnGraph) -> None:
        self._publish(await asyncio.to_thread(graph.prepare))

    async def _worker(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            path = self._state().project.state_dir / FILE
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "tui.column_lineage.worker", str(path),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LARGEST,
                # Keys such as ctrl-c in the terminal are for the screen.
                start_new_session=True,
            )  # fmt: skip
        return self._process

    # ----------------------------------------------------------- what the engine knows

    async def _read_code(self, missing: list[str]) -> None:
        """Ask for the code of these, unless it was asked for already."""
        wanted = [
            key
            for key in missing
            if key in self._assets and self._requested.get(key) != self._assets[key].code_key
        ]
        if not wanted:
            return
        for key in wanted:
            self._requested[key] = self._assets[key].code_key
        with contextlib.suppress(DbtreeError):
            reply = await self._ask(ReadCode, unique_ids=wanted)
            if isinstance(reply, Refused):  # this dbt does not compile offline
                self._code.update({key: [self._requested[key], ""] for key in wanted})
                self._wake.set()

    async def _find_columns(self, assets: Mapping[str, Traceable]) -> None:
        """Ask the database for the columns of what has no SQL, or none that can be traced."""
        columns = self._state().columns
        traced: Mapping[str, TracedAsset] = columns.assets if columns else {}
        wanted = [
            key
            for key, asset in assets.items()
            if key not in self._asked
            and asset.relation
            and (not asset.code_key or (key in traced and not traced[key].is_whole))
        ]
        loop = asyncio.get_running_loop()
        if not wanted or loop.time() < self._look_at:
            return
        with contextlib.suppress(DbtreeError):
            reply = await self._ask(FindColumns, unique_ids=wanted)
            if isinstance(reply, ColumnsFound):
                self._columns.update(reply.columns)
            is_refused = isinstance(reply, Refused)
            if reply.kind == "busy" if is_refused else bool(reply.problem):
                self._look_at = loop.time() + self._wait
                loop.call_later(self._wait, self._wake.set)
                self._wait = min(self._wait * 4, LONGEST_WAIT)
            else:
                self._asked.update(wanted)
