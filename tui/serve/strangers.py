"""Connections of whoever has not shown the cookie: they are closed after a while.

aiohttp waits for ever for a request that does not come, or that comes a letter at a time, and every
one that it waits for takes a descriptor, of which the system gives this process about a thousand.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

PATIENCE = 20.0
"""Seconds in which a connection must have brought a request that is answered."""


class Strangers:
    """Closes connections that stay and bring nothing."""

    def __init__(self) -> None:
        self._ends: dict[RequestHandler, asyncio.TimerHandle] = {}

    def watch(self, connection: RequestHandler) -> RequestHandler:
        """Close a new connection in a while, unless a request of it is admitted; returns it."""
        end = asyncio.get_running_loop().call_later(PATIENCE, self._end, connection)
        self._ends[connection] = end
        return connection

    def admit(self, request: web.Request) -> None:
        """Let the connection of a request stay."""
        if (end := self._ends.pop(request.protocol, None)) is not None:
            end.cancel()

    def _end(self, connection: RequestHandler) -> None:
        del self._ends[connection]
        connection.force_close()
