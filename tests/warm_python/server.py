"""The process that has imported dbt once and does each request in a child: see the package.

    python server.py SOCKET BOOTSTRAP DEMO ROOM

It goes into the background as soon as it listens. Whoever uses it holds a connection, where it says
`ready` when DEMO (a copy of the demo project) is parsed and all is warm; it ends with the last of
them, and takes the directory of its socket along.
"""

import atexit
import fcntl
import gc
import importlib
import inspect
import os
import pkgutil
import runpy
import sys
import threading
import traceback
import warnings
from collections import deque
from contextlib import suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import forks  # type: ignore[import-not-found]  # beside this file, which is started by its path

IMPORTED = (
    "dbt.cli.main",
    "dbt.parser.manifest",
    "dbt.task.build",
    "dbt.task.test",
    "dbt.task.show",
    "dbt.task.clone",
    "dbt.task.docs.generate",
    "dbt.task.list",
    "dbt.parser.schema_yaml_readers",
    "dbt.adapters.factory",
    "dbt.adapters.duckdb",
    "dbt.adapters.duckdb.environments.local",
    "dbt_common.clients.agate_helper",
    "babel.dates",
    "google.protobuf.descriptor_pb2",
    "multiprocessing.dummy",
    "runpy",
    "_strptime",
    "sqlite3",
)
"""What an engine or a dbt command imports until its first node; what is not there is left out."""

LATER = (
    "tui.definitions",
    "tui.engine.artifacts",
    "tui.engine.data_diff",
    "tui.engine.inspect",
    "tui.engine.patches",
    "tui.engine.python",
    "tui.engine.run",
)
"""The packages of which an engine imports modules when it needs them. To import one does nothing
else: a patch is there when it is applied.
"""

CHECKED = (
    "dbt.adapters.duckdb.credentials:DuckDBCredentials",
    "dbt.artifacts.resources.v1.components:Contract",
    "dbt.contracts.project:Configuration PackageConfig ProfileConfig Project ProjectFlags",
    "dbt.contracts.selection:SelectorFile",
    "dbt.contracts.graph.nodes:AnalysisNode FunctionNode GenericTestNode HookNode ModelNode "
    "SeedNode SingularTestNode SnapshotNode SqlNode",
    "dbt.contracts.graph.model_config:ExposureConfig FunctionConfig MetricConfig ModelConfig "
    "NodeConfig SavedQueryConfig SeedConfig SemanticModelConfig SnapshotConfig SourceConfig "
    "TestConfig UnitTestConfig",
    "dbt.contracts.graph.unparsed:UnparsedAnalysisUpdate UnparsedExposure UnparsedFunctionUpdate "
    "UnparsedGroup UnparsedMacroUpdate UnparsedMetric UnparsedModelUpdate UnparsedNodeUpdate "
    "UnparsedSavedQuery UnparsedSemanticModel UnparsedSingularTestUpdate "
    "UnparsedSourceDefinition UnparsedUnitTest",
)
"""The classes by whose schemas dbt checks what it parses; what a dbt lacks of them is left out."""


