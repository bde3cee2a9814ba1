"""Following the files of a project: what counts, and real saves on a real disk."""

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tui.project.project import find_project
from tui.protocol.messages import EngineReady
from tui.watch import roots as watched_places
from tui.watch.filters import is_parsed
from tui.watch.watcher import Watcher, watch_project

ANSWERS_WITHIN = 120.0
"""Seconds for which a test waits for a change before it fails."""
BEACON = "macros/listening.sql"
"""Saved until it is told, so that a test knows that the watcher listens."""


@pytest.mark.parametrize(
    "path",
    [
        "models/orders.sql",
        "models/staging/stg.SQL",
        "models/segments.py",
        "models/orders.sql.jinja",
        "models/_models.yml",
        "models/_models.yaml",
        "models/docs.md",
        "seeds/raw.csv",
        "macros/cents.sql",
        "tests/fixtures/rows.csv",
        "models/logs/log_lines.sql",
        "models/target/targets.sql",
        "models/venv/x.sql",
        "dbt_packages/utils/macros/date.sql",
        "models/4913.sql",
    ],
)
def test_what_dbt_reads_is_parsed(path):
    assert is_parsed(path)


@pytest.mark.parametrize(
    "path",
    [
        "models/4913",
        "models/.orders.sql.swp",
        "models/.orders.sql.swx",
        "models/orders.sql~",
        "models/.#orders.sql",
        "models/#orders.sql#",
        "models/~orders.sql",
        "models/orders.sql___jb_tmp___",
        "models/orders.sql___jb_old___",
        "models/orders.sql.tmp",
        "models/.goutputstream-AB12",
        "models/sedx9TqYz",
        "models/.hidden.sql",
        "models/README.txt",
        "models/orders",
        "target/compiled/shop/models/orders.sql",
        "target/manifest.json",
        "logs/dbt.log",
        "venv/lib/x.py",
        "dbt_packages/utils/.git/hooks/x.py",
        ".git/x.sql",
        ".dbtree/runs/a3f1/x.sql",
        ".venv/lib/python3.11/site-packages/dbt/include/x.sql",
        "models/node_modules/x.py",
        "models/__pycache__/x.py",
        "shop.duckdb",
        "shop.duckdb.wal",
    ],
)
def test_what_editors_tools_and_databases_write_is_not(path):
    assert not is_parsed(path)


def test_only_dbts_directories_count_where_they_are_known():
    assert is_parsed("transform/orders.sql", ["transform"])
    assert not is_parsed("models/orders.sql", ["transform"])
    assert is_parsed("orders.sql", ["."])
    assert not is_parsed("build/compiled/orders.sql", ["."], "build")
    assert is_parsed("logs/models/orders.sql", ["logs/models"])


def test_the_file_system_of_a_path_is_known(monkeypatch):
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\n/dev/sdb /home/me ext4 rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounts)
    assert watched_places.is_remote("/home/you/shop")
    assert not watched_places.is_remote("/home/me/shop")
    assert not watched_places.is_remote("/homeless/shop")


# ------------------------------------------------------------------ on a real disk


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    # On a busy machine the parts of a burst come far apart.
    monkeypatch.setattr("tui.watch.watcher.SETTLE", 0.5)
    monkeypatch.setattr("tui.watch.watcher.LONGEST", ANSWERS_WITHIN)
    (tmp_path / "home" / ".dbt").mkdir(parents=True)
    root = tmp_path / "shop"
    for directory in ("models/staging", "macros", "target"):
        (root / directory).mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: shop\n")
    for name in ("a", "b", "c"):
        (root / "models" / "staging" / f"{name}.sql").write_text(f"select '{name}'")
    (root / "models" / "orders.sql").write_text("select 1")
    return root


class Seen:
    """What a watcher tells, for tests to wait for."""

    def __init__(self) -> None:
        self.told: asyncio.Queue = asyncio.Queue()
        self.facts: EngineReady | None = None

    async def next(self):
        return await asyncio.wait_for(self.told.get(), ANSWERS_WITHIN)


