"""dbt's build and test tasks, told exactly which nodes to run, and telling what becomes of them.

A watched task is dbt's own task class with a few of its methods extended; everything that runs
a node, orders the queue, skips what is downstream of a failure or writes an artifact is dbt's.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from dbt.compilation import Linker, print_compile_stats
from dbt.exceptions import GraphDependencyNotFoundError
from dbt.graph import Graph

from tui.engine.events import FAILURES, EventLog, node_finished
from tui.engine.linking import LinkedGraph
from tui.engine.measuring import Measured, measure_when_built
from tui.engine.ordering import CycleFound, RunOrder, order_of
from tui.engine.seed_content import as_built
from tui.engine.shortcuts import EXACT_ORDER, LINEAR_LINKING, OWN_NODES
from tui.protocol.events import NodeStarted, RunPlanned
from tui.protocol.records import Fingerprint


class Parsed(Protocol):
    """What is asked of the engine's project about a node, as it was parsed."""

    def fingerprint(self, unique_id: str) -> Fingerprint: ...

    def macro_digests(self, unique_id: str) -> dict[str, str]: ...

    @property
    def linked(self) -> LinkedGraph: ...


@dataclass
class Watch:
    """One run as its tasks see it."""

    log: EventLog
    project: Parsed
    nodes: frozenset[str] | None
    """Exactly what to run; None: what dbt selects."""
    record_rows: bool = True
    """Whether what was built is measured: its rows and columns."""
    planned: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    because: dict[str, str] = field(default_factory=dict)
    """Skipped or to be skipped: unique_id → the failed node."""
    failed_hook: str = ""
    then: tuple[str, ...] = ()
    """What the run does after this command, where it does several."""


def watched(task: type[Any], watch: Watch) -> type[Any]:
    """One of dbt's task classes (BuildTask, TestTask), for this run."""
    return type(
        f"Watched{task.__name__}", (_Watched, task), {"watch": watch, "__module__": __name__}
    )


