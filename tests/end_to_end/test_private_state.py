"""What dbtree keeps of a project is the user's alone, whatever the umask says."""

import os
import stat
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree
from tests.projects.parsed import copy_parsed_demo
from tests.terminal import open_dbtree, user_environment
from tests.waits import PATIENCE
from tests.warm_python.program import run


def open_to_others(state_dir: Path) -> list[str]:
    return [
        f"{path.relative_to(state_dir)} {stat.S_IMODE(os.lstat(path).st_mode):o}"
        for path in (state_dir, *state_dir.rglob("*"))
        if os.lstat(path).st_mode & 0o077
    ]


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A project that was worked with in the window and without, under a umask of nothing."""
    shop = copy_parsed_demo(tmp_path_factory.mktemp("private") / "shop")
    before = os.umask(0)
    try:
        assert dbtree(shop, "materialize", "raw_customers").returncode == 0
        environment = {**user_environment(shop), "DBTREE_FORK": "0"}
        done = run(
            ["materialize", "raw_orders"], cwd=shop, environment=environment, timeout=PATIENCE
        )
        assert done.returncode == 0
        with open_dbtree(shop) as terminal:
            terminal.wait_for("watching")
            terminal.type("q")
            terminal.wait_for_exit()
    finally:
        os.umask(before)
    return shop


def test_all_of_the_state_directory_is_the_users_alone(used):
    assert {"history.db", "session.json", "engine.log", "runs", "locks"} <= {
        path.name for path in (used / ".dbtree").iterdir()
    }
    assert open_to_others(used / ".dbtree") == []


def test_the_directory_of_an_older_version_is_closed_when_it_is_opened(used):
    state_dir = used / ".dbtree"
    for path in (state_dir, *state_dir.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert dbtree(used, "runs").returncode == 0
    assert [one for one in open_to_others(state_dir) if not one.startswith(".gitignore")] == []


def test_a_link_in_place_of_a_file_of_ours_is_not_written_through(tmp_path):
    shop = copy_parsed_demo(tmp_path / "shop")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    state_dir = shop / ".dbtree"
    state_dir.mkdir()
    for name in ("engine.log", "crash.log", "session.json", "interpreters.json"):
        (state_dir / name).symlink_to(precious)
    done = dbtree(shop, "ls")
    assert done.returncode == 0, done.stderr
    assert precious.read_text() == "mine"
