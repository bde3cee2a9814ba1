"""Auto-build: what a save of an armed asset does by itself, beyond being parsed.

It looks at each state of the workspace. When what an armed asset is made of has changed
(its code, its configuration, a macro or an ephemeral model in it), and nothing more changed for a
moment, it is compiled or built. An asset that is being built, or waits for it, is not built a
second time at once: the save counts once that is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from tui.errors import DbtreeError, SelectionError
from tui.graph import AssetGraph, Status
from tui.protocol.messages import Described
from tui.runs.plan import RunPlan, Scope, plan_build
from tui.workspace.auto_build_values import Armed, Mode
from tui.workspace.state import WorkspaceState

DEBOUNCE = 0.4
"""Seconds without a further change before a save counts."""
BUSY = (Status.QUEUED, Status.RUNNING)


class BuildingWorkspace(Protocol):
    """The workspace, as far as auto-build needs it."""

    @property
    def state(self) -> WorkspaceState:
        """What is current."""

    def subscribe(self, subscriber: Callable[[WorkspaceState], None]) -> Callable[[], None]:
        """Call with each new state."""

    def materialize(self, plan: RunPlan) -> object:
        """Start a run, or queue it."""


class Compiler(Protocol):
    """Who has dbt compile an asset."""

    async def describe(self, unique_id: str, *, compile: bool = False) -> Described:
        """Everything about an asset, compiled."""


class AutoBuild:
    """The armed assets of one workspace."""

    def __init__(
        self,
        workspace: BuildingWorkspace,
        compiler: Compiler,
        on_change: Callable[[Mapping[str, Armed]], None],
    ) -> None:
        """`on_change` gets the armed assets when others are armed, or something came of a save."""
        self._workspace = workspace
        self._compiler = compiler
        self._on_change = on_change
        self._armed: dict[str, Armed] = {}
        self._known: dict[str, object] = {}
        """What each armed asset was made of when it was last looked at."""
        self._graph: AssetGraph | None = None
        self._target = ""
        self._saved: set[str] = set()
        """Saved, and nothing done about it yet."""
        self._building: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._compiling: dict[str, asyncio.Task[None]] = {}
        self._unsubscribe: Callable[[], None] | None = None

    def arm(self, unique_ids: Iterable[str], mode: Mode | None) -> None:
        """Let saves of these assets do something from now on; None disarms them."""
        for key in unique_ids:
            if mode is None:
                self._armed.pop(key, None)
                self._saved.discard(key)
            else:
                self._armed[key] = Armed(mode)
        if self._armed and self._unsubscribe is None:
            self._target = self._workspace.state.target
            self._unsubscribe = self._workspace.subscribe(self._look)
        self._graph = None  # look at all of them again, without taking it for a save
        state = self._workspace.state
        self._known = {k: made_of(state.graph, k) for k in self._armed if k in state.graph.assets}
        self._report()

    def close(self) -> None:
        """Do nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._compiling.values():
            task.cancel()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    # ------------------------------------------------------------ what happens

    def _look(self, state: WorkspaceState) -> None:
        if state.target != self._target:
            # What may be built by itself on one target may not on another.
            self._target = state.target
            if self._armed:
                self.arm(list(self._armed), None)
            return
        if not state.is_confirmed or state.phase == "reparsing":
            return  # what is saved may still be wrong
        if state.graph is not self._graph:
            self._find_saved(state.graph)
        self._find_built(state)
        if any(not self._is_busy(key) for key in self._saved):
            self._soon()

    def _find_saved(self, graph: AssetGraph) -> None:
        self._graph = graph
        new = set()
        for key in self._armed.keys() & graph.assets.keys():
            now = made_of(graph, key)
            if self._known.get(key, now) != now:
                new.add(key)
            self._known[key] = now
        if new:
            self._saved |= new
            self._soon(again=True)

    def _find_built(self, state: WorkspaceState) -> None:
        changed = False
        for key in list(self._building):
            status = state.statuses.get(key)
            if key not in self._armed or status is None:
                self._building.discard(key)
            elif status.status not in BUSY:
                self._building.discard(key)
                latest = state.history.latest.get(key)
                is_good = status.status not in (Status.FAILED, Status.SKIPPED, Status.CHECKS_FAILED)
                word = status.status.value
                if is_good:
                    word = "built" if latest is not None else word
                self._armed[key] = replace(self._armed[key], outcome=word, is_good=is_good)
                changed = True
        if changed:
            self._report()

    def _is_busy(self, key: str) -> bool:
        status = self._workspace.state.statuses.get(key)
        return (status is not None and status.status in BUSY) or key in self._compiling

    def _soon(self, *, again: bool = False) -> None:
        """Act once nothing more is saved for a moment; `again` restarts the wait."""
        if self._timer is not None:
            if not again:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(DEBOUNCE, self._act)

    # ------------------------------------------------------------ what is done

    def _act(self) -> None:
        self._timer = None
        graph = self._workspace.state.graph
        by_mode: dict[Mode, list[str]] = {}
        for key in sorted(self._saved):
            if key not in self._armed or key not in graph.assets:
                self._saved.discard(key)
            elif not self._is_busy(key):
                by_mode.setdefault(self._armed[key].mode, []).append(key)
        for key in by_mode.get(Mode.PARSE, ()):
            self._saved.discard(key)
            self._note(key, "parsed")
        for key in by_mode.get(Mode.COMPILE, ()):
            self._saved.discard(key)
            self._compiling[key] = asyncio.create_task(self._compile(key))
        for mode, scope in ((Mode.BUILD, Scope.ONLY), (Mode.DOWNSTREAM, Scope.DOWNSTREAM)):
            if by_mode.get(mode):
                self._build(by_mode[mode], scope)
        self._report()

    async def _compile(self, key: str) -> None:
        try:
            found: dict[str, Any] = (await self._compiler.describe(key, compile=True)).facts
            problem = str(found.get("compile_problem") or "")
        except DbtreeError as error:
            problem = error.message
        self._compiling.pop(key, None)
        self._note(key, _gist(problem) or "compiled", is_good=not problem)
        self._report()
        if key in self._saved:
            self._soon()

    def _build(self, keys: list[str], scope: Scope) -> None:
        state = self._workspace.state
        try:
            plan = plan_build(state.graph, keys, scope, options=state.project.options)
        except SelectionError as error:
            for key in keys:
                self._saved.discard(key)
                self._note(key, error.message, is_good=False)
            return
        if any(self._is_busy(node) for node in plan.nodes):
            return  # looked at again with the next state
        for key in keys:
            self._saved.discard(key)
            self._note(key, "building")
        label = f"{plan.label} (saved)"
        self._workspace.materialize(replace(plan, label=label))
        self._building.update(keys)

    def _note(self, key: str, outcome: str, *, is_good: bool = True) -> None:
        if key in self._armed:
            self._armed[key] = replace(self._armed[key], outcome=outcome, is_good=is_good)

    def _report(self) -> None:
        self._on_change(dict(self._armed))


def made_of(graph: AssetGraph, unique_id: str) -> object:
    """All that decides what a build of an asset makes of it, to be compared."""
    asset = graph.assets[unique_id]
    inlined = sorted(graph.inlined(unique_id))
    macros = {*asset.macros, *(macro for key in inlined for macro in graph.assets[key].macros)}
    return (
        asset.fingerprint,
        tuple(graph.assets[key].fingerprint for key in inlined),
        tuple((macro, graph.macros.get(macro, "")) for macro in sorted(macros)),
    )


def _gist(problem: str) -> str:
    """The line of dbt's message that says what is wrong: the second, where the first says where."""
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 and " Error" in lines[0] else "".join(lines[:1])
