"""The Python that stands in for dbt's: what is started with it is as if started by itself."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.dbt_python import DBT_PYTHON
from tests.projects import DEMO
from tests.terminal import user_environment
from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tests.warm_python.program import PROGRAM, can_be_forked, run, start

pytestmark = pytest.mark.dbt

PROBE = ["-m", "tests.warm_python.probe"]
ROOT = Path(__file__).parents[1]


def test_it_has_the_streams_the_directory_the_environment_and_the_exit_code(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    done = subprocess.run(
        [warm_python(), *PROBE, str(theirs), "7"],
        cwd=ROOT,
        env={**os.environ, "DBTREE_TEST_PROBE": "straße"},
        input="typed",
        capture_output=True,
        text=True,
        pass_fds=[theirs],
        check=False,
    )
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    assert said == "by the pipe"
    assert done.returncode == 7
    assert done.stderr == "to stderr\n"
    assert json.loads(done.stdout) == {
        "typed": "typed", "directory": str(ROOT), "set": "straße", "is_warm": True,
    }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    with subprocess.Popen(
        [warm_python(), *PROBE, "wait"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.stdout.read() == b"", "nobody has the pipe any more"
        assert process.wait() == -number


@pytest.mark.skipif(sys.platform != "linux", reason="others cannot be looked at")
def test_from_outside_it_is_what_was_asked_for() -> None:
    words = [warm_python(), *PROBE, "wait"]
    environment = {**os.environ, "DBTREE_TEST_PROBE": "straße"}
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        assert child.environ() == environment
        assert " ".join(child.cmdline()).split() == [DBT_PYTHON, *PROBE, "wait"]
        assert child.pid != process.pid
        process.kill()


def test_what_it_does_not_know_is_done_by_the_real_python() -> None:
    code = "import sys; print('dbt.cli.main' in sys.modules)"
    done = subprocess.run([warm_python(), "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    return user_environment(tmp_path)


def test_a_forked_dbtree_prints_and_ends_as_the_real_one(
    tmp_path: Path, user: dict[str, str]
) -> None:
    for words in (["--version"], ["ls"], ["nonsense"], ["logs", "--help"]):
        done = run(words, cwd=tmp_path, environment=user, timeout=PATIENCE)
        real = subprocess.run(
            [str(PROGRAM), *words], cwd=tmp_path, env=user, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (
            real.returncode, real.stdout, real.stderr,
        )  # fmt: skip


def test_a_forked_dbtree_has_a_terminal_and_a_group_and_is_ended_by_signals(
    user: dict[str, str],
) -> None:
    ours, theirs = os.openpty()
    process = start(
        ["project", "scaffold", "--help"], (theirs, theirs, theirs), cwd=ROOT, environment=user,
        has_terminal=True,
    )  # fmt: skip
    assert process.wait(PATIENCE) == 0
    waiting = start(
        ["serve", "--port", "0", str(DEMO)], (theirs, theirs, theirs), cwd=ROOT, environment=user,
        has_terminal=True,
    )  # fmt: skip
    seen = psutil.Process(waiting.pid)
    assert seen.terminal() == os.ttyname(theirs)
    assert os.getsid(waiting.pid) == os.getpgid(waiting.pid) == waiting.pid
    assert seen.environ() == user
    assert seen.cmdline()[:3] == [sys.executable, str(PROGRAM), "serve"]
    waiting.send_signal(signal.SIGKILL)
    assert waiting.wait(PATIENCE) == -signal.SIGKILL
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    "more", [{"PYTHONPATH": "/x"}, {"TEXTUAL_DEBUG": "1"}, {"LC_ALL": "de_DE.ISO-8859-1"},
             {"DBTREE_TEXTUAL_PATCHES": "0"}, {"DBTREE_DBT_PYTHON": DBT_PYTHON}],
)  # fmt: skip
def test_what_only_a_start_reads_needs_the_real_dbtree(
    user: dict[str, str], more: dict[str, str]
) -> None:
    assert can_be_forked(user)
    assert not can_be_forked({**user, **more})
