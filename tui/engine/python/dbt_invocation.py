"""dbt inside the run of definitions: `dbt.cli([...])` as a call in the run's own process.

The manifest is the one in memory, the nodes are exactly those of the run, and the events go into
the run's log, as in a run without definitions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from google.protobuf.json_format import MessageToDict

from tui.definitions.api import DefinitionError
from tui.engine.execution.baselines import baseline_copies
from tui.engine.execution.events import EventLog
from tui.engine.execution.jinja_graph import prepare_graph
from tui.engine.execution.parsed import Parsed
from tui.engine.execution.tasks import watched
from tui.engine.execution.watch import Watch
from tui.engine.fence.registry import RUN_TASKS, SELECTED_CACHE
from tui.engine.process.ignored_events import CACHE_EVENTS, ignoring
from tui.engine.python.node_log import printing_beside
from tui.engine.records.run_limits import RunLimits, flags_for
from tui.protocol.events import FAILURES
from tui.protocol.messages import StartRun

RUNS_NODES = frozenset({"build", "run", "seed", "snapshot", "test"})
"""The commands whose tasks can be told exactly which nodes to run."""
TAKES_FULL_REFRESH = frozenset({"build", "run", "seed"})


@dataclass
class InnerDbt:
    """dbt as the functions of definitions use it, in one run."""

    warm: Any
    """The project; see `Runnable`."""
    project: Parsed
    """What knows fingerprints."""
    request: StartRun
    log: EventLog
    builders: Mapping[str, str] = field(default_factory=dict)
    """dbt node → the function that builds it; see `Resolved`."""
    nodes: frozenset[str] = frozenset()
    """What the function that goes on now is to build."""
    then: tuple[str, ...] = ()
    """What the run does after it."""
    failed_hook: str = ""
    ended_badly: bool = False
    """Whether any command failed."""
    refusal: str = ""
    """Why the latest command could do nothing; empty where it could."""

    def run(self, args: Sequence[str], *, exact: bool) -> InnerExecution:
        """Run a command to its end.

        Args:
            args: The command and its options.
            exact: Whether its nodes are those of the function that goes on.
        """
        command, *options = args
        full = [command, *self.warm.loaded.global_args, "--no-use-colors", *options]
        watch = None
        if command in RUNS_NODES and exact:
            full = [*full[: len(full) - len(options)], *self._run_options(command), *options]
            watch = Watch(
                self.log, self.project, self.nodes, self.request.record_rows,
                RunLimits.of_flags(self.request.flags),
            )  # fmt: skip
            watch.then = self.then
            watch.baselines = baseline_copies(self.warm.loaded, self.log, self.request.run_id)
        self._prepare(command, watch)
        execution = InnerExecution(self, full, self._target_path(options))
        with suppress(ValueError):
            sys.argv = ["dbt", *args]
        runner = dbtRunner(
            manifest=self.warm.manifest, callbacks=[self.log.on_dbt_event, execution.hear]
        )
        with printing_beside():  # its events are in the log
            result = runner.invoke(full)
        if self.log.cancelling:
            raise KeyboardInterrupt
        execution.end(result)
        self.note_refusal(command, result)
        if watch is not None:
            self.failed_hook = self.failed_hook or watch.failed_hook
        self.ended_badly = self.ended_badly or not execution.finish()
        return execution

    def note_refusal(self, command: str, result: Any) -> None:
        """Say why dbt could do nothing, as of an option that it does not have: of that, it tells
        whoever called it alone.
        """
        self.refusal = ""
        if result.exception is not None and result.result is None:
            self.refusal = self.log.clean(f"dbt {command}: {str(result.exception).strip()}")
            self.log.say("error", self.refusal)

    def _run_options(self, command: str) -> list[str]:
        request = self.request
        options = ["--cache-selected-only"] if SELECTED_CACHE.on else []
        if request.threads:
            options += ["--threads", str(request.threads)]
        if request.full_refresh and command in TAKES_FULL_REFRESH:
            options.append("--full-refresh")
        return [*options, *flags_for(command, request.flags)]

    def _prepare(self, command: str, watch: Watch | None) -> None:
        run_tasks = RUN_TASKS.use()
        if run_tasks is None:
            raise DefinitionError(f"dbt cannot be run here: {RUN_TASKS.off_because}.")
        for each in RUNS_NODES:
            plain = run_tasks.plain(each)
            run_tasks.replace(each, watched(plain, watch) if watch and each == command else plain)
        prepare_graph(self.warm, self.nodes or None)

    def _target_path(self, options: Sequence[str]) -> Path:
        if "--target-path" in options:
            named = options[options.index("--target-path") + 1]
            return Path(self.warm.loaded.root) / named
        return Path(self.warm.loaded.config.project_target_path)


@dataclass
class InnerExecution:
    """One command that is done; an `Execution` of the definitions."""

    inner: InnerDbt
    command_line: list[str]
    target_path: Path
    _messages: list[Any] = field(default_factory=list)
    _succeeded: bool = False
    _words: str = ""

    @property
    def command(self) -> list[str]:
        return ["dbt", *self.command_line]

    @property
    def process(self) -> EndedCommand:
        return EndedCommand(self.command, 0 if self._succeeded else 1)

    @property
    def adapter(self) -> Any:
        """Dbt's adapter; `with adapter.connection_named("…")` connects it."""
        return _adapter(self.inner.warm.loaded.adapter)

    @ignoring(CACHE_EVENTS)
    def hear(self, message: Any) -> None:
        """Keep an event, as dbt fires it; debug lines but for the ends of nodes are let go."""
        if message.info.level != "debug" or message.info.name == "NodeFinished":
            self._messages.append(message)

    def end(self, result: Any) -> None:
        """Take dbt's result."""
        self._succeeded = bool(result.success)
        if result.exception is not None:
            self._words = str(result.exception)
            return
        results = getattr(result.result, "results", None) or ()
        failed = [r for r in results if str(getattr(r, "status", "")) in FAILURES]
        self._words = "; ".join(
            f"{getattr(r.node, 'name', '?')}: {str(r.message or r.status).strip()}" for r in failed
        )

    def events(self) -> Iterator[Mapping[str, Any]]:
        for message in self._messages:
            yield MessageToDict(message, preserving_proto_field_name=True)

    def finish(self) -> bool:
        return self._succeeded

    def error(self) -> str:
        return self.inner.log.clean(self._words) or "dbt failed without a message."

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        adapter = self.inner.warm.loaded.adapter
        with _connected():
            _, table = _adapter(adapter).execute(statement, fetch=True)
        return [tuple(row) for row in table.rows]

    def columns(self, unique_id: str) -> list[tuple[str, str]]:
        warm = self.inner.warm
        node = warm.manifest.nodes.get(unique_id)
        if node is None:
            raise DefinitionError(f"{unique_id} has no columns.")
        adapter = _adapter(warm.loaded.adapter)
        with _connected():
            relation = adapter.Relation.create_from(warm.loaded.config, node)
            return [(c.name, c.data_type) for c in adapter.get_columns_in_relation(relation)]


@dataclass(frozen=True)
class EndedCommand:
    """What there is of a process where dbt worked in that of the run."""

    args: list[str]
    returncode: int


def _adapter(known: Any) -> Any:
    """The adapter of the command that ran last: dbt makes a new one for each."""
    from dbt.adapters.factory import FACTORY

    return FACTORY.adapters.get(known.type(), known)


def _connected() -> Any:
    from dbt.adapters.factory import FACTORY

    adapter = next(iter(FACTORY.adapters.values()))
    return adapter.connection_named("dbtree")