def parsed(project):
    """Have the demo project parsed in a child, unless another session has done it.

    Returns:
        The file in which dbt keeps the parse.
    """
    kept = os.path.join(project, "target", "partial_parse.msgpack")
    with open(f"{project}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(kept):
            pid = os.fork()
            if pid == 0:
                try:
                    os.chdir(project)
                    sys.argv = ["dbt", "--quiet", "parse", "--profiles-dir", "."]
                    from dbt.cli.main import cli

                    cli()
                finally:
                    gc.collect()
                    os._exit(0)
            os.waitpid(pid, 0)
    return kept


def learn(parse):
    """Load a parse as an engine does: dbt generates the code that reads and writes its classes, and
    compiles its macros, at the first use of each.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder
    from dbt_common.clients.jinja import template_cache

    inspect.stack()  # remembers where the modules lie
    with open(parse, "rb") as file:
        manifest = Manifest.from_msgpack(file.read(), decoder=extended_mashumuro_decoder)
    places = (
        manifest.nodes, manifest.sources, manifest.exposures, manifest.unit_tests,
        manifest.macros, manifest.docs, manifest.groups,
    )  # fmt: skip
    for node in {type(node): node for place in places for node in place.values()}.values():
        type(node).from_dict(node.to_dict(omit_none=True))
        if hasattr(node, "to_resource"):
            node.to_resource().to_dict()
    of_dbt = [one for one in manifest.macros.values() if one.package_name.startswith("dbt")]
    for macro in of_dbt:
        template_cache.get_node_template(macro)
    make_schemas()
    with suppress(Exception):  # in another dbt, a run makes the code that writes its manifest
        manifest.writable_manifest().to_dict(omit_none=False)
    manifest.to_msgpack(str)
    know([macro.macro_sql for macro in of_dbt])


def make_schemas():
    """Make the schemas of `CHECKED`, and the code that makes such objects: dbt makes both at the
    first use of each class, which is most of what a parse of a small project takes.
    """
    for line in CHECKED:
        module, _, names = line.partition(":")
        for name in names.split():
            with suppress(ImportError, AttributeError):
                checked = getattr(importlib.import_module(module), name)
                checked.json_schema()
                with suppress(Exception):  # no object of that class, but the code for one
                    checked.from_dict({})


def know(texts):
    """Parse the Jinja of these macros once: dbt parses that of its own anew for each project. What
    it does with a parse only reads it.
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment, parse

    known = {text: parse(text) for text in texts}
    slowly = MacroFuzzEnvironment.parse

    def quickly(environment, source, name=None, filename=None):
        return known.get(source) or slowly(environment, source, name, filename)

    MacroFuzzEnvironment.parse = quickly


def import_engine(bootstrap):
    """Import what an engine needs to open a project, as the engine that stays does."""
    register = runpy.run_path(bootstrap)["register"]
    package = Path(bootstrap).parents[2]
    register("tui", package)
    register("dbtree", package / "alias" / "dbtree")
    importlib.import_module("tui.engine.server.server")
    importlib.import_module("tui.engine.resident.workspace_imports")
    importlib.import_module("tui.engine.execution.preload").preload()
    for name in LATER:
        within = importlib.import_module(name)
        for module in pkgutil.iter_modules(within.__path__, f"{name}."):
            with suppress(Exception):  # a patch for another dbt, for one
                importlib.import_module(module.name)
    deque(importlib.import_module("tui.engine.execution.first_uses").make_first_uses(), maxlen=0)


def forget_engine():
    """What a variable decides when the engine's modules are imported is decided anew."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("tui", "dbtree")]:
        del sys.modules[name]


def start_tracker():
    """The one process that tracks the semaphores of all children; each would start its own."""
    stated = sys.warnoptions[:]
    sys.warnoptions[:] = ["ignore"]  # of those whose process was killed
    resource_tracker.ensure_running()
    sys.warnoptions[:] = stated


def move_tracker(above):
    """Have the way to the tracker where no descriptor of a request comes."""
    tracker: Any = resource_tracker._resource_tracker
    mine, tracker._pid = tracker._fd, None
    tracker._fd = fcntl.fcntl(mine, fcntl.F_DUPFD_CLOEXEC, above)
    os.close(mine)


def become(request, descriptors):
    """Be what the stand-in is: its descriptors, environment, directory; a session of its own."""
    words, environment, directory, umask, numbers = request
    above = max([64, *numbers]) + 1
    move_tracker(above)
    forks.take_over(descriptors, numbers, above)
    forks.live_in(words, environment, directory, umask)
    if b"DBTREE_SHORTCUTS" in environment:
        forget_engine()


def do(words, bootstrap):
    """An engine, or a dbt command line. Returns the exit code."""
    from dbt_common import invocation

    invocation.reset_invocation_id()
    try:
        if words[0] == "-m":
            sys.argv = ["dbt", *words[2:]]
            sys.path.insert(0, os.getcwd())
            if words[1] != "dbt.cli.main":
                runpy.run_module(words[1], run_name="__main__", alter_sys=True)
                return 0
            from dbt.cli.main import cli

            cli()
        else:
            sys.argv = words
            runpy.run_path(bootstrap, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001  the edge of the process
        traceback.print_exc()
        return 1
    return 0


def ended():
    """What a Python does at its end, before it takes itself apart."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()


def main():
    """Import dbt, then serve."""
    place, bootstrap, project, _ = sys.argv[1:]
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != own]
    server = forks.Server(place, become)
    if os.fork():
        os._exit(0)  # that it listens is all that was waited for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in IMPORTED:
            with suppress(ImportError):
                importlib.import_module(name)
    start_tracker()
    kept = parsed(project)
    try:
        learn(kept)
        import_engine(bootstrap)
    except Exception:  # noqa: BLE001  in another dbt: each child then does it, and takes longer
        traceback.print_exc()
    gc.collect()
    gc.freeze()
    words = server.serve()
    if words is None:
        os._exit(0)  # nothing is to be told of what its libraries leave
    code = 1
    try:
        code = do(words, bootstrap)
        ended()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


main()
