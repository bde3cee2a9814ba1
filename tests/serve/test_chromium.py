"""`dbtree serve` in a real Chromium: open, materialize, log, quit; and a tab that is closed.

`make test-browser` runs it; it needs Chromium (Debian: `apt-get install chromium`) and the package
playwright, which drives it. What the page shows is read from what its websocket brings; that it is
painted, from a picture of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte
import pytest

from tests.end_to_end.headless import dbtree_json
from tests.endless import ENDLESS_QUERY
from tests.projects.parsed import copy_parsed_demo
from tests.serve.pages import until
from tests.serve.serving import Serving, serving
from tests.terminal import NOT_FOR_PYTE
from tests.waits import PATIENCE

pytestmark = pytest.mark.browser

FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE = (1280, 800)
SLOW = "{{ config(materialized='table') }}\n" + ENDLESS_QUERY
PICTURES = os.environ.get("DBTREE_TEST_PICTURES", "")
"""A directory for pictures of what the tests saw, for whoever wants to look."""


def chromium() -> str:
    """The program. No Chromium is a failure: whoever runs these tests has asked for one."""
    named = os.environ.get("DBTREE_TEST_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "No Chromium was found: `apt-get install chromium`, or set DBTREE_TEST_CHROMIUM."
    return found


class Tab:
    """A page in the browser, and the screen that its terminal shows."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        """What the browser's console has to say, and requests that failed."""
        self.asked: list[str] = []
        """Every address that the page asked for."""
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        page.on("websocket", self._follow)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _follow(self, socket: Any) -> None:
        self.asked.append(socket.url)
        socket.on("framesent", self._take_size)
        socket.on("framereceived", self._show)

    def _take_size(self, told: str | bytes) -> None:
        match json.loads(told):
            case ["resize", {"width": columns, "height": rows}]:
                self._screen.resize(rows, columns)

    def _show(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._stream.feed(NOT_FOR_PYTE.sub(b"", data))

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._screen.columns, self._screen.lines

    def screen(self) -> str:
        """What its terminal was told to show."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def title(self) -> str:
        """The upper edge of the tree."""
        return self.screen().splitlines()[1]

    def row(self, name: str) -> str:
        """The row of an asset."""
        rows = (line for line in self.screen().splitlines() if line.startswith("│"))
        return next((line for line in rows if f" {name} " in line), "")

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        try:
            await until(lambda: text in self.screen(), text)
        except AssertionError as error:
            error.add_note("\n".join([self.screen(), *self.complaints]))
            raise

    async def presses(self, *keys: str) -> None:
        """Press keys: one letter, or a name as Playwright has it (`Enter`)."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def goes_to(self, name: str) -> None:
        """Put the cursor on an asset, by the filter."""
        await self.presses("/")
        await self.sees("filter by name")
        await self.page.keyboard.type(name)
        await until(lambda: f"/{name}" in self.title())
        await self.presses("Enter", "Escape")
        await until(lambda: f"/{name}" not in self.title() and self.row(name))

    async def colours(self) -> int:
        """How many colours its terminal has: one is a blank page."""
        return int(
            await self.page.evaluate(
                """async () => {
                    const shown = [...document.querySelectorAll("canvas")].map((canvas) => {
                        const copy = document.createElement("canvas");
                        [copy.width, copy.height] = [canvas.width, canvas.height];
                        const context = copy.getContext("2d");
                        context.drawImage(canvas, 0, 0);
                        const { data } = context.getImageData(0, 0, copy.width, copy.height);
                        const colours = new Set();
                        new Uint32Array(data.buffer).forEach((colour) => colours.add(colour));
                        return colours.size;
                    });
                    return Math.max(0, ...shown);
                }"""
            )
        )

    async def picture(self, name: str) -> None:
        """Keep a picture, where somebody wants one."""
        if PICTURES:
            await self.page.screenshot(path=Path(PICTURES, f"{name}.png"))


@asynccontextmanager
async def opened_chromium(profile: Path) -> AsyncIterator[Any]:
    """A browser without any past."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), headless=True, args=list(FLAGS),
            chromium_sandbox=False, viewport={"width": SIZE[0], "height": SIZE[1]},
        )  # fmt: skip
        browser.set_default_timeout(PATIENCE * 1000)
        try:
            yield browser
        finally:
            await browser.close()


async def open_tab(browser: Any, server: Serving) -> Tab:
    tab = Tab(await browser.new_page())
    await tab.page.goto(server.url)
    return tab


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return copy_parsed_demo(tmp_path / "shop")


async def test_a_project_is_opened_built_and_left(shop, tmp_path):
    async with serving(shop) as server, opened_chromium(tmp_path / "profile") as browser:
        await browser.grant_permissions(["clipboard-read", "clipboard-write"])
        tab = await open_tab(browser, server)
        await tab.sees("watching")
        assert await tab.colours() > 20, "the terminal is painted"
        await tab.picture("opened")
        await tab.presses("y")
        await tab.sees("Selector")
        await tab.presses("n")
        await tab.sees("copied")
        await tab.presses("/", "Control+Shift+V")
        await until(lambda: "/raw_customers" in tab.title(), "what was copied is pasted")
        await tab.presses("Escape")
        await until(lambda: "/raw" not in tab.title())
        await tab.goes_to("raw_customers")
        await tab.presses("m")
        await until(lambda: "fresh" in tab.row("raw_customers"), "raw_customers is fresh")
        await tab.presses("L")
        await tab.sees("loaded seed file raw.raw_customers")
        await tab.sees("Completed successfully")
        await tab.picture("log")
        await tab.presses("Escape")
        columns, _ = tab.size
        await tab.page.set_viewport_size({"width": 800, "height": 600})
        await until(lambda: tab.size[0] < columns and len(tab.title()) == tab.size[0])
        await tab.sees("q quit")
        await tab.picture("small")
        await tab.presses("q")
        await tab.page.get_by_text("You have left dbtree.").wait_for()
        await tab.picture("left")
        await server.nothing_but_the_server()

        await tab.page.get_by_text("Open again").click()
        await tab.sees("watching")
        here = server.url.partition("/?")[0]
        assert "token" not in tab.page.url
        assert {url.replace("ws:", "http:").startswith(here) for url in tab.asked} == {True}
        assert tab.complaints == []
        await tab.page.close()
        await server.nothing_but_the_server()


async def test_a_tab_that_is_closed_leaves_its_run(shop, tmp_path):
    (shop / "models" / "staging" / "slow.sql").write_text(SLOW, "utf-8")
    async with serving(shop) as server, opened_chromium(tmp_path / "profile") as browser:
        tab = await open_tab(browser, server)
        await tab.sees("watching")
        await tab.goes_to("slow")
        await tab.presses("m")
        await until(lambda: "running" in tab.row("slow"), "slow is running")
        await tab.page.close()
        await server.only_a_run()
        (run,) = await asyncio.to_thread(dbtree_json, shop, "runs", "--json")
        assert run["status"] == "running"
        await asyncio.to_thread(dbtree_json, shop, "cancel", "latest", "--json")
        await server.nothing_but_the_server()