@asynccontextmanager
async def watching(root, facts=None):
    """A watcher that listens by the time the body begins."""
    seen = Seen()
    seen.facts = facts
    project = find_project(root)
    listening = asyncio.Event()

    async def follow():
        async for changes in watch_project(project, lambda: seen.facts):
            if BEACON in changes.parse:
                listening.set()
            if told := replace(changes, parse=tuple(p for p in changes.parse if p != BEACON)):
                seen.told.put_nowait(told)

    following = asyncio.create_task(follow())
    beacon = root / BEACON
    size = 0
    while not listening.is_set():
        size += 1
        beacon.write_text("-" * size)
        with suppress(TimeoutError):
            await asyncio.wait_for(listening.wait(), 0.2)
        assert not following.done(), following
    try:
        yield seen
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_save_is_told_once(shop):
    async with watching(shop) as seen:
        (shop / "models" / "orders.sql").write_text("select 2")
        changes = await seen.next()
        assert changes.parse == ("models/orders.sql",)
        assert not changes.restart
        (shop / "models" / "staging" / "a.sql").write_text("select 3")
        assert (await seen.next()).parse == ("models/staging/a.sql",)


async def test_a_save_through_other_files_is_one_change(shop):
    model = shop / "models" / "orders.sql"
    async with watching(shop) as seen:
        (shop / "models" / "4913").write_text("")
        (shop / "models" / "4913").unlink()
        model.rename(shop / "models" / "orders.sql~")
        model.write_text("select 'vim'")
        (shop / "models" / "orders.sql~").unlink()
        assert (await seen.next()).parse == ("models/orders.sql",)
        scratch = shop / "models" / ".orders.sql.x1"
        scratch.write_text("select 'atomic'")
        scratch.replace(model)
        assert (await seen.next()).parse == ("models/orders.sql",)
        assert seen.told.empty()


async def test_what_changes_nothing_is_not_told(shop):
    model = shop / "models" / "orders.sql"
    async with watching(shop) as seen:
        model.chmod(0o600)
        (shop / "models" / ".orders.sql.swp").write_text("x")
        (shop / "target" / "x.sql").write_text("x")
        (shop / "shop.duckdb").write_text("x")
        os.utime(shop / "dbt_project.yml")
        (shop / "macros" / "m.sql").write_text("the one that counts")
        changes = await seen.next()
        assert (changes.parse, changes.restart) == (("macros/m.sql",), False)


async def test_a_renamed_directory_is_the_files_in_it(shop):
    async with watching(shop) as seen:
        (shop / "models" / "staging").rename(shop / "models" / "base")
        assert (await seen.next()).parse == (
            "models/base/a.sql",
            "models/base/b.sql",
            "models/base/c.sql",
            "models/staging/a.sql",
            "models/staging/b.sql",
            "models/staging/c.sql",
        )


async def test_a_checkout_of_many_files_is_one_batch(shop):
    async with watching(shop) as seen:
        (shop / ".git").mkdir()
        lock = shop / ".git" / "index.lock"
        lock.write_text("")
        many = shop / "models" / "many"
        many.mkdir()
        for number in range(500):
            (many / f"m{number}.sql").write_text(f"select {number}")
            if number % 100 == 0:
                await asyncio.sleep(0.6)  # longer than any quiet that ends a burst
        shutil.rmtree(shop / "models" / "staging")
        lock.unlink()
        assert len((await seen.next()).parse) == 503
        assert seen.told.empty()


async def test_a_directory_of_dbts_that_appears_is_watched(shop):
    async with watching(shop) as seen:
        (shop / "seeds").mkdir()
        (shop / "seeds" / "raw.csv").write_text("a\n1\n")
        assert (await seen.next()).parse == ("seeds/raw.csv",)
        (shop / "seeds" / "raw.csv").write_text("a\n1\n2\n")
        assert (await seen.next()).parse == ("seeds/raw.csv",)
        shutil.rmtree(shop / "seeds")
        assert (await seen.next()).parse == ("seeds/raw.csv",)
        (shop / "seeds").mkdir()
        (shop / "seeds" / "raw.csv").write_text("a\n1\n2\n3\n")
        assert (await seen.next()).parse == ("seeds/raw.csv",)


@pytest.mark.parametrize(
    "name",
    ["dbt_project.yml", "packages.yml", "package-lock.yml", "profiles.yml", ".env", "vars.yml"],
)
async def test_what_dbt_reads_at_its_start_asks_for_a_restart(shop, name):
    async with watching(shop) as seen:
        (shop / name).write_text("changed: 1\n")
        changes = await seen.next()
        assert (changes.restart, changes.causes) == (True, (name,))


async def test_profiles_are_watched_where_they_lie(shop, tmp_path):
    profiles = tmp_path / "home" / ".dbt" / "profiles.yml"
    async with watching(shop) as seen:
        profiles.write_text("shop: {}\n")
        changes = await seen.next()
        assert (changes.restart, changes.causes) == (True, (str(profiles),))


