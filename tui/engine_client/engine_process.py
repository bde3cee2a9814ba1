"""Starts an engine process and talks to it: requests out, replies and reports in.

The engine runs under the user's interpreter, in the project's root. The two talk over a pair of
pipes of their own, so that nothing that dbt prints can break a frame. Starting is apart from
connecting, because the process can be started before there is an event loop: its three seconds of
importing dbt should run while the screen is still being drawn.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import IO, Any

from tui.engine_client.attached_engine import AttachedEngine
from tui.engine_client.attachment import errors_path
from tui.errors import DatabaseBusy, EngineError
from tui.project.dotenv import engine_environment
from tui.project.engine_command import OF_THE_PROCESS, engine_command
from tui.protocol.frames import HEADER, LARGEST, BrokenStream, decode, encode
from tui.protocol.messages import Open, Refused, Shutdown
from tui.protocol.private_files import private

LIMIT = 2**20
"""Bytes of answers that are read ahead."""
STDERR_KEPT = 4000
"""Bytes of the engine's own stderr that an EngineError may quote from."""

Report = Callable[[Any], None]


class EngineClient:
    """One engine process, from `EngineClient(…)` (which starts it) to `close`."""

    def __init__(
        self,
        python: Path,
        root: Path,
        state_dir: Path,
        *,
        dotenv: str = "",
        module: str = "tui.engine",
        attached: socket.socket | None = None,
    ) -> None:
        """Start the process: `module` under `python`; `dotenv` is as in tui.project.dotenv.

        With `attached`, a connection to the engine that stays, which was asked for an engine, a
        process is started only where that refuses.

        Raises EngineError when the interpreter cannot be started.
        """
        self._ids = count(1)
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._requests: asyncio.WriteTransport | None = None
        self._answers: asyncio.ReadTransport | None = None
        self._writer: asyncio.StreamWriter | None = None
        """Kept as long as its connection, which ends with it."""
        self.errors_path = errors_path(state_dir)
        self._process: subprocess.Popen[bytes] | AttachedEngine
        self._start_own = partial(_start, python, module, root, self.errors_path, dotenv)
        if attached is None:
            self._process, self._to_engine, self._from_engine = self._start_own()
        else:
            self._process = AttachedEngine(attached)

    @property
    def pid(self) -> int:
        """The engine's process id."""
        return self._process.pid

    @property
    def is_own(self) -> bool:
        """Whether it was started here, rather than forked from one that stays."""
        return not isinstance(self._process, AttachedEngine)

    @property
    def has_answered(self) -> bool:
        """Whether what it says of the project can be read at once, before `connect`."""
        return isinstance(self._process, AttachedEngine) and self._process.has_answered

    async def connect(self, on_report: Report, on_gone: Callable[[], None]) -> None:
        """Begin to listen: `on_report` gets each report, `on_gone` is called at the end."""
        reader = await self._connect()
        self._reading = asyncio.create_task(self._read(reader, on_report, on_gone))

    async def _connect(self) -> asyncio.StreamReader:
        if isinstance(self._process, AttachedEngine):
            connection = self._process.connection
            if await self._process.began():
                reader, self._writer = await asyncio.open_connection(sock=connection, limit=LIMIT)
                self._requests = self._writer.transport
                return reader
            self._process, self._to_engine, self._from_engine = self._start_own()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LIMIT)
        self._answers, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._from_engine, "rb", 0)
        )
        self._requests, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(self._to_engine, "wb", 0)
        )
        return reader

    async def request(self, kind: type, /, **fields: Any) -> Any:
        """Send a request and wait for its reply.

        Raises EngineError when the engine refuses it, or is gone before it answers.
        """
        return accepted(await self.ask(kind, **fields))

    def ask(self, kind: type, /, **fields: Any) -> asyncio.Future[Any]:
        """Send a request; the future is its reply, which may be Refused."""
        if self._requests is None or self._requests.is_closing():
            raise EngineError("the dbt engine is not running")
        request_id = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._replies[request_id] = future
        self._requests.write(encode(kind(id=request_id, **fields)))
        return future

    def open(self, **fields: Any) -> None:
        """Send Open, whose answer comes as reports. An engine that was asked for knows it."""
        if isinstance(self._process, AttachedEngine):
            return
        if self._requests is None:
            raise EngineError("the dbt engine is not running")
        self._requests.write(encode(Open(id=0, **fields)))

    async def _read(
        self, reader: asyncio.StreamReader, on_report: Report, on_gone: Callable[[], None]
    ) -> None:
        try:
            while True:
                (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
                if length > LARGEST:
                    raise BrokenStream(f"a frame of {length} bytes")
                message = decode(await reader.readexactly(length))
                future = self._replies.pop(getattr(message, "id", 0), None)
                if future is None:
                    on_report(message)
                elif not future.done():
                    future.set_result(message)
                # A big graph comes as many frames: let keys and frames of the screen in between.
                await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, BrokenStream, ConnectionError, OSError):
            pass
        finally:
            gone = EngineError(self.last_words() or "the dbt engine is gone")
            for future in self._replies.values():
                if not future.done():
                    future.set_exception(gone)
                    future.exception()
            self._replies.clear()
            self._let_go()
            on_gone()

    def _let_go(self) -> None:
        for transport in (self._requests, self._answers):
            if transport is not None:
                transport.close()

    def last_words(self) -> str:
        """The last line that the engine itself wrote to its stderr, if any."""
        try:
            with open(self.errors_path, "rb") as errors:
                errors.seek(0, os.SEEK_END)
                errors.seek(max(0, errors.tell() - STDERR_KEPT))
                lines = errors.read().decode("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].strip() if lines else ""

    async def close(self, *, kill: bool = False, patience: float = 0.5) -> None:
        """Ask the engine to save what is worth saving and to end; wait at most `patience` seconds.

        An engine that takes longer is left alone: it ends on its own. With `kill` it ends at once.
        """
        if self._reading is not None:
            self._reading.cancel()
        if kill:
            self.kill()
        elif self._requests is not None and not self._requests.is_closing():
            self._requests.write(encode(Shutdown(id=0)))
        self._let_go()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while self._process.poll() is None and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a child that we wait for has no event of its own

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()


def _errors_file(path: Path) -> IO[bytes]:
    """Where the engine's own stderr goes: lost, where there is no room or no right to write."""
    try:
        return open(path, "wb", opener=private)
    except OSError:
        return open(os.devnull, "wb")


def _start(
    python: Path, module: str, root: Path, errors_path: Path, dotenv: str
) -> tuple[subprocess.Popen[bytes], int, int]:
    requests_in, requests_out = os.pipe()
    replies_in, replies_out = os.pipe()
    environment = {**engine_environment(root, dotenv), **OF_THE_PROCESS}
    # Its descriptors, and whom it works for: it ends with us, whatever else holds the pipes.
    numbers = (requests_in, replies_out, os.getpid())
    try:
        with _errors_file(errors_path) as errors:
            process = subprocess.Popen(
                engine_command(python, module, *map(str, numbers)),
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(requests_in, replies_out),
                # Keys such as ctrl-c in the terminal are for the screen, not for the engine.
                start_new_session=True,
            )
    except OSError as error:
        for descriptor in (requests_out, replies_in):
            os.close(descriptor)
        if error.filename == str(errors_path):
            raise EngineError(
                f"{errors_path} cannot be written: {error.strerror or error}",
                hint="dbtree writes this file itself: move away what is there",
            ) from error
        raise EngineError(
            f"{python} could not be started: {error.strerror or error}",
            hint="choose another Python with --dbt-python",
        ) from error
    finally:
        os.close(requests_in)
        os.close(replies_out)
    return process, requests_out, replies_in


if sys.platform == "win32":  # pragma: no cover
    raise EngineError("dbtree needs a POSIX system; on Windows use WSL")


def accepted(reply: Any) -> Any:
    """A reply that is no refusal. Raises EngineError, or DatabaseBusy, for one that is."""
    if isinstance(reply, Refused):
        kind = DatabaseBusy if reply.kind == "busy" else EngineError
        raise kind(reply.message, path=reply.path, line=reply.line)
    return reply
