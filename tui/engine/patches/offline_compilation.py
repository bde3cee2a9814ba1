"""What dbt compiles a node to, found out without a database: a digest that can be compared.

It is dbt's own compiler with a context in which nothing can reach a database, and which notes what
is read of the clock and of the invocation. Where the code depends on such things, the digest is
left out and what it depends on is said: it cannot be known offline.

The digest covers what is rendered: the code, the node's hooks, the targets of its foreign keys, and
what the user's own materializations and hooks are made of. What is not rendered (configuration,
seed, declared columns) has parts of its own in the fingerprint.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2
from dbt.clients import jinja as dbt_jinja
from dbt.compilation import Compiler
from dbt_common.exceptions import DbtBaseException

from tui.engine.compile.line_map import SourceLines, first_line_in, marked, place_lines, read_marks
from tui.engine.compile.offline_context import OF_THE_INVOCATION, NeedsDatabase, Noted, make_offline
from tui.engine.parse.problems import problems_of
from tui.engine.patches.lazy_graph import LazyGraph
from tui.engine.records.inputs import Inputs, Names, hooks_of, inlined
from tui.engine.records.keyed_digests import KeyedDigests
from tui.engine.records.used_macros import MacroUse
from tui.protocol.records import Compiled

COMPILED_TYPES = frozenset({"model", "snapshot", "function", "seed"})
FAILURES = (
    DbtBaseException, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError, jinja2.TemplateError,
)  # fmt: skip
"""What Jinja of a user's ends with where it is wrong."""
CONNECTING = (
    "add_query", "begin", "commit", "commit_if_has_connection", "execute", "get_thread_connection",
    "open", "set_connection_name",
)  # fmt: skip
"""The methods of an adapter's connections that reach for the database, or for the one at hand."""

_closed = threading.local()


def close_connections(adapter: Any) -> None:
    """Have an adapter refuse, in a thread that is inside `no_database`, to use its connections."""
    connections = adapter.connections
    if getattr(connections, "_dbtree_can_be_closed", False):
        return
    for name in CONNECTING:
        method = getattr(connections, name, None)
        if method is not None:
            setattr(connections, name, _guarded(name, method))
    connections._dbtree_can_be_closed = True


def _guarded(name: str, method: Any) -> Any:
    def guarded(*args: Any, **named: Any) -> Any:
        if getattr(_closed, "is_closed", False):
            raise NeedsDatabase(name)
        return method(*args, **named)

    return guarded


@contextmanager
def no_database() -> Iterator[None]:
    """In this thread, nothing reaches the database."""
    _closed.is_closed = True
    try:
        yield
    finally:
        _closed.is_closed = False


class OfflineCompiler(Compiler):
    """dbt's compiler for one node, with the answer to "is this incremental?" given."""

    def __init__(self, config: Any, noted: Noted, *, incremental: bool) -> None:
        super().__init__(config)
        self._noted = noted
        self._incremental = incremental

    def _create_node_context(self, node: Any, manifest: Any, extra_context: Any) -> Any:
        context = super()._create_node_context(node, manifest, extra_context)
        return make_offline(context, self._noted, incremental=self._incremental)

    def _write_node(self, node: Any, split_suffix: str | None = None) -> Any:
        return node


