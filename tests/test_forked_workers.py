"""What the processes of `make test` do is told as if one had done it."""

import subprocess
import sys
from pathlib import Path

from tests.dbt_python import ROOT

FILES = {
    "first": """
import os, signal, pytest

def test_passes(): ...

def test_fails(tmp_path):
    print("printed before")
    assert [1, 2] == [1, 3]

@pytest.mark.skip(reason="not today")
def test_is_skipped(): ...

def test_ends_its_process(): os._exit(0)

def test_after_that(): ...

def test_is_killed(): os.kill(os.getpid(), signal.SIGKILL)
""",
    "second": """
import os, warnings

def test_warns(): warnings.warn("careful")

def test_is_alone(tmp_path):
    assert os.environ["PYTEST_XDIST_WORKER"] in tmp_path.parts
""",
    "third": """
import pytest

@pytest.fixture(scope="session")
def shared():
    yield
    raise OSError("cannot be taken down")

def test_leaves_a_mess(shared): ...
""",
}


def run(directory: Path, *names: str, forks: int = 2, more: tuple[str, ...] = ()):
    for name in names:
        (directory / f"test_{name}.py").write_text(FILES[name])
    options = ("-q", "-p", "tests.forked_workers", f"--forks={forks}", "-p", "no:cacheprovider")
    place = ("-c", "/dev/null", f"--rootdir={directory}", str(directory))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *place, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_worker_that_ends_fails_the_test_that_it_was_at_and_the_rest_is_run(tmp_path):
    code, told, _ = run(tmp_path, "first", "second")
    assert code == 1
    assert "3 failed, 4 passed, 1 skipped, 1 warning" in told
    assert "At index 1 diff: 2 != 3" in told
    assert "printed before" in told
    assert "ended in this one, or soon after it, with exit code 0." in told
    assert "ended in this one, or soon after it, with SIGKILL." in told
    assert "careful" in told


def test_what_goes_wrong_after_the_last_test_is_a_failure(tmp_path):
    code, told, said = run(tmp_path, "third")
    assert code == 1
    assert "1 failed, 1 passed" in told
    assert "test_third.py::test_leaves_a_mess" in told
    assert "cannot be taken down" in said


def test_it_stops_when_asked_to(tmp_path):
    code, told, _ = run(tmp_path, "first", forks=1, more=("-x",))
    assert code == 1
    assert "1 failed, 1 passed" in told


def test_a_file_that_cannot_be_collected_is_told(tmp_path):
    (tmp_path / "test_broken.py").write_text("1 / 0")
    code, told, _ = run(tmp_path, "second")
    assert code == 2
    assert "ZeroDivisionError" in told
