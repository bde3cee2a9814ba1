"""Invocations of the dbt command that somebody waits for: a parse, a query.

Each writes into files, so that nobody need read while it works; the server's loop wakes when a
child has ended, and takes its answer then.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui.engine.command.log_records import LogRecord, log_record
from tui.protocol.messages import Open
from tui.protocol.private_files import make_private_directory
from tui.protocol.processes import group_members, is_stopped

PARTIAL_PARSE = "partial_parse.msgpack"
"""What dbt-core keeps of a parse for the next one."""
PARSE = "parse"
"""The purpose of the engine's own parses."""
SAID = 2000
"""Characters of what a command printed that an error may quote."""
_WARNING = re.compile(r"\blevel=warn|^warning: ", re.IGNORECASE)
"""Lines of a wrapper's own that are no reason: those of docker compose, and of uv."""
SILENT = 900.0
"""Seconds without a word after which an invocation hangs. The parse of a large project says nothing
for minutes."""
LOOK = 2.0
"""Seconds between two looks whether it was stopped."""
TRY_AGAIN = "so it was ended. Save a file to try again."
SIGNALED = {126: "it cannot be executed", 127: "it was not found"}
"""Exit codes by which a shell says that it could not start a program."""


def with_option(words: Sequence[str], name: str, value: str) -> list[str]:
    """The words of a command with this value of an option, in place of another one."""
    if name not in words:
        return [*words, name, value]
    at = words.index(name)
    return [*words[:at], name, value, *words[at + 2 :]]


@dataclass(frozen=True)
class DbtCommand:
    """The command, with the flags of this session."""

    words: tuple[str, ...]
    """`/usr/bin/dbt`, or `uv run dbt`, word by word."""
    root: Path
    flags: tuple[str, ...] = ()
    """--profiles-dir, --profile, --target, --vars."""
    artifacts: str = ""
    """Where the engine's own invocations leave their artifacts and their log, so that those of the
    user stay (what stands in `logs/dbt.log` was run by somebody); relative to the root, since a
    command may see the project at another place."""

    @classmethod
    def of(cls, request: Open) -> DbtCommand:
        """The command with which a project is opened."""
        root = Path(request.project_dir)
        flags: list[str] = []
        for name in ("profile", "target", "vars"):
            if value := getattr(request, name):
                flags += [f"--{name}", value]
        if request.profiles_dir:
            flags += ["--profiles-dir", _seen_from(root, request.profiles_dir)]
        artifacts = _seen_from(root, str(Path(request.state_dir, "dbt")))
        return cls(tuple(request.dbt_command), root, tuple(flags), artifacts)

    def line(self, command: str, *arguments: str) -> list[str]:
        """The words of one invocation whose log is JSON."""
        return [*self.words, *command.split(), *self.flags, "--log-format", "json", *arguments]

    def own_line(self, purpose: str, command: str, *arguments: str) -> list[str]:
        """As `line`, for an invocation of the engine's own; `purpose` names its artifacts."""
        target = ("--target-path", f"{self.artifacts}/{purpose}")
        return self.line(command, *target, *self.own_log, *arguments)

    @property
    def own_log(self) -> tuple[str, str]:
        """The option by which an invocation does not write into the user's log."""
        return "--log-path", f"{self.artifacts}/logs"

    def own_artifacts(self, purpose: str) -> Path:
        """Where `own_line` leaves its artifacts."""
        return self.root / self.artifacts / purpose

    def share_partial_parse(self, purpose: str, target_path: str = "target") -> None:
        """Let the first invocation of this purpose begin with what dbt-core parsed for the user."""
        own = self.own_artifacts(purpose) / PARTIAL_PARSE
        with suppress(OSError):
            make_private_directory(own.parent)
            _copy_first(self.root / target_path / PARTIAL_PARSE, own)

    def lend_partial_parse(self, purpose: str, target_path: str) -> None:
        """The other way round: let the user's first invocation begin with what this one parsed."""
        own, users = self.own_artifacts(purpose) / PARTIAL_PARSE, self.root / target_path
        with suppress(OSError):
            users.mkdir(parents=True, exist_ok=True)
            _copy_first(own, users / PARTIAL_PARSE)

    @property
    def words_shown(self) -> str:
        """The command as a user types it."""
        return shlex.join(self.words)


def _copy_first(source: Path, place: Path) -> None:
    """Copy a file to where none is, as a whole: dbt may look for it meanwhile. Raises OSError."""
    if not place.exists():
        partial = place.with_name(f"{place.name}.{os.getpid()}")
        shutil.copyfile(source, partial)
        partial.replace(place)


def _seen_from(root: Path, path: str) -> str:
    inside = os.path.relpath(path, root)
    return path if inside.startswith("..") else inside


@dataclass(frozen=True)
class Ended:
    """An invocation that has ended."""

    code: int
    """Exit code, or minus the number of the signal that ended it."""
    records: list[LogRecord]
    stderr: str

    @property
    def is_good(self) -> bool:
        """Whether dbt did what it was asked for."""
        return self.code == 0

    @property
    def invocation_id(self) -> str:
        """Dbt's id of the invocation."""
        return next((one.invocation_id for one in self.records if one.invocation_id), "")

    @property
    def version(self) -> str:
        """The version of dbt, as it says at its start; empty where it does not."""
        said = next((one for one in self.records if one.name == "MainReportVersion"), None)
        return str(said.data.get("version") or "").lstrip("=") if said else ""

    def failure(self, command: DbtCommand) -> str:
        """Why there is no answer, where dbt's log tells no error: in a sentence."""
        if self.code in SIGNALED:
            return f"`{command.words_shown}` could not be started: {SIGNALED[self.code]}."
        said = [*self.stderr.strip().splitlines(), *(one.text for one in self.records if one.text)]
        reason = _reason_in(said)[:SAID] or f"exit code {self.code}"
        return f"`{command.words_shown}` failed: {reason}"


