"""dbt's build and test tasks, given exactly the nodes to run, and reporting what happens to them.

A watched task is dbt's own task class with a few of its methods extended; everything that runs
a node, orders the queue, skips what is downstream of a failure or writes an artifact is dbt's.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from dbt.adapters.factory import get_adapter
from dbt.compilation import print_compile_stats

from tui.engine.execution.batch_names import batch_name, with_batch_message
from tui.engine.execution.error_place import ErrorPlace, find_place, with_declaration
from tui.engine.execution.events import CUT_SHORT, after_fail_fast, node_finished
from tui.engine.execution.row_counts import Measured, measure_when_built
from tui.engine.execution.run_nodes import (
    is_ephemeral,
    unordered_words,
    with_ephemeral_models,
    without_model,
)
from tui.engine.execution.watch import Watch
from tui.engine.fence.registry import (
    EXACT_ORDER,
    LINEAR_LINKING,
    OWN_NODES,
    QUEUE_ORDER,
    QUEUE_WATCH,
    RUN_TASKS,
)
from tui.engine.parse.traversal import CycleFound
from tui.engine.records.built_seed import as_built
from tui.engine.records.run_limits import (
    NOT_CLONED,
    clone_part,
    options_part,
    read_elsewhere,
)
from tui.protocol.events import FAILURES, BatchFinished, BatchStarted, NodeStarted, RunPlanned
from tui.protocol.records import Fingerprint


def watched(task: type[Any], watch: Watch) -> type[Any]:
    """One of dbt's task classes (BuildTask, TestTask), for this run."""
    return type(
        f"Watched{task.__name__}", (_Watched, task), {"watch": watch, "__module__": __name__}
    )


