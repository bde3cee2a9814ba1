"""What all the tests share: how examples are made, and in which order files are run."""

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.differential.plain_dbt import PlainDbt

# A busy machine is no failure. The suite tries the same few examples each time, `make soak` many
# others.
settings.register_profile(
    "dbtree",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "soak", settings.get_profile("dbtree"), derandomize=False, max_examples=300
)

# Where dbtree itself looks for dbt in the tests that let it look: see tests.dbt_python.
if dbt_python := os.environ.get("DBTREE_TEST_DBT_PYTHON"):
    os.environ["DBTREE_DBT_PYTHON"] = dbt_python

# Hundreds of processes import the same modules, which are compiled once, whatever the environment
# says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Nothing waits for a network that may not be there.
os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"

# No engine stays behind, but where a test wants one.
os.environ["DBTREE_ENGINE_KEEP"] = "0"

# What dbtree keeps for the user is kept between sessions of tests, beside pytest's own cache.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parents[1] / ".pytest_cache" / "user-cache")

# What is imported until all tests are collected stays: the collector would walk it again and again.
gc.disable()

COLLECT = (20_000, 10, 100)
"""Seldomer than Python's own (700, 10, 10): a screen that a test has left is ten thousand objects,
beside a million that stay. `leave_no_garbage` collects all after each file."""

LONGEST = tuple(
    line
    for line in Path(__file__).with_name("longest.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
"""The files that take longest, the longest first."""
SLOW = tuple(
    line.partition("*")[::2]
    for line in Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
"""How the names of the tests that `make test` leaves out begin, and what is in them, too."""


def is_slow(name: str) -> bool:
    """Whether a line of slow.txt is about a test."""
    return any(name.startswith(begins) and then in name for begins, then in SLOW)


@pytest.fixture(scope="session")
def plain_dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainDbt]:
    """One process of plain dbt for all the tests that compare with it."""
    dbt = PlainDbt(tmp_path_factory.mktemp("plain-dbt") / "log")
    yield dbt
    dbt.close()


def pytest_configure(config: pytest.Config) -> None:
    """Choose how examples are made."""
    settings.load_profile("soak" if "soak" in config.option.markexpr.split()[:1] else "dbtree")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and run long files first, so that at the end no worker is alone with one.

    The tests of a file stay together and in their order, since some share an engine.
    """
    here = Path(__file__).parent
    for item in items:
        if is_slow(item.nodeid):
            item.add_marker(pytest.mark.slow)
    place = {name: number for number, name in enumerate(LONGEST)}
    files = {item.path for item in items}
    order = {file: place.get(file.relative_to(here).as_posix(), len(LONGEST)) for file in files}
    items.sort(key=lambda item: order[item.path])


def pytest_collection_finish() -> None:
    """What is imported now stays: the collector need not walk that again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    gc.enable()
    atexit.register(gc.unfreeze)  # what would never be collected would be taken for a leak


@pytest.fixture(scope="module", autouse=True)
def leave_no_garbage() -> Iterator[None]:
    """What a file has left is collected, or else stays."""
    yield
    gc.collect()
    gc.freeze()
