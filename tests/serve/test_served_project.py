"""`dbtree serve` on a real project: the window in a page, from opening it to leaving it."""

import asyncio
import json
import signal
from pathlib import Path

import psutil
import pytest

from tests.closings import told_of
from tests.end_to_end.headless import dbtree_json
from tests.endless import ENDLESS_QUERY
from tests.projects.parsed import copy_parsed_demo
from tests.serve.pages import Browser, Page
from tests.serve.serving import serving

pytestmark = pytest.mark.dbt

SLOW = "{{ config(materialized='table') }}\n" + ENDLESS_QUERY


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return copy_parsed_demo(tmp_path / "shop")


async def goes_to(page: Page, name: str) -> None:
    await page.types("/")
    await page.sees("filter by name")
    await page.types(name)
    await page.sees(lambda screen: f"/{name}" in title(screen))
    await page.types("enter", "escape")
    await page.sees(lambda screen: f"/{name}" not in title(screen))


def title(screen: str) -> str:
    return screen.splitlines()[1]


def row(screen: str, name: str) -> str:
    rows = (line for line in screen.splitlines() if line.startswith("│"))
    return next((line for line in rows if f" {name} " in line), "")


async def test_a_project_is_opened_built_and_left_in_a_page(shop):
    async with serving(shop) as server, Browser(server.url) as browser:
        token = server.url.partition("token=")[2]
        async with browser.page() as page:
            await page.sees("watching")
            for process in server.processes.alive():
                assert token not in told_of(process)
                assert token not in json.dumps(process.environ())
            await goes_to(page, "raw_customers")
            await page.types("e")
            await page.sees("no editor can be opened from a browser: seeds/raw_customers.csv")
            await page.types("o")
            await page.sees("nothing can be opened from a browser")
            await page.types("ctrl+z")
            await page.sees("no shell is there to go back to")
            await page.types("m")
            await page.sees(lambda screen: "fresh" in row(screen, "raw_customers"))
            await page.resize(80, 24)
            await page.sees(lambda screen: len(title(screen)) == 80 and screen.endswith("q quit"))
            await page.types("q")
            assert await page.end() == (1000, "You have left dbtree.")
        await server.nothing_but_the_server()
        async with browser.page() as page:
            await page.sees("watching")
        await server.nothing_but_the_server()
        assert await server.end() == 0
        assert b"Traceback" not in server.said
        assert token.encode() not in server.said
    kept = [path for path in (shop / ".dbtree").rglob("*") if path.is_file()]
    assert not [path for path in kept if token.encode() in path.read_bytes()]


async def test_a_page_that_is_closed_leaves_its_run(shop):
    (shop / "models" / "staging" / "slow.sql").write_text(SLOW, "utf-8")
    async with serving(shop) as server, Browser(server.url) as browser:
        async with browser.page() as page, browser.page() as other:
            await page.sees("watching")
            await other.sees("watching")
            await goes_to(page, "slow")
            await page.types("m")
            await page.sees(lambda screen: "running" in row(screen, "slow"))
            await other.sees("1 running")
        await server.only_a_run()
        (run,) = await asyncio.to_thread(dbtree_json, shop, "runs", "--json")
        assert run["status"] == "running"
        await asyncio.to_thread(dbtree_json, shop, "cancel", "latest", "--json")
        await server.nothing_but_the_server()
        (run,) = await asyncio.to_thread(dbtree_json, shop, "runs", "--json")
        assert run["status"] == "cancelled"


async def test_beyond_this_machine_guests_only_look(shop):
    async with (
        serving(shop, "--host", "0.0.0.0", DBTREE_SERVE_TOKEN="a-token-for-guests") as server,
        Browser(server.url.replace(server.url.split("/")[2].split(":")[0], "127.0.0.1")) as browser,
    ):
        assert server.url.endswith("?token=a-token-for-guests")
        async with browser.page() as page:
            await page.sees("read-only")
            await page.sees("watching")
            await goes_to(page, "raw_customers")
            for keys in (("Q",), (":", "save mine", "enter"), (":", "threads 3", "enter")):
                await page.types(*keys)
                await page.sees("guests only look")
                await page.types("m")
                await page.sees("no run is started")
        assert await server.end(signal.SIGTERM) == 0
        assert b"there is no TLS" in server.said
        assert b"read-only" in server.said
    assert not (shop / "selectors.yml").exists()


async def test_the_windows_end_with_a_server_that_is_killed(shop):
    async with serving(shop) as server, Browser(server.url) as browser, browser.page() as page:
        await page.sees("watching")
        psutil.Process(server.process.pid).kill()
        await asyncio.to_thread(server.processes.wait_until_gone)
