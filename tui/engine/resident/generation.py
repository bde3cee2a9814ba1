"""A generation of the engine: a forked process that has the manifest of the last parse ready.

It is made beside the one that serves, which goes on until this one is ready; so no client waits for
it, and what the last one had in memory ends with it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import util
from types import SimpleNamespace
from typing import Any

from tui.engine.process.forked import close_all_but
from tui.engine.resident.facts import Facts
from tui.engine.resident.loop import Waiting, printed_by, thread_count
from tui.engine.resident.rehearsal import rehearse
from tui.engine.resident.sources import Sources
from tui.engine.resident.station import CHANGED, Station


@dataclass(frozen=True)
class Preparation:
    """What a generation has ready."""

    modules: tuple[str, ...] = ()
    """Those that the commands before it have imported."""
    parse: str = ""
    """The partial parse file that they read."""
    options: tuple[str, ...] = ()
    """With which the last one opened the project."""
    stamp: tuple[int, ...] = ()
    """Of that file: modification time in nanoseconds, size and inode."""


def stamp_of(path: str) -> tuple[int, ...]:
    """When a file was changed last, how long it is, and which it is; empty where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def start_generation(
    facts: Facts,
    preparation: Preparation,
    answer: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    printed: bytes,
) -> tuple[int, socket.socket]:
    """Fork one. Returns its process id, and the socket on which it says lines of JSON and hears
    `serve`, with the socket where clients connect, or `retire`.
    """
    ours, theirs = socket.socketpair()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            # Without the listener: were the first process killed now, clients would wait at it.
            close_all_but(theirs.fileno())
            code = Generation(facts, theirs, answer, printed).live(preparation)
        finally:
            util._run_finalizers()  # type: ignore[attr-defined] # the semaphores of dbt's locks
            os._exit(code)
    theirs.close()
    return pid, ours


class Generation:
    """Its side: prepare, serve while it is told to, end with its last command."""

    def __init__(
        self,
        facts: Facts,
        control: socket.socket,
        answer: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        printed: bytes,
    ) -> None:
        self._control = control
        self._waiting = Waiting()
        self._facts = facts
        self._is_told = answer
        self._sources: Sources | None = None
        self._station = Station(None, facts.program, self._answer, self._refuse, learned)
        self._station.printed = printed
        self._count = -1
        self._is_retired = False

    def live(self, preparation: Preparation) -> int:
        """From the preparation to the end. Returns the exit code."""
        self._station.printed += printed_by(lambda: _import(preparation.modules))
        if why := prepare(preparation, self._facts.root):
            self._say({"unfit": why})
            return 0
        self._sources = Sources()
        self._say({"ready": os.getpid()})
        while True:
            self._count_commands()
            control = [] if self._is_retired else [self._control.fileno()]
            ready = self._waiting.until([*control, *self._station.fds()], None)
            if self._control.fileno() in ready:
                self._hear()
            self._station.work(ready)
            for report in self._station.reports:
                self._say({"learned": report})
            self._station.reports.clear()
            if self._is_retired and not self._station.commands:
                return 0

    def _hear(self) -> None:
        """Serve from now on, or retire: also where the first process is gone."""
        try:
            heard, fds, _, _ = socket.recv_fds(self._control, 64, 1)
        except OSError:
            heard, fds = b"", []
        for fd in fds:
            self._station.open(socket.socket(fileno=fd))
        self._is_retired = b"retire" in heard or not heard
        if self._is_retired:
            self._station.close()  # else clients would wait here for an answer

    def _count_commands(self) -> None:
        if (count := len(self._station.commands)) != self._count:
            self._count = count
            self._say({"commands": count})

    def _say(self, words: Mapping[str, Any]) -> None:
        with suppress(OSError):
            self._control.sendall(json.dumps(words).encode() + b"\n")

    def _answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if request.get("kind") == "stop":
            self._say({"stop": True})
        return {**self._is_told({}), "commands": len(self._station.commands)}

    def _refuse(self) -> str:
        if self._sources is None or not self._sources.changed():
            return ""
        self._say({"stop": True})
        return CHANGED


def learned() -> dict[str, Any]:
    """What the engine may remember of a command; called at its end, in its process."""
    from tui.engine.fence.command_patches import REMEMBERED_PARSE

    remembered_parse = REMEMBERED_PARSE.use()
    path = remembered_parse.last_path() if remembered_parse is not None else ""
    return {"parse": path, "options": _options()} if path else {}


def _options() -> list[str]:
    """Those of the command that decide on how dbt opens the project."""
    from dbt.flags import get_flags

    flags = get_flags()
    values = [(name, getattr(flags, name, None)) for name in ("PROFILES_DIR", "PROFILE", "TARGET")]
    found = [
        word
        for name, value in values
        if value
        for word in (f"--{name.lower().replace('_', '-')}", str(value))
    ]
    if given := getattr(flags, "VARS", None):
        found += ["--vars", json.dumps(given)]
    return found


def prepare(preparation: Preparation, root: str) -> str:
    """Have ready what commands of this project need. Why this process is not fit to be forked;
    empty where it is.
    """
    from tui.engine.fence import command_patches, registry

    gc.disable()
    remembered_parse = command_patches.REMEMBERED_PARSE.use()
    manifest = None
    if remembered_parse is not None and stamp_of(preparation.parse):
        with suppress(Exception):  # dbt says in each command what is wrong with the file
            manifest = remembered_parse.remember(preparation.parse)
    for patch in registry.RESIDENT:
        patch.apply()
    if manifest is not None:
        # Each only saves a command time; what is wrong there, the command says when it does it.
        with suppress(Exception):
            rehearse(root, preparation.parse, preparation.options)
        with suppress(Exception):
            _warm_up(manifest)
        for patch in (
            command_patches.WORKED_NODES,
            command_patches.WRITTEN_MANIFEST,
            command_patches.REMEMBERED_CHECKS,
            command_patches.REMEMBERED_GRAPH,
        ):
            if (module := patch.use()) is not None:
                with suppress(Exception):
                    module.remember(manifest)
    gc.collect()
    gc.freeze()
    gc.enable()
    if thread_count() > 1:
        return "something that dbt imports has started threads"
    return ""


def _warm_up(manifest: Any) -> None:
    """Make what commands make on first use. Raises whatever is different in this dbt."""
    from tui.engine.fence.registry import WARM_UP

    if (warm_up := WARM_UP.use()) is not None:
        facts = manifest.metadata
        adapter = SimpleNamespace(type=facts.adapter_type)
        config = SimpleNamespace(project_name=facts.project_name, credentials=adapter)
        for _ in warm_up.warm_up(manifest, config):
            pass


def _import(modules: Iterable[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in modules:
        with suppress(
            BaseException
        ):  # a module may end the program; the command that needs it does
            import_module(name)