class OfflineCompilation:
    """Compiles the nodes of one manifest. The manifest is left as it is."""

    def __init__(
        self,
        config: Any,
        manifest: Any,
        adapter: Any,
        *,
        keyed: KeyedDigests,
        inputs: Inputs,
        use: MacroUse,
        digests: dict[str, str],
    ) -> None:
        """`digests` are those of the user's macros, by unique_id."""
        self._config = config
        self._manifest = manifest
        self._adapter = adapter
        self._keyed = keyed
        self._inputs = inputs
        self._use = use
        self._digests = digests
        self._graph = SortedGraph(manifest)
        close_connections(adapter)

    def reads_graph(self, unique_id: str) -> bool:
        """Whether a node seems to read Jinja's `graph`: any edit may change what it says."""
        node = _find(self._manifest, unique_id)
        if node is None or str(node.resource_type) not in COMPILED_TYPES:
            return False
        nodes = (node, *inlined(self._manifest, node))
        return any(self._inputs.names_of(one).graph for one in nodes)

    def compiled(self, unique_id: str) -> Compiled | None:
        """What a node is compiled to; None for what is not compiled."""
        node = _find(self._manifest, unique_id)
        if node is None or str(node.resource_type) not in COMPILED_TYPES:
            return None
        noted = Noted()
        try:
            with no_database():
                text = self._rendered(node, noted)
                of_the_invocation = noted.unknown and noted.unknown <= OF_THE_INVOCATION
                # It may be read for what is not in the code, such as `config(at=…)`.
                if of_the_invocation and self._rendered(node, Noted(later=True)) == text:
                    noted.unknown.clear()
        except NeedsDatabase as error:
            noted.unknown.add(noted.reaching or error.name)
        except FAILURES as error:
            # What it had reached for in the database comes first: there it may be otherwise.
            if noted.unknown <= OF_THE_INVOCATION:
                return self._does_not_compile(node, error)
        if noted.unknown:
            return Compiled("", ", ".join(sorted(noted.unknown)))
        return Compiled(self._keyed.of(text))

    def source_lines(
        self, unique_id: str, compiled: str, file_of: Callable[[Any], str], root: Path
    ) -> list[tuple[str, SourceLines]]:
        """Where each line of a node's compiled code came from, see `line_map`.

        Args:
            unique_id: The node's.
            compiled: Its code, as it was sent.
            file_of: The file of a node, relative to `root`.
            root: The project's directory.
        """
        node = _find(self._manifest, unique_id)
        if node is None or not getattr(node, "raw_code", ""):
            return []

        def place(one: Any) -> tuple[str, int]:
            path = file_of(one)
            try:
                text = (root / path).read_text("utf-8", "replace")
            except OSError:
                return path, 0
            return path, first_line_in(text, one.raw_code)

        inlined_models = [
            (self._with_marks(one, ""), *place(one)) for one in inlined(self._manifest, node)
        ]
        return place_lines(compiled, self._with_marks(node, compiled), inlined_models, place(node))

    def _with_marks(self, node: Any, compiled: str) -> str:
        """The marked source of a node as it is rendered; the source, where that needs a database.

        An incremental model is rendered both ways: what makes the compiled code is taken.
        """
        source = marked(node.raw_code)
        rendered = source
        for incremental in (False, True):
            noted = Noted()
            own = fresh(node)
            own.raw_code = source
            kept = self._manifest.nodes
            shadow = shadow_of(self._manifest, {**kept, node.unique_id: own}, self._graph)
            compiler = OfflineCompiler(self._config, noted, incremental=incremental)
            try:
                with no_database():
                    rendered = compiler._compile_code(own, shadow, {}).compiled_code or ""
            except (NeedsDatabase, *FAILURES):
                return str(node.raw_code)
            if not noted.asked_incremental or read_marks(rendered)[0] in compiled:
                break
        return rendered

    def built_as(self, unique_id: str, code: str) -> tuple[str, bool]:
        """The digest of a node that was built elsewhere from this compiled code, and whether that
        is what it is compiled to here. The digest is empty where it is not known.
        """
        found, node = self.compiled(unique_id), _find(self._manifest, unique_id)
        if node is None or found is None or not found.digest:
            return "", False
        if str(node.resource_type) == "seed":
            return found.digest, True  # nothing of it is rendered but its hooks
        if not code:
            return "", False
        with no_database():
            parts = json.loads(self._rendered(node, Noted()))
        if code in (parts["code"][0], *parts.get("incremental", [])[:1]):
            return found.digest, True
        parts["code"][0] = code
        return self._keyed.of(json.dumps(parts, sort_keys=True, default=str)), False

    def code(self, unique_id: str) -> str:
        """The SQL that a node is compiled to, or that of a first build where that is another one;
        empty where that is not known without a database.
        """
        node = _find(self._manifest, unique_id)
        if node is None or str(node.resource_type) not in COMPILED_TYPES - {"seed"}:
            return ""
        try:
            with no_database():
                return str(self._code(node, Noted(), incremental=False)[0])
        except (NeedsDatabase, *FAILURES):
            return ""

    def _does_not_compile(self, node: Any, error: Exception) -> Compiled:
        """What a run of the node would say, and where."""
        root = Path(self._config.project_root)
        found = problems_of(error, root)[0]
        place = found.path, found.line
        if not found.path:
            place = f"{node.original_file_path}", 0
        return Compiled(problem=found.message, path=place[0], line=place[1])

    def _rendered(self, node: Any, noted: Noted) -> str:
        parts: dict[str, Any] = {"executed": self._executed(node)}
        if str(node.resource_type) != "seed":
            parts["code"] = self._code(node, noted, incremental=False)
            if noted.asked_incremental:
                parts["incremental"] = self._code(node, noted, incremental=True)
        parts["hooks"] = [self._hook(node, hook) for hook in hooks_of(node)]
        return json.dumps(parts, sort_keys=True, default=str)

    def _code(self, node: Any, noted: Noted, *, incremental: bool) -> list[Any]:
        manifest, kept = self._manifest, self._manifest.nodes
        # What is compiled here must not be left in the manifest, where a run would find it.
        own = fresh(node)
        copies = {one.unique_id: fresh(one) for one in inlined(manifest, node)}
        shadow = shadow_of(manifest, {**kept, **copies}, self._graph)
        compiler = OfflineCompiler(self._config, noted, incremental=incremental)
        compiled = compiler.compile_node(own, shadow, {}, write=False)
        keys = []
        if getattr(getattr(own.config, "contract", None), "enforced", False):
            keys = [str(one.to) for one in getattr(own, "all_constraints", ()) if one.to]
        return [compiled.compiled_code or "", keys]

    def _hook(self, node: Any, hook: str) -> list[Any]:
        """A hook as it is rendered, or where that cannot be known what it is rendered from."""
        noted = Noted()
        compiler = OfflineCompiler(self._config, noted, incremental=False)
        own = fresh(node) if str(node.resource_type) != "seed" else node
        try:
            context = compiler._create_node_context(own, self._manifest, {})
            text = dbt_jinja.get_rendered(hook, context, own)
        except (NeedsDatabase, *FAILURES):
            noted.unknown.add("")
        if not noted.unknown:
            return [text]
        names = Names(hook)
        called = [key for key in self._use.of(node) if self._manifest.macros[key].name in hook]
        for key in called:
            names.add(self._inputs.names_of_macros(self._use.closure(key)))
        values = sorted(self._inputs.values_of(names, node.package_name))
        return [hook, self._texts(called), values]

    def _executed(self, node: Any) -> list[Any]:
        """What the user's macros that build the node, and are not rendered here, are made of."""
        macros = self._use.of_materialization(node)
        if not macros:
            return []
        names = self._inputs.names_of_macros(macros)
        return [self._texts(macros), sorted(self._inputs.values_of(names, node.package_name))]

    def _texts(self, macros: Any) -> list[str]:
        found = {key for macro in macros for key in self._use.closure(macro)}
        return [f"{key} {self._digests.get(key, '')}" for key in sorted(found)]