class _Watched:
    """What is put before a task class of dbt's; `super()` is that class.

    dbt's methods get more arguments from version to version: what is extended here passes on
    whatever it is called with. An exception in a worker's thread would leave dbt waiting for ever.
    """

    watch: Watch
    manifest: Any
    graph: Any
    compiler: Any
    config: Any
    catalogs: Any = None
    """From dbt-core 1.12."""

    # -- which nodes, in which order ----------------------------------------

    def compile_manifest(self) -> None:
        if self.watch.nodes is not None:
            self.watch.nodes = with_ephemeral_models(self.manifest, self.watch.nodes)
        linker = LINEAR_LINKING.use()
        stats = self.watch.project.linked.stats
        exact_order = EXACT_ORDER.use()
        if linker is None or stats is None or exact_order is None:
            # Test edges, which hold up what follows a failed test, are the exact order's.
            super().compile_manifest()  # type: ignore[misc]
            return
        self.compiler.initialize()
        if self.watch.nodes is None:
            self.graph = linker.graph_of(self.manifest)  # to select in: see get_graph_queue
        else:
            self._order(exact_order, linker, self.watch.nodes)
        if self.catalogs is not None:
            stats = {**stats, "catalogs": len(self.catalogs)}
        print_compile_stats(stats)

    def get_graph_queue(self) -> Any:
        watch, exact_order, linker = self.watch, EXACT_ORDER.use(), LINEAR_LINKING.use()
        if watch.nodes is None and linker is not None and exact_order is not None:
            spec = self.get_selection_spec()  # type: ignore[attr-defined]
            watch.nodes = frozenset(super().get_node_selector().get_selected(spec))  # type: ignore[misc]
            self._order(exact_order, linker, watch.nodes)
        queue = super().get_graph_queue()  # type: ignore[misc]
        self._tell_plan(queue)
        return queue

    def get_node_selector(self, *args: Any, **named: Any) -> Any:
        selector = super().get_node_selector(*args, **named)  # type: ignore[misc]
        nodes = self.watch.nodes
        if nodes is not None:
            alone = self._on_their_own(nodes, *args, **named)
            RUN_TASKS.use().select_exactly(selector, nodes, alone)
        return selector

    def _on_their_own(
        self, nodes: frozenset[str], no_unit_tests: bool = False, **_: Any
    ) -> frozenset[str]:
        """The unit tests that a build takes for nodes like others: their models are not built."""
        return without_model(self.manifest, nodes) if no_unit_tests else frozenset()

    def get_model_schemas(self, *args: Any, **named: Any) -> Any:
        with self._looking_only_at(self.watch.nodes):
            return super().get_model_schemas(*args, **named)  # type: ignore[misc]

    def populate_adapter_cache(self, *args: Any, **named: Any) -> Any:
        with self._looking_only_at(self.watch.nodes):
            return super().populate_adapter_cache(*args, **named)  # type: ignore[misc]

    def get_hooks_by_type(self, *args: Any, **named: Any) -> Any:
        with self._looking_only_at(self.watch.project.linked.hooks):
            return super().get_hooks_by_type(*args, **named)  # type: ignore[misc]

    def _looking_only_at(self, wanted: Collection[str] | None) -> AbstractContextManager[None]:
        """Where dbt goes through all nodes to find these, it meets no others."""
        own_nodes = OWN_NODES.use() if wanted is not None else None
        return nullcontext() if own_nodes is None else own_nodes.only(self.manifest, wanted)

    def _order(self, exact_order: Any, linker: Any, nodes: frozenset[str]) -> None:
        """Make the graph of just these nodes."""
        is_build = hasattr(self, "model_to_unit_test_map")
        try:
            self.graph = exact_order.ordered(self.manifest, nodes, is_build=is_build)
        except CycleFound:
            linker.graph_of(self.manifest)  # raises, naming the cycle as dbt does
            raise

    def _tell_plan(self, queue: Any) -> None:
        """Write which nodes will run, in the order in which dbt starts them."""
        if (queue_watch := QUEUE_WATCH.use()) is not None:
            queue_watch.watch_queue(queue, self.watch.activity, self.watch.note_stall)
        queue_order = QUEUE_ORDER.use()
        nodes = queue.get_selected_nodes()
        order: list[str] = []
        unit_tests = getattr(self, "model_to_unit_test_map", {})
        for key in sorted(nodes) if queue_order is None else queue_order.order_of(queue):
            order += sorted(unit_tests.get(key, ()))
            if not is_ephemeral(self.manifest.nodes.get(key)):
                order.append(key)
        self.watch.planned = set(order)
        self.watch.log.write(RunPlanned(at=time.time(), nodes=[*order, *self.watch.then]))

    # -- what becomes of them -----------------------------------------------

    def handle_job_queue(self, *args: Any, **named: Any) -> None:
        if self.watch.log.cancelling:
            raise KeyboardInterrupt  # one that somebody's broad except has swallowed
        super().handle_job_queue(*args, **named)  # type: ignore[misc]

    def call_runner(self, runner: Any, *args: Any, **named: Any) -> Any:
        if hasattr(runner, "batch_idx"):  # a part of a microbatch model
            return self._call_batch(runner, *args, **named)
        with self.watch.activity:
            return self._call_and_tell(runner, *args, **named)

    def _call_batch(self, runner: Any, *args: Any, **named: Any) -> Any:
        log, key, batch = self.watch.log, runner.node.unique_id, batch_name(runner)
        began = time.time()
        log.write(BatchStarted(began, key, batch, _thread()))
        result = super().call_runner(runner, *args, **named)  # type: ignore[misc]
        raised = log.take_raised(key)
        message = ""
        if str(result.status) in FAILURES:
            message = log.clean(raised or str(result.message or ""))
            self.watch.failed_batches.setdefault(key, (batch, message))
        now = time.time()
        log.write(
            BatchFinished(
                now, key, batch, str(result.status), began, now - began, message, _thread()
            )
        )
        return result

    def _call_and_tell(self, runner: Any, *args: Any, **named: Any) -> Any:
        node = runner.node
        key = node.unique_id
        watch = self.watch
        fingerprint: Fingerprint | None = None
        macros: dict[str, str] = {}
        measured = Measured()
        if not is_ephemeral(node) and not runner.skip:
            if watch.baselines is not None:
                watch.baselines.before(runner)
            watch.log.write(NodeStarted(at=time.time(), unique_id=key, thread=_thread()))
            if not key.startswith(("test.", "unit_test.")):
                fingerprint = watch.project.fingerprint(key)
                if key.startswith("seed."):
                    fingerprint = as_built(fingerprint, node)
                macros = watch.project.macro_digests(key)
                if watch.record_rows:
                    measured = measure_when_built(runner)
        result = super().call_runner(runner, *args, **named)  # type: ignore[misc]
        if fingerprint is not None and str(result.status) not in FAILURES:
            compiled = watch.project.compiled_in_run(key, self.config)
            fingerprint = fingerprint._replace(compiled=compiled, options=self._options_of(node))
        self._tell(result, fingerprint or (), macros, measured)
        if (
            str(result.status) in self._holds_up
            and key not in watch.log.cut_short
            and not _lets_others_run(node)
        ):
            self._blame(key)
        return result

    def _options_of(self, node: Any) -> str:
        """What the options of the run made of a node that is built."""
        if self.watch.limits.is_clone:
            return clone_part(self.manifest.nodes.get(node.unique_id))
        code = str(getattr(node, "compiled_code", "") or "")
        deferred = read_elsewhere(node, self.manifest, code, self._elsewhere)
        return options_part(self.watch.limits.rows_of(node, self.manifest), deferred)

    @property
    def _elsewhere(self) -> dict[str, tuple[str, str]]:
        """The relation of each node, here and in the state that the run defers to."""
        if not getattr(self.config.args, "DEFER", False):
            return {}
        if self.watch.elsewhere is None:
            self.watch.elsewhere = {
                key: (str(node.relation_name or ""), str(there.relation_name or ""))
                for key, node in self.manifest.nodes.items()
                if (there := getattr(node, "defer_relation", None)) is not None
            }
        return self.watch.elsewhere

    @property
    def _holds_up(self) -> frozenset[str]:
        """The statuses of a node for which dbt skips what is downstream of it."""
        statuses = getattr(self, "MARK_DEPENDENT_ERRORS_STATUSES", FAILURES)
        return frozenset(str(getattr(status, "value", status)) for status in statuses)

    def _tell(
        self,
        result: Any,
        fingerprint: Iterable[str] = (),
        macros: dict[str, str] | None = None,
        measured: Measured | None = None,
    ) -> None:
        """Write a node's end.

        An ephemeral model is reported only when it could not be compiled; cancelled nodes are left
        to the run's end.
        """
        watch = self.watch
        key, status = result.node.unique_id, str(result.status)
        if is_ephemeral(result.node) and status not in FAILURES:
            return
        if watch.log.cancelling and status not in {"success", "pass", "warn", "fail"}:
            return
        watch.told.add(key)
        if status in FAILURES and (failed := watch.failed_batches.get(key)):
            result = with_batch_message(result, *failed)
        because = self._culprit(key) if status == "skipped" else ""
        statement = watch.log.take_statement(key)
        if status == "error" and key in watch.log.cut_short:
            cut = node_finished(result, watch.log, place=ErrorPlace())
            watch.log.write(replace(cut, status="cancelled", message=CUT_SHORT))
            return
        place = self._place_of_error(result, statement) if status in FAILURES else None
        event = node_finished(
            result, watch.log, because=because, fingerprint=fingerprint, macros=macros, place=place
        )
        _, message = after_fail_fast(status, event.message, because)
        event = replace(event, message=message)
        if watch.limits.is_clone and event.message == NOT_CLONED:
            event = replace(event, status="no-op", fingerprint=[])
        if status in FAILURES and (unordered := self._unordered(key)):
            event = replace(event, message=f"{event.message}\n{unordered}".strip())
        if measured is not None:
            event = replace(event, row_count=measured.row_count, columns=measured.columns)
        watch.log.write(event)

    def _place_of_error(self, result: Any, statement: str) -> ErrorPlace:
        """Where an error is, in the compiled code and in the source."""
        node = result.node

        def source_lines() -> list[Any]:
            compiled = str(node.compiled_code)
            return self.watch.project.source_lines(node.unique_id, compiled, self.config)

        def compile_place() -> tuple[str, int]:
            return self.watch.project.compile_place(node.unique_id, self.config)

        message = str(result.message or "")
        place = find_place(message, node, statement, source_lines, compile_place)
        return with_declaration(place, self.watch.project.declared_line(node.unique_id))

    def _unordered(self, key: str) -> str:
        """That a failed node reads a source which the same run builds, where that is so."""
        return unordered_words(
            self.manifest, key, self.watch.planned, self.watch.project.linked.graph.ancestors
        )

    def _culprit(self, key: str) -> str:
        """The failed node that this one is skipped for."""
        if because := self.watch.because.get(key):
            return because
        for unit_test in getattr(self, "model_to_unit_test_map", {}).get(key, ()):
            if unit_test in self.watch.because:
                return self.watch.because[unit_test]
        return ""

    def _blame(self, key: str) -> None:
        """Note for what is downstream of a node that it is skipped because of it, or because of
        what it was skipped for itself.
        """
        because = self.watch.because
        culprit = self._culprit(key) or key
        if key.startswith("unit_test."):
            because.setdefault(key, key)
        if key in self.graph.graph:
            for dependent in self.graph.get_dependent_nodes(key):
                because.setdefault(dependent, culprit)

    def execute_nodes(self, *args: Any, **named: Any) -> Any:
        if self.watch.baselines is not None:
            found = (self.manifest.nodes.get(key) for key in sorted(self.watch.planned))
            self.watch.baselines.before_all(node for node in found if node is not None)
        RUN_TASKS.use().before_cancel(get_adapter(self.config), self.watch.log.cut_running)
        return super().execute_nodes(*args, **named)  # type: ignore[misc]

    def execute_with_hooks(self, *args: Any, **named: Any) -> Any:
        result = super().execute_with_hooks(*args, **named)  # type: ignore[misc]
        watch = self.watch
        hook = next((one.node.unique_id for one in result.results if _is_failed_hook(one)), "")
        for item in result.results:
            key = item.node.unique_id if item is not None else ""
            if _is_failed_hook(item):
                watch.failed_hook = watch.failed_hook or watch.log.clean(str(item.message))
            elif key in watch.planned and key not in watch.told:
                # What --fail-fast or a failed on-run-start left out, dbt tells of only here.
                if hook:
                    watch.because.setdefault(key, hook)
                self._tell(item)
        return result


def _is_failed_hook(result: Any) -> bool:
    """Whether a result is of a hook of the project that failed."""
    return (
        result is not None
        and result.node.unique_id.startswith("operation.")
        and str(result.status) in FAILURES
    )


def _lets_others_run(node: Any) -> bool:
    """Whether a model's failure holds nothing up (`on_error: continue`, from dbt-core 1.12)."""
    on_error = getattr(getattr(node, "config", None), "on_error", None)
    return str(getattr(on_error, "value", on_error)) == "continue"


def _thread() -> str:
    import threading

    return threading.current_thread().name