class _Watched:
    """What is put before a task class of dbt's; `super()` is that class."""

    watch: Watch
    manifest: Any
    graph: Any
    compiler: Any
    config: Any
    job_queue: Any
    node_results: list[Any]

    # -- which nodes, in which order ----------------------------------------

    def compile_manifest(self) -> None:
        if not LINEAR_LINKING.on:
            super().compile_manifest()  # type: ignore[misc]
            return
        self.compiler.initialize()
        if self.watch.nodes is not None and EXACT_ORDER.on:
            self.graph = self._ordered(self.watch.nodes)
        else:
            linker = LinearLinker()
            linker.link_graph(self.manifest)
            self.graph = Graph(linker.graph)
        print_compile_stats(self.watch.project.linked.stats)

    def get_graph_queue(self) -> Any:
        watch = self.watch
        if watch.nodes is None and LINEAR_LINKING.on:
            spec = self.get_selection_spec()  # type: ignore[attr-defined]
            watch.nodes = frozenset(super().get_node_selector().get_selected(spec))  # type: ignore[misc]
            self.graph = self._ordered(watch.nodes)
        return super().get_graph_queue()  # type: ignore[misc]

    def get_node_selector(self, *args: Any, **named: Any) -> Any:
        selector = super().get_node_selector(*args, **named)  # type: ignore[misc]
        nodes = self.watch.nodes
        if nodes is not None:
            selector.get_selected = lambda *_, **__: selector.filter_selection(set(nodes))
        return selector

    def get_model_schemas(self, adapter: Any, selected_uids: Any) -> Any:
        with self._looking_only_at(self.watch.nodes):
            return super().get_model_schemas(adapter, selected_uids)  # type: ignore[misc]

    def populate_adapter_cache(self, *args: Any, **named: Any) -> Any:
        with self._looking_only_at(self.watch.nodes):
            return super().populate_adapter_cache(*args, **named)  # type: ignore[misc]

    def get_hooks_by_type(self, hook_type: Any) -> Any:
        with self._looking_only_at(self.watch.project.linked.hooks):
            return super().get_hooks_by_type(hook_type)  # type: ignore[misc]

    @contextmanager
    def _looking_only_at(self, wanted: Collection[str] | None) -> Iterator[None]:
        """Where dbt goes through all nodes to find these, it meets no others."""
        nodes = self.manifest.nodes
        if wanted is not None and OWN_NODES.on:
            self.manifest.nodes = {key: nodes[key] for key in wanted if key in nodes}
        try:
            yield
        finally:
            self.manifest.nodes = nodes

    def _ordered(self, nodes: Iterable[str]) -> Graph:
        """The graph, as dbt has it, of just these nodes, with what a build's checks hold up."""
        manifest = self.manifest
        parents = Dependencies(manifest)
        is_build = hasattr(self, "model_to_unit_test_map")
        checks = [key for key in nodes if key.startswith("test.")] if is_build else []
        try:
            order = order_of(
                frozenset(nodes), parents, checks=checks, waits_for_checks=parents.is_executable
            )
        except CycleFound:
            linker = LinearLinker()
            linker.link_graph(manifest)  # raises, naming the cycle as dbt does
            raise
        return as_graph(order)

    def _runtime_initialize(self) -> None:
        super()._runtime_initialize()  # type: ignore[misc]
        queue = self.job_queue
        scores = getattr(queue, "_scores", {})
        order: list[str] = []
        unit_tests = getattr(self, "model_to_unit_test_map", {})
        for key in sorted(queue.get_selected_nodes(), key=lambda key: (scores.get(key, 0), key)):
            order += sorted(unit_tests.get(key, ()))
            if not _is_ephemeral(self.manifest.nodes.get(key)):
                order.append(key)
        self.watch.planned = set(order)
        self.watch.log.write(RunPlanned(at=time.time(), nodes=[*order, *self.watch.then]))

    # -- what becomes of them -----------------------------------------------

    def handle_job_queue(self, pool: Any, callback: Any) -> None:
        if self.watch.log.cancelling:
            raise KeyboardInterrupt  # one that somebody's broad except has swallowed
        super().handle_job_queue(pool, callback)  # type: ignore[misc]

    def call_runner(self, runner: Any) -> Any:
        node = runner.node
        key = node.unique_id
        if hasattr(runner, "batch_idx"):  # a part of a microbatch model
            return super().call_runner(runner)  # type: ignore[misc]
        watch = self.watch
        was_parsed: tuple[Iterable[str], dict[str, str]] = ((), {})
        measured = Measured()
        if not _is_ephemeral(node) and not runner.skip:
            watch.log.write(NodeStarted(at=time.time(), unique_id=key, thread=_thread()))
            if not key.startswith(("test.", "unit_test.")):
                built = watch.project.fingerprint(key)
                if key.startswith("seed."):
                    built = as_built(built, node)
                was_parsed = (built, watch.project.macro_digests(key))
                if watch.record_rows:
                    measured = measure_when_built(runner)
        result = super().call_runner(runner)  # type: ignore[misc]
        self._tell(result, *was_parsed, measured)
        return result

    def _tell(
        self,
        result: Any,
        fingerprint: Iterable[str] = (),
        macros: dict[str, str] | None = None,
        measured: Measured | None = None,
    ) -> None:
        """Write a node's end.

        An ephemeral model is only told of when it could not be compiled; what a cancel broke off
        is left to the run's end.
        """
        watch = self.watch
        key, status = result.node.unique_id, str(result.status)
        if _is_ephemeral(result.node) and status not in FAILURES:
            return
        if watch.log.cancelling and status not in {"success", "pass", "warn", "fail"}:
            return
        watch.told.add(key)
        because = self._culprit(key) if status == "skipped" else ""
        event = node_finished(
            result, watch.log, because=because, fingerprint=fingerprint, macros=macros
        )
        if measured is not None:
            event = replace(event, row_count=measured.row_count, columns=measured.columns)
        watch.log.write(event)

    def _culprit(self, key: str) -> str:
        """The failed node that this one is skipped for."""
        if because := self.watch.because.get(key):
            return because
        for unit_test in getattr(self, "model_to_unit_test_map", {}).get(key, ()):
            if unit_test in self.watch.because:
                return self.watch.because[unit_test]
        return ""

    def _mark_dependent_errors(self, node_id: str, result: Any, cause: Any) -> None:
        because = self.watch.because
        culprit = because.get(node_id, node_id)
        if node_id.startswith("unit_test."):
            because.setdefault(node_id, node_id)
        for key in self.graph.get_dependent_nodes(node_id):
            because.setdefault(key, culprit)
        super()._mark_dependent_errors(node_id, result, cause)  # type: ignore[misc]

    def execute_with_hooks(self, selected_uids: Any) -> Any:
        result = super().execute_with_hooks(selected_uids)  # type: ignore[misc]
        watch = self.watch
        first_failed = next(
            (r.node.unique_id for r in result.results if r and str(r.status) in FAILURES), ""
        )
        for item in result.results:
            key = item.node.unique_id if item is not None else ""
            if key.startswith("operation.") and str(item.status) in FAILURES:
                watch.failed_hook = watch.failed_hook or watch.log.clean(str(item.message))
            elif key in watch.planned and key not in watch.told:
                # What --fail-fast or a failed on-run-start left out, dbt tells of only here.
                watch.because.setdefault(key, first_failed)
                self._tell(item)
        return result


