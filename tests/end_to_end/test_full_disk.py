"""dbtree with its state on a disk that is full: builds go on, the history can be used."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.headless import dbtree, ended
from tests.engine.test_run_nodes import write_project
from tests.small_disk import SmallDisk, small_disk


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("full") / "shop")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("small") / "disk") as disk:
        yield disk


def test_a_build_with_little_room_goes_on_and_is_recorded(shop: Path, disk: SmallDisk) -> None:
    disk.fill(leave=512 * 1024)
    built = dbtree(shop, "materialize", "--json", "--state-dir", str(disk.path))
    assert built.returncode == 0, built.stderr
    run_id = ended(built.stdout)["run_id"]
    disk.fill(leave=256 * 1024)
    again = dbtree(shop, "materialize", "--json", "--state-dir", str(disk.path))
    assert again.returncode == 0, again.stderr
    assert "Traceback" not in built.stderr + again.stderr
    disk.fill()
    history = dbtree(shop, "runs", "--json", "--state-dir", str(disk.path))
    assert history.returncode == 0, history.stderr
    assert "Traceback" not in history.stderr
    runs = json.loads(history.stdout)
    assert [run["status"] for run in runs] == ["success", "success"]
    assert runs[-1]["run_id"] == run_id


def test_a_run_that_cannot_be_recorded_is_refused_in_one_sentence(
    shop: Path, disk: SmallDisk
) -> None:
    disk.fill()
    refused = dbtree(shop, "materialize", "--state-dir", str(disk.path))
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    (said,) = [line for line in refused.stderr.splitlines() if line.startswith("dbtree:")]
    assert "No space left on device" in said
    disk.empty()
    built = dbtree(shop, "materialize", "--state-dir", str(disk.path))
    assert built.returncode == 0, built.stderr
