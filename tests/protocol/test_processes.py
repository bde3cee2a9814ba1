"""A process is known by its id and the moment of its start."""

import os
import signal
import subprocess
import sys

import pytest

from tui.protocol import processes
from tui.protocol.processes import is_alive, process_start


def test_this_process_is_alive_under_its_own_start_only():
    started = process_start(os.getpid())
    assert started
    assert is_alive(os.getpid(), started)
    assert is_alive(os.getpid(), "")
    assert not is_alive(os.getpid(), started + "1")


def test_a_process_that_ended_is_gone_even_before_anybody_waited_for_it():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = process_start(child.pid)
    assert is_alive(child.pid, started)
    child.kill()
    # Waits until it is a zombie, and leaves it one.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process_start(child.pid) == ""
    assert not is_alive(child.pid, started)
    child.communicate()
    assert not is_alive(child.pid, started)


def test_no_process_has_the_id_zero_or_less():
    assert process_start(0) == ""
    assert not is_alive(-1, "")


def test_a_name_with_brackets_and_blanks_does_not_confuse(tmp_path):
    script = tmp_path / "a) S 1 2 (b"
    script.symlink_to("/bin/sleep")
    child = subprocess.Popen([script, "60"])
    try:
        assert is_alive(child.pid, process_start(child.pid))
    finally:
        child.kill()
        child.wait()


def test_ps_tells_it_where_there_is_no_proc():
    started = processes._from_ps(os.getpid())
    assert started == processes._from_ps(os.getpid())
    assert processes._from_ps(2**22 + 1) == ""


@pytest.mark.parametrize("has_proc", [True, False], ids=["proc", "ps"])
def test_who_is_of_a_group_and_who_is_stopped(has_proc, monkeypatch):
    if not has_proc:
        monkeypatch.setattr(processes, "PROC", "/no/proc")
    child = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; kill -STOP $!; wait"],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    below = int(child.stdout.readline())
    try:
        while not processes.is_stopped(below):
            assert child.poll() is None
        assert processes.group_members(child.pid) == {child.pid, below}
        assert not processes.is_stopped(child.pid)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