class SortedGraph(LazyGraph):
    """Jinja's `graph` in an order that does not depend on what was parsed last."""

    _is_sorted = False

    def _built(self) -> LazyGraph:
        super()._built()
        if not self._is_sorted:
            self._is_sorted = True
            for name, section in list(dict.items(self)):
                if isinstance(section, dict):
                    dict.__setitem__(self, name, dict(sorted(section.items())))
        return self


def shadow_of(manifest: Any, nodes: dict[str, Any], graph: Any) -> Any:
    """The same manifest with other nodes, and this `graph`."""
    shadow = object.__new__(type(manifest))
    shadow.__dict__.update(manifest.__dict__)
    shadow.nodes, shadow.flat_graph = nodes, graph
    return shadow


def fresh(node: Any) -> Any:
    """A copy of a node as if it had never been compiled."""
    told = node.to_dict(omit_none=True)
    for name in ("compiled_code", "compiled_path", "_pre_injected_sql", "extra_ctes"):
        told.pop(name, None)
    told["compiled"] = told["extra_ctes_injected"] = False
    return type(node).from_dict(told)


def _find(manifest: Any, unique_id: str) -> Any | None:
    found = manifest.nodes.get(unique_id)
    return found if found is not None else getattr(manifest, "functions", {}).get(unique_id)
