"""The first process of an engine that stays: dbt is imported, and nothing else.

It takes clients until a generation is ready that has more, and again when that one is gone. It
decides when the next generation is made, and when the engine ends.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from tui.engine.resident.facts import Facts
from tui.engine.resident.generation import Preparation, learned, stamp_of, start_generation
from tui.engine.resident.loop import Waiting, printed_by, resident_memory, thread_count
from tui.engine.resident.other_engines import is_one_too_many, remove_files
from tui.engine.resident.sources import Sources
from tui.engine.resident.station import CHANGED, Station
from tui.engine.resident.workspaces import Workspaces
from tui.protocol.resident import LOCK

QUIET = 0.3
"""Seconds without a command after which the next generation is made, if none has ended yet."""
LOOK = 20.0
"""Seconds between two looks at whether the engine is still needed."""
SCARCE = 0.07
"""With less than this share of the machine's memory free, an engine that has nothing to do ends."""


class Server:
    """The engine, over its generations."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._pid = os.getpid()
        self._started = time.time()
        self._busy_at = time.monotonic()
        self._listener = socket.socket(fileno=facts.listener)
        self._listener.setblocking(False)
        self._waiting = Waiting()
        self._station = Station(
            self._listener, facts.program, self._answer, self._refuse, learned, _remember_parse
        )
        self._workspaces = Workspaces(facts, self._refuse, self._answer)
        self._made: Preparation | None = None
        parse = str(Path(facts.root, "target", "partial_parse.msgpack"))
        self._wanted = Preparation(parse=parse)
        self._generations: dict[int, _Generation] = {}
        self._has_learned = False
        """Whether a command has ended of which the next generation would know more."""
        self._unfit = ""
        self._has_threads = False
        """Whether this process is no process to be forked."""
        self._is_stopped = False
        self._sources: Sources | None = None

    # -- life ------------------------------------------------------------------

    def serve(self) -> int:
        """Answer clients until the engine is not needed any more. Returns the exit code."""
        self._station.printed = printed_by(lambda: import_module("dbt.cli.main"))
        import_module("tui.engine.resident.workspace_imports")
        self._sources = Sources()
        self._has_threads = thread_count() > 1
        if self._has_threads:
            self._unfit = "something that dbt imports has started threads"
        self._busy_at = time.monotonic()  # whoever has started it waits already
        while not self._is_over():
            fds = [*self._station.fds(), *(g.control.fileno() for g in self._generations.values())]
            fds += self._workspaces.fds()
            ready = self._waiting.until(fds, self._patience())
            self._hear(ready)
            self._station.work(ready)
            self._take_reports()
            self._reap()
            if self._workspaces.work(ready):
                self._busy_at = time.monotonic()
            if self._wants_generation():
                self._make_generation()
            elif self._workspaces.is_wanting:
                self._workspaces.keep(is_idle=self._is_quiet())
        self._close()
        return 0

    def _patience(self) -> float:
        if self._workspaces.is_wanting:
            return QUIET
        if self._needs_generation() and not self._commands():
            return max(0.0, QUIET - (time.monotonic() - self._busy_at))
        return min(LOOK, max(1.0, self._facts.keep))

    def _commands(self) -> int:
        count = len(self._station.commands) + sum(g.commands for g in self._generations.values())
        count += self._workspaces.clients
        if count:
            self._busy_at = time.monotonic()
        return count

    def _is_over(self) -> bool:
        """Whether it ends now: its commands have ended, and somebody or something wants its end."""
        if self._is_stopped:
            return not self._commands()
        if self._commands():
            return False
        idle = time.monotonic() - self._busy_at
        is_over = idle > self._facts.keep or not self._is_reachable()
        if is_over or (idle > LOOK / 2 and not self._is_wanted(idle)):
            self._retire()
        return self._is_stopped

    def _is_wanted(self, idle: float) -> bool:
        """Whether an engine that had nothing to do for so many seconds may go on."""
        return not (
            self._refuse()
            or _is_memory_scarce()
            or is_one_too_many(self._facts.base, time.time() - idle)
        )

    def _retire(self) -> None:
        """Take no clients any more; a new engine may take this one's place at once."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._station.is_open = False
        self._workspaces.retire()
        for generation in self._generations.values():
            generation.say("retire")
        if self._has_its_place():
            remove_files(self._facts.base)
        self._listener.close()
        with suppress(OSError):
            os.close(self._facts.lock)

    def _is_reachable(self) -> bool:
        """Whether the project is there, and clients still find this engine."""
        project = os.path.join(self._facts.root, "dbt_project.yml")
        return self._has_its_place() and os.path.exists(project)

    def _has_its_place(self) -> bool:
        """Whether the lock at its path is this engine's, and so the other files."""
        try:
            return os.path.samestat(os.stat(self._facts.base + LOCK), os.fstat(self._facts.lock))
        except OSError:
            return False

    def _close(self) -> None:
        for generation in self._generations.values():
            generation.control.close()
            with suppress(ChildProcessError):
                os.waitpid(generation.pid, 0)

    # -- generations -------------------------------------------------------------

    def _needs_generation(self) -> bool:
        return not self._unfit and not self._is_stopped and self._made != self._current()

    def _current(self) -> Preparation:
        wanted = self._wanted
        return replace(wanted, stamp=stamp_of(wanted.parse))

    def _wants_generation(self) -> bool:
        is_making = any(not g.is_ready for g in self._generations.values())
        if is_making or not self._needs_generation():
            return False
        # Commands of a script leave no moment between them: the next one must not wait for it.
        return self._has_learned or self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether nobody is there, and nobody was for a moment."""
        return not self._commands() and time.monotonic() - self._busy_at >= QUIET

    def _make_generation(self) -> None:
        self._made, self._has_learned = self._current(), False
        try:
            pid, control = start_generation(
                self._facts, self._made, self._answer, self._station.printed
            )
        except OSError:  # no process can be had: the next look tries again
            self._made = None
            self._busy_at = time.monotonic() + LOOK
            return
        self._generations[pid] = _Generation(pid, control)

    def _hear(self, ready: list[int]) -> None:
        for generation in list(self._generations.values()):
            if generation.control.fileno() in ready:
                for said in generation.heard():
                    self._take(generation, said)

    def _take(self, generation: _Generation, said: Mapping[str, Any]) -> None:
        if "commands" in said:
            generation.commands = int(said["commands"])
            self._busy_at = time.monotonic()
        elif "ready" in said:
            generation.is_ready = True
            for other in self._generations.values():
                if other is generation and not self._is_stopped:
                    other.serve(self._listener)
                else:
                    other.say("retire")
            self._station.is_open = False
        elif "unfit" in said:
            self._unfit = str(said["unfit"])
        elif "learned" in said:
            self._learn(said["learned"])
        elif "stop" in said:
            self._retire()

    def _reap(self) -> None:
        for pid, generation in list(self._generations.items()):
            with suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            for said in generation.heard():
                self._take(generation, said)
            generation.control.close()
            del self._generations[pid]
        if not self._is_stopped and not any(g.is_ready for g in self._generations.values()):
            self._station.is_open = True

    def _take_reports(self) -> None:
        for report in self._station.reports:
            self._learn(report)
        self._station.reports.clear()

    def _learn(self, report: Mapping[str, Any]) -> None:
        modules = dict.fromkeys([*self._wanted.modules, *report.get("modules", ())])
        parse = str(report.get("parse") or self._wanted.parse)
        options = tuple(report.get("options", self._wanted.options))
        self._wanted = Preparation(tuple(modules), parse, options)
        self._busy_at, self._has_learned = time.monotonic(), True

    # -- answers -----------------------------------------------------------------

    def _refuse(self) -> str:
        if self._has_threads:
            return self._unfit
        if self._sources is None or not self._sources.changed():
            return ""
        self._retire()
        return CHANGED

    def _answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is to be said of the engine; or its end is wanted."""
        if request.get("kind") == "stop":
            self._retire()
        keepers = self._workspaces.keepers
        pids = {self._pid, *self._generations, *keepers}
        return {
            "pid": self._pid,
            "age": time.time() - self._started,
            "memory": sum(map(resident_memory, pids)) * 1024,
            "commands": self._commands(),
            "is_warm": any(generation.is_ready for generation in self._generations.values()),
            "kept": len(keepers),
            "root": self._facts.root,
            "keep": self._facts.keep,
        }


