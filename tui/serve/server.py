"""The web server: every request is looked at before it is answered, and windows end with it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from tui.serve.access import NO_TOKEN, Access, host_name, is_same
from tui.serve.addresses import BACKLOG
from tui.serve.browser_messages import Size, size_of
from tui.serve.page import page_files, page_html, security_headers
from tui.serve.strangers import Strangers
from tui.serve.windows import Program, Windows

COOKIE = "dbtree"
LONGEST_HEADERS = 8190
"""Bytes of a header, at most."""
IDLE = 30.0
"""Seconds that a connection without a request stays open."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Served:
    """What is served, and to whom."""

    program: Program
    access: Access
    title: str
    listening: socket.socket
    """The server closes it."""
    compress: bool = False


async def serve(served: Served, say: Callable[[str], None]) -> None:
    """Serve windows until SIGINT, SIGTERM or SIGHUP; `say` as in `serve_until`."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await serve_until(ended, served, say)


async def serve_until(ended: asyncio.Event, served: Served, say: Callable[[str], None]) -> None:
    """Serve windows until an event; then end them, and come back when they have left.

    Args:
        ended: ends it.
        served: what, and where.
        say: is told in a sentence what went wrong with a request, which has no other reader.
    """
    _silence()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: say(_in_words(context)))
    windows, strangers = Windows(served.program, compress=served.compress), Strangers()
    runner = web.AppRunner(
        application(served, windows, strangers, say), access_log=None, handle_signals=False,
        keepalive_timeout=IDLE, shutdown_timeout=0.1,
        max_line_size=LONGEST_HEADERS, max_field_size=LONGEST_HEADERS,
    )  # fmt: skip
    await runner.setup()
    handlers = runner.server
    assert handlers is not None  # it is set up
    listener = await loop.create_server(
        lambda: strangers.watch(handlers()), sock=served.listening, backlog=BACKLOG
    )
    try:
        await ended.wait()
    finally:
        listener.close()
        await windows.close()
        await runner.cleanup()


def application(
    served: Served, windows: Windows, strangers: Strangers, say: Callable[[str], None]
) -> web.Application:
    """The routes, behind the checks. Raises ServeError where files of the page are missing."""
    access = served.access
    html, paths = page_html(served.title), page_files()

    async def enter(request: web.Request) -> web.StreamResponse:
        """The address with the token: give the cookie, and take the token out of the address."""
        if not is_same(request.query.get("token", ""), access.token):
            return _refused(NO_TOKEN)
        entered = web.Response(status=303, headers={"Location": f"/{access.place}/"})
        entered.set_cookie(
            COOKIE, access.cookie, path=f"/{access.place}/", httponly=True, samesite="Lax",
            secure=request.headers.get("X-Forwarded-Proto") == "https",
        )  # fmt: skip
        return entered

    async def page(request: web.Request) -> web.StreamResponse:
        if request.query_string:  # textual.js would obey some of it
            return web.Response(status=303, headers={"Location": request.path})
        return web.Response(text=html, content_type="text/html")

    async def file(request: web.Request) -> web.StreamResponse:
        path = paths.get(request.match_info["name"])
        return _not_found() if path is None else web.FileResponse(path)

    async def window(request: web.Request) -> web.StreamResponse:
        width, height = request.query.get("width"), request.query.get("height")
        return await windows.serve(request, size_of(width, height) or Size())

    made = web.Application(middlewares=[_checks(access, strangers, say)])
    made.add_routes(
        [
            web.get("/", enter),
            web.get(f"/{access.place}/", page),
            web.get(f"/{access.place}/socket", window),
            web.get(f"/{access.place}/{{name}}", file),
        ]
    )
    made.on_response_prepare.append(_add_headers)
    return made


def _checks(access: Access, strangers: Strangers, say: Callable[[str], None]) -> Middleware:
    """What every request goes through: where it comes from, and whether it may come in."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        asks_for_socket = "upgrade" in request.headers.get("Connection", "").lower()
        refusal = access.refusal(
            request.headers.get("Host", ""), request.headers.get("Origin"),
            is_websocket=asks_for_socket,
        )  # fmt: skip
        if refusal:
            return _refused(refusal)
        if request.path != "/" and not is_same(request.cookies.get(COOKIE, ""), access.cookie):
            return _refused(NO_TOKEN)
        if request.path != "/":
            strangers.admit(request)
        try:
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=error.reason)
        except Exception as error:  # noqa: BLE001 - the edge of the server: no traceback anywhere
            say(_in_words({"exception": error}))
            return web.Response(status=500, text="dbtree serve could not answer this.")

    return checked


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    host = request.headers.get("Host", "")
    response.headers.update(security_headers(host if host_name(host) else ""))


def _refused(words: str) -> web.Response:
    return web.Response(status=403, text=words)


def _not_found() -> web.Response:
    return web.Response(status=404, text="There is no such page.")


def _in_words(context: dict[str, object]) -> str:
    error = context.get("exception")
    what = f"{type(error).__name__}: {error}" if error else str(context.get("message", ""))
    return f"A connection failed ({what})."


def _silence() -> None:
    """Aiohttp and asyncio log requests that nobody understands, with tracebacks."""
    for name in ("aiohttp", "asyncio"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