async def test_installed_packages_ask_for_one_restart(shop):
    async with watching(shop) as seen:
        for name in ("utils", "dates"):
            (shop / "dbt_packages" / name / "macros").mkdir(parents=True)
        changes = await seen.next()
        assert (changes.restart, changes.causes) == (True, ("dbt_packages",))
        assert seen.told.empty()


def facts(watched, **more):
    known = {
        "python": "", "python_version": "", "dbt_version": "", "adapter": "", "adapter_version": "",
        "project": "shop", "profile": "", "target": "", "threads": 1, "profiles_dir": "",
        "single_writer": True, "packages": {}, "watched": watched, "shortcuts": [],
    }  # fmt: skip
    return EngineReady(**{**known, **more})


async def test_the_engine_says_where_dbt_reads(shop):
    (shop / "transform").mkdir()
    old = shop / "transform" / "old.sql"
    old.write_text("select 1")
    os.utime(old, (1, 1))
    async with watching(shop) as seen:
        seen.facts = facts(["transform", "macros"])
        (shop / "transform" / "new.sql").write_text("select 1")
        told = set()
        while "transform/new.sql" not in told:
            told |= set((await seen.next()).parse)
        assert told == {"transform/new.sql"}
        (shop / "models" / "orders.sql").write_text("select 'no longer read'")
        (shop / "transform" / "old.sql").write_text("select 2")
        assert (await seen.next()).parse == ("transform/old.sql",)


async def test_a_package_that_is_a_link_is_watched_where_it_lies(shop, tmp_path):
    package = tmp_path / "elsewhere"
    (package / "macros").mkdir(parents=True)
    (shop / "dbt_packages").mkdir()
    (shop / "dbt_packages" / "local").symlink_to(package)
    linked = facts(["macros", "dbt_packages/local/macros"], packages={"l": "dbt_packages/local"})
    async with watching(shop, linked) as seen:
        (package / "macros" / "m.sql").write_text("x")
        assert (await seen.next()).parse == ("dbt_packages/local/macros/m.sql",)


async def test_a_file_that_is_a_link_is_watched_where_it_lies(shop, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("linked", "later"):
        (elsewhere / f"{name}.sql").write_text("select 1 as one\n")
    (shop / "models" / "linked.sql").symlink_to(elsewhere / "linked.sql")
    async with watching(shop) as changes:
        (elsewhere / "linked.sql").write_text("select 2 as two, 2\n")
        assert (await changes.next()).parse == ("models/linked.sql",)
        (shop / "models" / "later.sql").symlink_to(elsewhere / "later.sql")
        assert (await changes.next()).parse == ("models/later.sql",)
        (elsewhere / "new").write_text("select 3 as three\n")
        (elsewhere / "new").replace(elsewhere / "later.sql")
        assert (await changes.next()).parse == ("models/later.sql",)
        (elsewhere / "other.sql").write_text("select 1\n")
        (shop / "models" / "later.sql").unlink()
        assert (await changes.next()).parse == ("models/later.sql",)
        (elsewhere / "linked.sql").unlink()
        assert (await changes.next()).parse == ("models/linked.sql",)


async def test_a_profile_that_is_a_link_is_watched_where_it_lies(shop, tmp_path):
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "dbt.yml").write_text("shop: {}\n")
    (tmp_path / "home" / ".dbt" / "profiles.yml").symlink_to(dotfiles / "dbt.yml")
    async with watching(shop) as changes:
        (dotfiles / "dbt.yml").write_text("shop: {target: dev}\n")
        assert (await changes.next()).restart


async def test_where_the_system_cannot_watch_the_files_are_looked_at(shop, monkeypatch):
    monkeypatch.setattr("tui.watch.watcher.is_remote", lambda _: True)
    async with watching(shop) as seen:
        (shop / "models" / "orders.sql").write_text("select 'seen by looking'")
        assert (await seen.next()).parse == ("models/orders.sql",)


async def test_a_watcher_that_is_closed_leaves_nothing_behind(shop):
    before = asyncio.all_tasks()
    async with watching(shop):
        pass
    assert asyncio.all_tasks() == before


async def test_a_file_in_the_middle_of_being_saved_is_waited_for(shop):
    watcher = Watcher(find_project(shop), lambda: None)
    assert watcher.unsettled({"models/orders.sql": None})
    assert watcher.unsettled({"models/orders.sql": (1, 0, 1)})
    assert not watcher.unsettled({"models/orders.sql": (1, 10, 1)})
