"""The life of the engine that stays: who shares it, and what is left when something is killed."""

import os
import signal
import socket

import pytest

from tests.resident.commands import Place
from tests.waits import PATIENCE, wait_until
from tui.protocol.resident import SOCKET, answers, send_request

pytestmark = pytest.mark.dbt

FILES = {
    "dbt_project.yml": "name: tiny\nprofile: tiny\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "tiny:\n  target: dev\n  outputs:\n"
    "    dev: {type: duckdb, path: tiny.duckdb, threads: 1}\n",
    "models/one.sql": "select 1 as id",
    "macros/say.sql": "{% macro say() %}"
    "{{ print('said ' ~ env_var('SSH_WORD', '')) }}{% endmacro %}\n"
    # As long as it may go on, in steps that a signal can end.
    "{% macro go_on() %}{{ print('going on') }}"
    "{% for i in range(100000) %}{% do run_query('select count(*) from range(3000000)') %}"
    "{% endfor %}{% endmacro %}\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = tmp_path_factory.mktemp("life")
    for name, text in FILES.items():
        path = home / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    place = Place(home / "tiny", home / "r")
    yield place
    for pid in [pid for engine in place.engines() for pid in commands_of(engine["pid"])]:
        os.kill(pid, signal.SIGKILL)  # of a test that failed
    place.dbtree("engine", "stop", "--all")
    assert not place.engines()


def test_a_command_has_the_callers_environment_and_all_share_one_engine(place):
    assert place.dbtree("dbt", "run").code == 0
    for word in ("first", "second"):
        done = place.dbtree("dbt", "run-operation", "say", SSH_WORD=word)
        assert f"said {word}" in done.stdout, done
    (engine,) = place.engines()
    assert engine["memory"] > 1e6
    assert engine["root"] == str(place.root)


def test_commands_at_once_have_their_own_ends(place):
    started = [
        place.start("dbt", "ls", stdout=-1), place.start("dbt", "no-such-command", stderr=-1),
        place.start("dbt", "--version", stdout=-1),
    ]  # fmt: skip
    said = [process.communicate(timeout=PATIENCE) for process in started]
    assert [process.returncode for process in started] == [0, 2, 0]
    assert "tiny.one" in said[0][0]
    assert "No such command" in said[1][1]
    assert len(place.engines()) == 1


def test_a_signal_ends_a_command_as_it_ends_dbt(place):
    for number in (signal.SIGTERM, signal.SIGHUP):
        process, pid = going_on(place)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -number
        gone(pid)


def test_a_client_that_is_killed_takes_its_command_with_it(place):
    process, pid = going_on(place)
    process.kill()
    process.communicate(timeout=PATIENCE)
    gone(pid)


def test_a_command_outlives_its_engine_and_the_next_one_starts_another(place):
    process, pid = going_on(place)
    (engine,) = place.engines()
    os.kill(engine["pid"], signal.SIGKILL)
    gone(engine["pid"])
    os.kill(pid, 0)  # it goes on
    done = place.dbtree("dbt", "--version")
    assert done.code == 0
    (other,) = place.engines()
    assert other["pid"] != engine["pid"]
    os.kill(pid, signal.SIGKILL)
    said = process.communicate(timeout=PATIENCE)
    assert process.returncode in (70, -signal.SIGKILL)
    assert "Traceback" not in said[1]


def test_commands_without_a_pause_between_them_soon_find_all_ready(place):
    place.dbtree("engine", "stop")  # that of the tests before
    process, pid = going_on(place)
    (engine,) = place.engines()
    assert not engine["is_warm"]
    assert place.dbtree("dbt", "ls").code == 0
    wait_until(lambda: place.engines()[0]["is_warm"])
    os.kill(pid, 0)  # all the time a command was running
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    gone(pid)


def test_another_environment_has_another_engine(place):
    assert place.dbtree("dbt", "--version", DBT_WORD="other").code == 0
    assert len(place.engines()) == 2
    place.dbtree("engine", "stop")
    assert not place.engines()
    assert not os.listdir(place.root.parent / "r" / "dbtree")


def test_without_time_to_stay_there_is_no_engine(place):
    place.dbtree("engine", "stop")  # that of the tests before
    assert place.dbtree("dbt", "--version", DBTREE_ENGINE_KEEP="0").code == 0
    assert not place.engines()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_user_is_not_answered(place):
    place.dbtree("engine", "restart")
    directory = place.root.parent / "r" / "dbtree"
    (path,) = directory.glob(f"*{SOCKET}")
    assert directory.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o077 == 0
    for at in (path, directory):
        at.chmod(0o777)
    for above in directory.parents:
        if above.stat().st_uid == os.getuid() and above != above.parent:
            above.chmod(above.stat().st_mode | 0o055)
    try:
        assert ask_as(65534, path) == []
        assert len(ask_as(0, path)) == 1
    finally:
        directory.chmod(0o700)


def ask_as(user, path):
    """What a user is answered: forked, for a process changes its user for good."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setresuid(user, user, user)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
                send_request(connection, {"kind": "status"})
                found = list(answers(connection))
            os.write(write_end, b"." * len(found))
        except ConnectionError:
            pass
        except BaseException:  # noqa: BLE001 - said by its answer
            os.write(write_end, b"failed")
        finally:
            os._exit(0)
    os.close(write_end)
    os.waitpid(pid, 0)
    with os.fdopen(read_end, "rb") as pipe:
        return list(pipe.read())


def going_on(place):
    """A client whose command goes on until it is ended, and the command's process."""
    process = place.start("dbt", "run-operation", "go_on", stdout=-1, stderr=-1)
    for line in process.stdout:
        if "going on" in line:
            break
    assert process.poll() is None
    (pid,) = [child for engine in place.engines() for child in commands_of(engine["pid"])]
    return process, pid


def commands_of(engine):
    """The processes below an engine that are sessions of their own."""
    found = []
    for name in os.listdir("/proc"):
        try:
            pid = int(name)
            if os.getsid(pid) == pid and engine in parents(pid):
                found.append(pid)
        except (ValueError, OSError):
            continue
    return [pid for pid in found if pid != engine]


def parents(pid):
    found = []
    while pid > 1:
        with open(f"/proc/{pid}/stat") as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
        found.append(pid)
    return found


def gone(pid):
    def is_gone():
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"
        except (ProcessLookupError, FileNotFoundError):
            return True

    wait_until(is_gone, f"{pid} is still there")