class LinearLinker(Linker):
    """dbt's linker, which looks for a cycle by walking every path only when there is one."""

    def find_cycles(self) -> Any:
        graph = self.graph
        waiting = {node: count for node, count in graph.in_degree() if count}
        free = [node for node, count in graph.in_degree() if not count]
        for node in free:
            for child in graph.successors(node):
                waiting[child] -= 1
                if not waiting[child]:
                    free.append(child)
        return super().find_cycles() if len(free) < len(graph) else None


class Dependencies:
    """What each node of a manifest depends on, as dbt's linker sees it."""

    def __init__(self, manifest: Any) -> None:
        self._nodes = manifest.nodes
        self._places = [
            manifest.nodes,
            manifest.sources,
            manifest.metrics,
            manifest.semantic_models,
            getattr(manifest, "functions", {}),
        ]
        self._ends = [manifest.unit_tests, manifest.exposures, manifest.saved_queries]
        self._known: dict[str, tuple[str, ...]] = {}

    def __call__(self, unique_id: str) -> tuple[str, ...]:
        """The unique_ids. Raises dbt's error where one of them does not exist."""
        known = self._known.get(unique_id)
        if known is None:
            node = next(place[unique_id] for place in self._all() if unique_id in place)
            known = tuple(dict.fromkeys(getattr(node, "depends_on_nodes", ())))
            for parent in known:
                if not any(parent in place for place in self._places):
                    raise GraphDependencyNotFoundError(node, parent)
            self._known[unique_id] = known
        return known

    def _all(self) -> list[Any]:
        return self._places + self._ends

    def is_executable(self, unique_id: str) -> bool:
        """Whether a build's checks hold this node up."""
        return unique_id in self._nodes and not unique_id.startswith("test.")


def as_graph(order: RunOrder) -> Graph:
    """An order as the graph that dbt's queue is made from."""
    graph = Linker().graph
    graph.add_nodes_from(sorted(order.nodes))
    for upstream, downstream in sorted(order.edges):
        if (upstream, downstream) in order.check_edges:
            graph.add_edge(upstream, downstream, edge_type="parent_test")
        else:
            graph.add_edge(upstream, downstream)
    return Graph(graph)


def _is_ephemeral(node: Any) -> bool:
    return bool(getattr(node, "is_ephemeral_model", False))


def _thread() -> str:
    import threading

    return threading.current_thread().name
