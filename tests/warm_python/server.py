"""The process that has imported dbt once and does each request in a child: see the package.

    python server.py SOCKET BOOTSTRAP DEMO ROOM

It goes into the background as soon as it listens. Whoever uses it holds a connection, where it says
`ready` when DEMO (a copy of the demo project) is parsed and all is warm; it ends with the last of
them, and takes the directory of its socket along.
"""

import atexit
import ctypes
import fcntl
import gc
import importlib
import inspect
import marshal
import os
import runpy
import select
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import warnings
from contextlib import suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

READY = b"ready"

IMPORTED = (
    "dbt.cli.main",
    "dbt.parser.manifest",
    "dbt.task.build",
    "dbt.task.test",
    "dbt.task.show",
    "dbt.task.docs.generate",
    "dbt.adapters.factory",
    "dbt.adapters.duckdb",
    "dbt.adapters.duckdb.environments.local",
    "dbt_common.clients.agate_helper",
    "babel.dates",
    "multiprocessing.dummy",
    "runpy",
)
"""What an engine or a dbt command imports until its first node; what is not there is left out."""


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


class Served:
    """One child and the stand-in that waits for it."""

    def __init__(self, pid, waiting):
        self.pid, self.waiting = pid, waiting


class Server:
    """The loop of requests."""

    def __init__(self, place):
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(place)
        self._listening.listen(64)
        self._served = {}
        self._holding = []
        self._woken, wake = os.pipe()
        for descriptor in (self._woken, wake):
            os.set_blocking(descriptor, False)
        self._wake = wake

    def serve(self):
        """Until nobody holds it any more: None then. Else only in a child: what it is to do."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        while self._holding or not self._is_over():
            waiting = [one.waiting for one in self._served.values()]
            looked_at = [self._listening, self._woken, *self._holding, *waiting]
            ready, _, _ = select.select(looked_at, [], [])
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._bury()
            for one in [one for one in self._holding if one in ready]:
                one.close()  # it says nothing: it has ended
                self._holding.remove(one)
            for one in list(self._served.values()):
                if one.waiting in ready:
                    self._hand_on(one)
            if self._listening in ready:
                connection, _ = self._listening.accept()
                work = self._fork(connection)
                if work is not None:
                    return work
        return None

    def _is_over(self):
        """Whether nobody comes any more; the directory of the socket is gone then. Whoever starts
        the server, or comes later, holds the lock in there until it is connected.
        """
        directory = os.path.dirname(self._listening.getsockname())
        with open(os.path.join(directory, "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if select.select([self._listening], [], [], 0)[0]:
                return False
            shutil.rmtree(directory, ignore_errors=True)
            return True

    def _hand_on(self, one):
        """Give a child the signals that its stand-in got; kill it when that is gone."""
        try:
            numbers = one.waiting.recv(64)
        except OSError:
            numbers = b""
        # The child is there, if only as a zombie: this process alone waits for it.
        for number in numbers or [signal.SIGKILL]:
            os.kill(one.pid, number)
        if not numbers:
            one.waiting.close()
            del self._served[one.pid]

    def _bury(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            one = self._served.pop(pid, None)
            if one is not None:
                with suppress(OSError):
                    one.waiting.sendall(struct.pack("i", status))
                one.waiting.close()

    def _fork(self, connection):
        try:
            request, descriptors = received(connection)
        except (OSError, ValueError, EOFError):
            connection.close()
            return None
        if request is None:
            self._holding.append(connection)
            with suppress(OSError):
                connection.sendall(READY)
            return None
        pid = os.fork()
        if pid:
            for descriptor in descriptors:
                os.close(descriptor)
            self._served[pid] = Served(pid, connection)
            return None
        self._forget(connection)
        become(request, descriptors)
        return request[0]

    def _forget(self, connection):
        """What of the server is none of the child's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in self._served.values():
            one.waiting.close()
        for one in (connection, self._listening, *self._holding):
            one.close()
        os.close(self._woken)
        os.close(self._wake)


def received(connection):
    """A request, and the descriptors that came with it."""
    size = struct.calcsize("I")
    head, descriptors, _, _ = socket.recv_fds(connection, size, 250)
    (left,) = struct.unpack("I", head)
    parts = []
    while left:
        part = connection.recv(left)
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return marshal.loads(b"".join(parts)), descriptors


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
    from dbt.contracts.graph.manifest import Manifest, WritableManifest
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
    with suppress(Exception):  # it has no value yet, but the code is made
        WritableManifest.to_dict(object.__new__(WritableManifest))
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


def show(words, environment):
    """Have /proc tell of this process what it would tell of the real Python: its command line and
    its environment, as far as there is room where those of the server were (see `ROOM` in the
    package). Elsewhere than on Linux, nobody can look there.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            places = file.read().rpartition(b")")[2].split()[45:49]
    except OSError:
        return
    begin, end, environment_begin, environment_end = map(int, places)
    variables = [name + b"=" + value for name, value in environment.items()]
    overwrite(begin, end, [os.fsencode(word) for word in (sys.executable, *words)])
    overwrite(environment_begin, environment_end, variables)


def overwrite(begin, end, texts):
    """Write texts, each with its end, into a piece of this process's memory, and empty the rest."""
    room = end - begin
    kept = b"".join(text + b"\0" for text in texts)[: room - 1]
    ctypes.memmove(begin, kept.ljust(room, b"\0"), room)


def become(request, descriptors):
    """Be what the stand-in is: its descriptors, environment, directory; a session of its own."""
    words, environment, directory, umask, numbers = request
    os.setsid()
    above = max([64, *numbers]) + 1
    move_tracker(above)
    aside = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, above) for one in descriptors]
    for one in descriptors:
        os.close(one)
    for number, one in zip(numbers, aside, strict=True):
        os.dup2(one, number, inheritable=True)
        os.close(one)
    os.umask(umask)
    os.chdir(directory)
    os.environb.clear()
    os.environb.update(environment)
    show(words, environment)
    time.tzset()
    if environment.get(b"PYTHONWARNINGS") == b"ignore":
        warnings.simplefilter("ignore")
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
    server = Server(place)
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
