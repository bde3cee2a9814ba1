"""The server, in front of a program that is no dbtree: who gets a page, and what becomes of it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

import tui.serve.strangers
import tui.serve.window_process
import tui.serve.windows
from tests.serve.pages import Browser, until
from tests.waits import PATIENCE
from tui.serve.access import NO_TOKEN, WRONG_HOST, WRONG_ORIGIN, Access
from tui.serve.addresses import listen, url_of
from tui.serve.browser_messages import MOST
from tui.serve.page import page_files
from tui.serve.server import Served, serve_until
from tui.serve.windows import Program

TOKEN = "a-token-for-tests"
ECHO = "stty -echo; echo pid $$; while read line; do stty size; echo got $line; done"
"""Says its process, and then for each line how large its terminal is."""


@asynccontextmanager
async def served(
    script: str, directory: Path, *, names: frozenset[str] = frozenset()
) -> AsyncIterator[tuple[Browser, Callable[[], None], list[str]]]:
    """A server whose windows run a shell script; a browser, what ends the server, what it said."""
    listening = listen("127.0.0.1", 0)
    said: list[str] = []
    program = Program(["/bin/sh", "-c", script], directory, {"PATH": "/usr/bin:/bin"})
    what = Served(program, Access(TOKEN, names), "shop <b>", listening)
    ended = asyncio.Event()
    task = asyncio.create_task(serve_until(ended, what, said.append))
    url = f"{url_of(listening, '127.0.0.1')}/?token={TOKEN}"
    try:
        async with Browser(url) as browser:
            yield browser, ended.set, said
    finally:
        ended.set()
        await task


async def answered(browser: Browser, path: str, **headers: str) -> tuple[int, str]:
    """The status and the text of an answer, of which no redirection is followed."""
    url = browser.origin + path
    async with browser.session.get(url, allow_redirects=False, headers=headers) as answer:
        return answer.status, await answer.text(errors="replace")


async def pid_of(page) -> int:
    await page.sees("pid ")
    return int(re.findall(r"pid (\d+)", page.screen())[0])


async def is_refused(browser: Browser) -> bool:
    """Whether another page gets no window."""
    async with browser.page() as page:
        await until(lambda: page.ending[0] or "pid " in page.screen())
        return "pid " not in page.screen()


async def test_without_the_token_nothing_is_answered(tmp_path):
    async with served(ECHO, tmp_path) as (browser, _, _):
        place = (await browser.enter()).removeprefix(browser.origin)
        browser.session.cookie_jar.clear()
        for path in (
            "/", "/?token=", "/?token=a-token", f"/?token={TOKEN}x", "/favicon.ico", "/socket",
            "/%2e%2e/etc/passwd", place, f"{place}page.js", f"{place}textual.js", f"{place}socket",
            f"{place}nothing",
        ):  # fmt: skip
            assert await answered(browser, path) == (403, NO_TOKEN), path
        assert not browser.session.cookie_jar
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.session.ws_connect(
                browser.origin + place + "socket", origin=browser.origin
            )
        assert refused.value.status == 403


async def test_the_token_gives_a_cookie_and_leaves_the_address(tmp_path):
    async with served(ECHO, tmp_path) as (browser, _, _):
        async with browser.session.get(browser.url, allow_redirects=False) as answer:
            assert answer.status == 303
            place, cookie = answer.headers["Location"], answer.headers["Set-Cookie"]
        assert TOKEN not in place + cookie
        assert f"Path={place}" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        async with browser.session.get(browser.origin + place) as answer:
            html = await answer.text()
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "aiohttp" not in answer.headers["Server"]
        assert "<title>shop &lt;b&gt;</title>" in html
        assert TOKEN not in html
        assert await answered(browser, f"{place}?delay=1") == (303, "")


async def test_all_that_the_page_needs_comes_from_the_server(tmp_path):
    async with served(ECHO, tmp_path) as (browser, _, _):
        page = await browser.enter()
        place = page.removeprefix(browser.origin)
        _, html = await answered(browser, place)
        _, css = await answered(browser, f"{place}page.css")
        named = re.findall(r'(?:src|href)="([^"]+)"', html) + re.findall(r'url\("([^"]+)"\)', css)
        assert {*named} - {"data:,"} == {*page_files()}
        for name in page_files():
            assert (await answered(browser, place + name))[0] == 200
        assert (await answered(browser, f"{place}../server.py"))[0] == 403
        assert (await answered(browser, f"{place}index.html"))[0] == 404


async def test_other_sites_are_refused_even_with_the_cookie(tmp_path):
    async with served(ECHO, tmp_path, names=frozenset({"dbtree.example"})) as (browser, _, said):
        page = await browser.enter()
        place = page.removeprefix(browser.origin)
        assert await answered(browser, place, Host="evil.example") == (403, WRONG_HOST)
        assert await answered(browser, place, Origin="http://evil.example") == (403, WRONG_ORIGIN)
        assert (await answered(browser, place, Host="dbtree.example"))[0] == 200
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", None):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.session.ws_connect(f"{page}socket", origin=origin)
            assert refused.value.status == 403
        async with browser.session.post(page) as answer:
            assert answer.status == 405
        assert said == []


async def test_a_page_is_a_terminal(tmp_path):
    async with served(ECHO, tmp_path) as (browser, _, _), browser.page(100, 30) as page:
        await page.types("hello", "enter")
        await page.sees("30 100")
        await page.sees("got hello")
        await page.resize(60, 20)
        await page.types("again", "enter")
        await page.sees("20 60")
        await page.say("ping", "17")
        await page.say("resize", {"width": 100_000, "height": 100_000})
        await page.types("x", "enter")
        await page.sees("500 1000")


async def test_each_page_has_its_window_which_ends_with_it(tmp_path):
    async with served(ECHO, tmp_path) as (browser, _, _):
        async with browser.page() as first:
            async with browser.page() as second:
                pids = {await pid_of(first), await pid_of(second)}
                assert len(pids) == 2
                last = await pid_of(first)
                (gone,) = pids - {last}
            await until(lambda: not psutil.pid_exists(gone))
            assert psutil.pid_exists(last)
        await until(lambda: not psutil.pid_exists(last))


async def test_a_window_that_does_not_leave_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(tui.serve.window_process, "GRACE", 0.2)
    script = "trap '' HUP TERM; echo pid $$; while :; do sleep 1; done"
    async with served(script, tmp_path) as (browser, _, _):
        async with browser.page() as page:
            pid = await pid_of(page)
        await until(lambda: not psutil.pid_exists(pid))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo bye", "You have left dbtree."),
        ("echo bye; exit 3", "dbtree has ended with exit code 3; its last words are above."),
        ("echo bye; kill -9 $$", "dbtree has ended by signal 9; its last words are above."),
    ],
)
async def test_a_page_says_how_its_window_ended(tmp_path, script, reason):
    async with served(script, tmp_path) as (browser, _, _), browser.page() as page:
        assert await page.end() == (1000, reason)
        assert "bye" in page.screen()


async def test_a_program_that_cannot_be_started_is_said_in_a_sentence(tmp_path):
    async with served(ECHO, tmp_path / "nowhere") as (browser, _, said), browser.page() as page:
        code, reason = await page.end()
        assert (code, reason) == (1011, "dbtree cannot be started: No such file or directory")
        assert said == []


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda socket: socket.send_bytes(b"\x00\xff" * 999), 1003),
        (lambda socket: socket.send_str("rm -rf /"), 1008),
        (lambda socket: socket.send_str('["stdin", "' + "x" * MOST + '"]'), 1009),
    ],
    ids=["binary", "no JSON", "too long"],
)  # fmt: skip
async def test_what_no_page_says_ends_it(tmp_path, send, code):
    async with served(ECHO, tmp_path) as (browser, _, said), browser.page() as page:
        pid = await pid_of(page)
        await send(page.socket)
        assert (await page.end())[0] == code
        await until(lambda: not psutil.pid_exists(pid))
        assert said == []


async def test_a_page_that_reads_nothing_is_not_waited_for(tmp_path):
    async with served("echo pid $$ > pid; exec yes", tmp_path) as (browser, _, said):
        page = (await browser.enter()).replace("http:", "ws:")
        socket = await browser.session.ws_connect(f"{page}socket", origin=browser.origin)
        await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        pid = int((tmp_path / "pid").read_text().split()[1])
        connection = socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await until(lambda: not psutil.pid_exists(pid))
        assert said == []


async def test_a_connection_that_asks_for_nothing_is_closed_and_a_page_is_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tui.serve.strangers, "PATIENCE", 0.2)
    async with served(ECHO, tmp_path) as (browser, _, said):
        host, port = browser.origin.removeprefix("http://").split(":")
        async with browser.page() as page:
            for begun in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(begun)
                async with asyncio.timeout(PATIENCE):
                    assert (b"403" in await reader.read()) == begun.endswith(b"\n")
                writer.close()
            await page.types("x", "enter")
            await page.sees("got x")
        assert said == []


async def test_what_is_pasted_into_a_program_that_reads_nothing_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(tui.serve.window_process, "UNREAD", 0.1)
    async with served("stty raw; echo pid $$; exec sleep 1000", tmp_path) as (browser, _, said):
        async with browser.page() as page:
            pid = await pid_of(page)
            for _ in range(4):
                await page.types("x" * 500_000)
        await until(lambda: not psutil.pid_exists(pid))
        assert said == []


async def test_there_are_so_many_windows_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(tui.serve.windows, "MOST_WINDOWS", 1)
    async with served(ECHO, tmp_path) as (browser, _, _):
        async with browser.page() as page:
            await pid_of(page)
            async with browser.page() as another:
                code, reason = await another.end()
                assert code == 1013
                assert "close one of them" in reason
        async with asyncio.timeout(PATIENCE):
            while await is_refused(browser):
                pass  # the window of the page that was closed is leaving


async def test_the_end_of_the_server_is_the_end_of_its_windows(tmp_path):
    async with served(ECHO, tmp_path) as (browser, end, said):
        async with browser.page() as one, browser.page() as other:
            pids = [await pid_of(one), await pid_of(other)]
            end()
            for page in (one, other):
                assert await page.end() == (1001, "`dbtree serve` has ended. A run continues.")
            await until(lambda: not any(map(psutil.pid_exists, pids)))
        assert said == []


async def test_a_window_is_hung_up_when_the_server_is_killed(tmp_path):
    script = f"""
import asyncio, os, pathlib, signal
from tui.serve.browser_messages import Size
from tui.serve.window_process import WindowProcess
async def main():
    window = await WindowProcess.start(
        ["{sys.executable}", "-c", "import fcntl, termios, os, time;"
         "fcntl.ioctl(0, termios.TIOCSCTTY, 0); print(os.getpid(), flush=True); time.sleep(999)"],
        environment={{}}, directory=pathlib.Path("/"), size=Size())
    print((await window.read()).decode().strip(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    await until(lambda: not psutil.pid_exists(int(told)))
