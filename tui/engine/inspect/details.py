"""Everything about one asset or check, and its compiled code.

What needs the database is done in a forked child: the engine itself is never connected, because
an open DuckDB file is locked for every other process and does not survive a fork.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dbt.compilation import Compiler
from dbt.flags import set_flags

from tui.engine.execution.connection_faults import with_advice
from tui.engine.execution.events import HELD
from tui.engine.execution.java_traces import without_java_trace
from tui.engine.execution.preload import preload
from tui.engine.fence.registry import LAZY_GRAPH
from tui.engine.inspect.config_sources import config_sources
from tui.engine.inspect.facts import as_json, facts_of, find_node
from tui.engine.parse.problems import problems_of
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.process.database_locks import described
from tui.engine.process.forked import ChildDied, in_child
from tui.protocol.messages import Describe, Described, Refused
from tui.protocol.records import Problem

T = TypeVar("T")


def describe(warm: WarmProject, request: Describe) -> Described | Refused:
    """All that the manifest says of a node, and its compiled code where that was asked for."""
    node = find_node(warm.manifest, request.unique_id)
    if node is None:
        return Refused(request.id, f"dbt does not know {request.unique_id}.")
    facts = facts_of(warm.manifest, warm.records, node, _config_sources(warm, node))
    if request.compile:
        outcome = compiled_code(warm, request.unique_id)
        if isinstance(outcome, Problem):
            facts["compile_problem"] = outcome.message
            facts["compile_problem_at"] = [outcome.path, outcome.line]
        else:
            facts["compiled_code"] = outcome
    return Described(request.id, request.unique_id, as_json(facts))


def _config_sources(warm: WarmProject, node: Any) -> dict[str, str]:
    if not hasattr(getattr(node, "config", None), "to_dict"):
        return {}
    return config_sources(node, warm.config, warm.loaded.root, warm.manifest.files)


# ---------------------------------------------------------------- with the database


def aside(warm: WarmProject, work: Callable[[], T]) -> T | Problem:
    """Do work that may open the database: in a child, or here where there is no fork, and then
    close what it opened. What goes wrong comes back as a Problem.
    """

    def guarded() -> T | Problem:
        try:
            return work()
        except Exception as error:  # noqa: BLE001  whatever dbt or the driver raises is the answer
            return in_words(problems_of(error, warm.loaded.root)[0])

    preload()  # what a child imports is gone with it
    if warm.fork:
        try:
            return in_child(guarded)
        except ChildDied as error:
            return Problem("engine", str(error))
    try:
        return guarded()
    finally:
        warm.loaded.adapter.cleanup_connections()


def in_words(problem: Problem) -> Problem:
    """The problem in words for the user, where it is about the way to the database."""
    found = HELD.search(problem.message)
    if found is None:
        return problem._replace(message=with_advice(without_java_trace(problem.message)))
    program, file = found["program"].rsplit("/", 1)[-1], found["file"].rsplit("/", 1)[-1]
    holder = described(file, int(found["pid"]))
    words = holder.words if holder.program else f"{program} (PID {holder.pid})"
    return Problem("busy", f"{file} is in use by {words}.")


def refused(request_id: int, problem: Problem) -> Refused:
    """The answer to a request that came to a problem."""
    kind = "busy" if problem.kind == "busy" else ""
    return Refused(request_id, problem.message, problem.path, problem.line, kind)


def compiled_code(warm: WarmProject, unique_id: str) -> str | Problem:
    """What dbt compiles a model, snapshot, check, analysis or function to."""
    node = find_node(warm.manifest, unique_id)
    if node is None or not getattr(node, "raw_code", "") or node.resource_type == "seed":
        return ""

    def work() -> str:
        return compile_node(warm, node)

    return aside(warm, work)


def compile_node(warm: WarmProject, node: Any) -> str:
    """Let dbt compile a node, where the database may be opened: see `aside`."""
    manifest, adapter = warm.manifest, warm.loaded.adapter
    if (lazy_graph := LAZY_GRAPH.use()) is not None:
        lazy_graph.attach(manifest)
    else:
        manifest.build_flat_graph()
    warm.attach_adapter()
    set_flags(warm.flags)
    # What is compiled here must not be left in the manifest, where a run would find it.
    node = type(node).from_dict(node.to_dict(omit_none=True))
    compiler = Compiler(warm.config)
    with adapter.connection_named(node.unique_id, node):
        compiled = compiler.compile_node(node, manifest, {}, write=False)
    return compiled.compiled_code or ""
