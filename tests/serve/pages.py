"""A page as a browser has it: the address with the token, cookie, websocket and screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp
import pyte

from tests.terminal import KEYS, NOT_FOR_PYTE
from tests.waits import PATIENCE

LOOK_AGAIN = 0.02
"""Seconds after which a fact is looked at again."""


async def until(is_so: Callable[[], object], said: str = "", timeout: float = PATIENCE) -> None:
    """Wait until something holds. Raises AssertionError."""
    try:
        async with asyncio.timeout(timeout):
            while not is_so():  # noqa: ASYNC110  nothing tells of it
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        raise AssertionError(f"not within {timeout:g} s: {said or is_so}") from None


class Browser:
    """Keeps cookies, and says where its requests come from, as browsers do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    @property
    def origin(self) -> str:
        """Of a page of the server."""
        return self.url.partition("/?")[0]

    async def enter(self) -> str:
        """Open the address with the token; returns that of the page."""
        async with self.session.get(self.url) as answer:
            assert answer.status == 200, await answer.text()
            return str(answer.url)

    @asynccontextmanager
    async def page(self, columns: int = 130, rows: int = 36) -> AsyncIterator[Page]:
        """A page with its window."""
        socket = (await self.enter()).replace("http:", "ws:") + "socket"
        async with self.session.ws_connect(
            f"{socket}?width={columns}&height={rows}", origin=self.origin, max_msg_size=0
        ) as connected:
            page = Page(connected, columns, rows)
            try:
                yield page
            finally:
                await page.close()


class Page:
    """One websocket, with the terminal that shows what comes."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, columns: int, rows: int) -> None:
        self.socket = socket
        self.output = bytearray()
        self.ending = (0, "")
        """With which code and reason the server closed the websocket."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                self.output += message.data
                self._stream.feed(NOT_FOR_PYTE.sub(b"", message.data))
            elif message.type is aiohttp.WSMsgType.CLOSE:
                self.ending = int(message.data), str(message.extra)
            elif message.type is not aiohttp.WSMsgType.TEXT:
                return

    async def say(self, *message: object) -> None:
        """Send a message in the form of textual-serve."""
        await self.socket.send_str(json.dumps(message))

    async def types(self, *keys: str) -> None:
        """Press keys (`enter`, `ctrl+d`) or type text."""
        await self.say("stdin", "".join(KEYS.get(key, key) for key in keys))

    async def resize(self, columns: int, rows: int) -> None:
        """Give the page another size."""
        self._screen.resize(rows, columns)
        await self.say("resize", {"width": columns, "height": rows})

    def screen(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def sees(self, fact: str | Callable[[str], object]) -> None:
        """Wait until a text is on the screen, or something holds of it."""
        is_so = (lambda text: fact in text) if isinstance(fact, str) else fact
        try:
            await until(lambda: is_so(self.screen()), str(fact))
        except AssertionError as error:
            error.add_note(self.screen())
            raise

    async def end(self) -> tuple[int, str]:
        """Wait until the server closes the websocket; returns the code and the reason."""
        async with asyncio.timeout(PATIENCE):
            await self._reading
        return self.ending

    async def close(self) -> None:
        """Close it, as closing the tab does."""
        await self.socket.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