def _reason_in(said: Sequence[str]) -> str:
    """The line that says why, of what a command printed: the first, but for what click and a crash
    say before they come to it, and for the warnings of a wrapper.
    """
    lines = [line.strip() for line in said if line.strip() and not _WARNING.search(line)]
    if not lines:
        return ""
    if lines[0].startswith("Traceback "):
        return lines[-1]
    errors = (line for line in lines if line.startswith("Error: "))
    return next(errors, lines[0]) if lines[0].startswith("Usage: ") else lines[0]


class Invocation:
    """One that goes on."""

    def __init__(self, words: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        """Start it. Raises OSError where there is no such program."""
        self._out = tempfile.TemporaryFile()  # noqa: SIM115  as long as the invocation
        self._err = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            list(words),
            cwd=root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )
        self._size = 0
        self._heard = self._looked = time.monotonic()
        self._was_stopped = False

    def hangs(self) -> str:
        """Why this will never end by itself, as the reason of an error; empty where it may."""
        now = time.monotonic()
        size = sum(os.fstat(file.fileno()).st_size for file in (self._out, self._err))
        if size != self._size:
            self._size, self._heard = size, now
        if now - self._heard > SILENT:
            return f"it said nothing for {SILENT / 60:.0f} minutes, {TRY_AGAIN}"
        if now - self._looked < LOOK:
            return ""
        self._looked = now
        before, self._was_stopped = self._was_stopped, self._is_stopped()
        return f"a signal had stopped it, {TRY_AGAIN}" if before and self._was_stopped else ""

    def _is_stopped(self) -> bool:
        return any(map(is_stopped, group_members(self._process.pid)))

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def ended(self) -> Ended:
        """What came of it, waited for."""
        code = self._process.wait()
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
            file.close()
        records = [log_record(line) for line in texts[0].splitlines() if line.strip()]
        return Ended(code, records, texts[1])

    def kill(self) -> None:
        """End it with all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._out.close()
        self._err.close()


class Lane:
    """Invocations of which one goes on at a time, in the order in which they were asked for."""

    def __init__(self, start: Callable[[Sequence[str]], Invocation]) -> None:
        self._start = start
        self._waiting: list[Job] = []
        self._running: tuple[Job, Invocation] | None = None

    def add(self, job: Job) -> None:
        """Do this when it is its turn."""
        self._waiting.append(job)
        self._next()

    @property
    def is_idle(self) -> bool:
        """Whether nothing goes on."""
        return self._running is None

    def poll(self) -> None:
        """Answer what has ended, and begin what waits for it."""
        while self._running is not None and self._running[1].is_over:
            job, invocation = self._running
            self._running = None
            job.done(invocation.ended())
            self._next()

    def end_hung(self) -> None:
        """End what would never end by itself, and answer with why."""
        if self._running is not None and (why := self._running[1].hangs()):
            job, invocation = self._running
            invocation.kill()
            self._running = None
            job.done(Ended(-signal.SIGKILL, [], why))
            self._next()

    def give_way(self) -> None:
        """End at once what may be asked for again, and say so to whoever asked."""
        dropped = [job for job in self._waiting if job.gives_way]
        self._waiting = [job for job in self._waiting if not job.gives_way]
        if self._running is not None and self._running[0].gives_way:
            self._running[1].kill()
            dropped.append(self._running[0])
            self._running = None
        for job in dropped:
            job.dropped()
        self._next()

    def stop(self, about: str) -> int:
        """End what is about an asset, and can be stopped; how many it is."""
        stopped = [job for job in self._waiting if job.about == about]
        self._waiting = [job for job in self._waiting if job.about != about]
        if self._running is not None and self._running[0].about == about:
            self._running[1].kill()
            stopped.append(self._running[0])
            self._running = None
        for job in stopped:
            job.dropped()
        self._next()
        return len(stopped)

    def end(self) -> None:
        """End all of it, without an answer."""
        self._waiting.clear()
        if self._running is not None:
            self._running[1].kill()
            self._running = None

    def _next(self) -> None:
        while self._running is None and self._waiting:
            job = self._waiting.pop(0)
            if not job.may_start():
                continue
            try:
                self._running = job, self._start(job.words)
            except OSError as error:
                reason = f"{job.words[0]}: {error.strerror or error}"
                job.done(Ended(127 if error.errno == 2 else 126, [], reason))


@dataclass(frozen=True)
class Job:
    """An invocation and who waits for it."""

    words: Sequence[str]
    done: Callable[[Ended], None]
    gives_way: bool = False
    """Whether it is dropped when something more urgent comes."""
    dropped: Callable[[], None] = lambda: None
    may_start: Callable[[], bool] = lambda: True
    """Asked when it is its turn; where it may not, it has told whoever asked."""
    about: str = ""
    """The asset that it is about, of one that the user can stop."""
