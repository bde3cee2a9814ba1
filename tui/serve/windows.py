"""The windows that are open in pages: each websocket has one, which ends with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSCloseCode, WSMsgType, web

from tui.serve.browser_messages import MOST, Pinged, Resized, Size, Typed, message_of
from tui.serve.window_process import WindowProcess

HEARTBEAT = 20.0
"""Seconds after which a page is asked whether it is still there; half of them for the answer."""
FAREWELL = 2.0
"""Seconds in which a page closes its side of the websocket."""
MOST_WINDOWS = 16
"""Windows at once: each takes some 100 MB, and an engine of its own or a part of the shared one."""
TOO_MANY = f"{MOST_WINDOWS} windows are open, which is all that there can be: close one of them."
LONGEST_REASON = 123
"""Bytes that a websocket's last message may have (RFC 6455, 5.5)."""
GOING_AWAY = "`dbtree serve` has ended. A run continues."


@dataclass(frozen=True)
class Program:
    """What runs in each window."""

    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(repr=False)


class Windows:
    """All that are open."""

    def __init__(self, program: Program, *, compress: bool = False) -> None:
        """Windows of a program.

        Args:
            program: what runs in each.
            compress: whether what is shown is compressed on its way.
        """
        self._program = program
        self._compress = compress
        self._open: dict[web.WebSocketResponse, asyncio.Event] = {}
        self._is_closing = False

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, request: web.Request, size: Size) -> web.WebSocketResponse:
        """Answer a request for a websocket with a window, until either ends."""
        socket = web.WebSocketResponse(
            timeout=FAREWELL, heartbeat=HEARTBEAT, max_msg_size=MOST, compress=self._compress,
        )  # fmt: skip
        await socket.prepare(request)
        if self._is_closing or len(self._open) >= MOST_WINDOWS:
            words = GOING_AWAY if self._is_closing else TOO_MANY
            await _close(socket, WSCloseCode.TRY_AGAIN_LATER, words)
            return socket
        self._open[socket] = has_ended = asyncio.Event()
        try:
            await self._connect(socket, size)
        finally:
            del self._open[socket]
            has_ended.set()
            if request.transport is not None:
                request.transport.abort()  # what a page did not read by now is not waited for
        return socket

    async def close(self) -> None:
        """End all windows, and wait until they have left."""
        self._is_closing = True
        going_on = dict(self._open)
        await asyncio.gather(
            *(_close(one, WSCloseCode.GOING_AWAY, GOING_AWAY) for one in going_on),
            *(has_ended.wait() for has_ended in going_on.values()),
        )

    async def _connect(self, socket: web.WebSocketResponse, size: Size) -> None:
        try:
            window = await WindowProcess.start(
                self._program.command, environment=self._program.environment,
                directory=self._program.directory, size=size,
            )  # fmt: skip
        except OSError as error:
            words = f"dbtree cannot be started: {error.strerror or error}"
            await _close(socket, WSCloseCode.INTERNAL_ERROR, words)
            return
        tasks = (
            asyncio.create_task(_show(window, socket)),
            asyncio.create_task(_listen(window, socket)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if window.exit_code is not None:
                await _close(socket, WSCloseCode.OK, words_of_end(window.exit_code))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _whole(window.end())


async def _show(window: WindowProcess, socket: web.WebSocketResponse) -> None:
    """Send what the program writes, no faster than the page takes it."""
    with suppress(ConnectionError):
        while data := await window.read():
            await socket.send_bytes(data)


async def _listen(window: WindowProcess, socket: web.WebSocketResponse) -> None:
    """Hand on what the page says, until it is closed or says what no page does."""
    with suppress(ConnectionError):
        async for received in socket:
            if received.type is not WSMsgType.TEXT:
                await _close(socket, WSCloseCode.UNSUPPORTED_DATA, "only text is understood")
                return
            try:
                said = message_of(received.data)
            except ValueError:
                await _close(socket, WSCloseCode.POLICY_VIOLATION, "this is not JSON")
                return
            match said:
                case Typed(data):
                    await window.write(data)
                case Resized(size):
                    window.resize(size)
                case Pinged(text):
                    await socket.send_str(json.dumps(["pong", text]))


async def _close(socket: web.WebSocketResponse, code: int, words: str) -> None:
    """Close a websocket with a reason; a page that does not take it in time is left alone."""
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(2 * FAREWELL):
            await socket.close(code=code, message=words.encode()[:LONGEST_REASON])


async def _whole(work: Awaitable[None]) -> None:
    """Do something to its end, also where nobody waits for it any more."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def words_of_end(exit_code: int) -> str:
    """What a page says when its program has ended by itself."""
    if exit_code == 0:
        return "You have left dbtree."
    how = f"by signal {-exit_code}" if exit_code < 0 else f"with exit code {exit_code}"
    return f"dbtree has ended {how}; its last words are above."
