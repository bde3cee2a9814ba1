"""State that cannot be written or read, and homes that are missing: one sentence, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree, dbtree_json
from tests.engine.test_run_nodes import write_project
from tests.small_disk import SmallDisk, small_disk
from tests.terminal import user_environment
from tests.waits import PATIENCE
from tests.warm_python.program import run


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("disk") / "disk", "60m") as disk:
        yield disk


@pytest.fixture(scope="module")
def shop(disk: SmallDisk) -> Path:
    """A project with one run."""
    root = write_project(disk.path / "shop")
    assert dbtree_json(root, "materialize", "--json")["status"] == "success"
    return root


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one thing that a command that could not do its work says."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("dbtree:")]
    return said


def test_a_read_only_project_can_be_looked_at_and_is_not_built(shop: Path, disk: SmallDisk) -> None:
    disk.remount("ro")
    try:
        (run,) = dbtree_json(shop, "runs", "--json")
        assert run["status"] == "success"
        assert "fresh" in dbtree(shop, "status").stdout
        assert "Read-only file system" in sentence(dbtree(shop, "materialize"))
    finally:
        disk.remount("rw")


def test_a_home_that_is_missing_is_not_missed(shop: Path) -> None:
    environment = user_environment(shop)
    del environment["HOME"]
    for home in ({}, {"HOME": "/nonexistent"}):
        done = run(
            ["runs", "--json"], cwd=shop, environment={**environment, **home}, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)


def test_what_lies_broken_in_the_state_directory_is_made_again(shop: Path) -> None:
    before = dbtree_json(shop, "runs", "--json")
    state = shop / ".dbtree"
    broken = [path for path in state.rglob("*") if path.is_file() and "runs" not in path.parts]
    assert {"history.db", "snapshot-default"} <= {path.name for path in broken}
    for path in [*broken, state / "session.json", state / "schedules.db"]:
        path.write_bytes(os.urandom(3000))
    after = dbtree(shop, "runs", "--json")
    assert after.returncode == 0, after.stderr
    assert json.loads(after.stdout) == before
    assert after.stderr.count("\n") == 1
    assert "a new one was built" in after.stderr
    assert dbtree_json(shop, "materialize", "--json")["status"] == "success"