def _remember_parse() -> None:
    """What a command needs that is forked from here."""
    from tui.engine.fence.command_patches import REMEMBERED_PARSE

    REMEMBERED_PARSE.apply()


class _Generation:
    """One as the first process sees it."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.pid, self.control = pid, control
        self.is_ready = False
        self.commands = 0
        self._rest = b""
        control.setblocking(False)

    def serve(self, listener: socket.socket) -> None:
        """Tell it to take the clients that connect there."""
        with suppress(OSError):
            socket.send_fds(self.control, [b"serve\n"], [listener.fileno()])

    def say(self, word: str) -> None:
        """Tell it to `retire`."""
        with suppress(OSError):
            self.control.sendall(word.encode() + b"\n")

    def heard(self) -> list[dict[str, Any]]:
        """What it has said since the last time."""
        with suppress(BlockingIOError, OSError):
            while more := self.control.recv(1 << 16):
                self._rest += more
        *lines, self._rest = self._rest.split(b"\n")
        return [json.loads(line) for line in lines]


def _is_memory_scarce() -> bool:
    with suppress(OSError, ValueError, LookupError):
        with open("/proc/meminfo", encoding="ascii") as file:
            found = {line.split(":")[0]: int(line.split()[1]) for line in file}
        return found["MemAvailable"] < SCARCE * found["MemTotal"]
    return False
