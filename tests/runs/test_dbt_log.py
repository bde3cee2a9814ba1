"""What dbt's own log tells of its invocations, as it grows."""

import json
from pathlib import Path

import pytest

from tui.runs.dbt_log import DbtLog, LoggedInvocation, seconds_between

ONE, TWO = "919f4fab-0668-493e-aae6-3cc4cb9cc2f3", "04228e2a-1771-4782-8f50-dc0bf9ae6f00"


def section(invocation_id: str, *lines: str, clock: str = "17:55:37.707979") -> str:
    head = (
        f"============================== {clock} | {invocation_id} ==============================\n"
    )
    return f"\n\n{head}" + "".join(f"\x1b[0m{clock} {line}\n" for line in lines)


RUN = (
    "[info ] [MainThread]: Running with dbt=1.11.16",
    "[debug] [MainThread]: running dbt with arguments {'quiet': 'False', "
    "'invocation_command': \"dbt run -s 'stg_orders'\"}",
    "[info ] [MainThread]: Concurrency: 4 threads (target='prod')",
    "[debug] [Thread-1 (]: Began running node model.shop.stg_orders",
    "[debug] [Thread-2 (]: Began running node model.shop.broken",
    "[info ] [Thread-2 (]: 2 of 3 ERROR creating sql view model main.broken ..... [ERROR in 0.1s]",
    "[debug] [Thread-2 (]: Finished running node model.shop.broken",
    "[info ] [Thread-1 (]: 1 of 3 OK created sql view model main.stg_orders ... [OK in 0.33s]",
    "[debug] [Thread-1 (]: Finished running node model.shop.stg_orders",
    "[debug] [Thread-1 (]: Began running node test.shop.not_null_a",
)
END = "[debug] [MainThread]: Command `dbt run` succeeded at 17:55:52.032 after 14.36 seconds"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dbt.log"


def read(path: Path) -> LoggedInvocation:
    log = DbtLog(path)
    while log.poll():
        pass
    (found,) = log.invocations.values()
    return found


def test_an_invocation_tells_its_command_target_nodes_and_end(path: Path) -> None:
    path.write_text(section(ONE, *RUN, END))
    found = read(path)
    assert found.command == "dbt run -s 'stg_orders'"
    assert (found.target, found.threads, found.outcome) == ("prod", 4, "succeeded")
    assert {key: node.status for key, node in found.nodes.items()} == {
        "model.shop.stg_orders": "success",
        "model.shop.broken": "error",
        "test.shop.not_null_a": "",
    }
    assert (found.start, found.stop) == (2, path.stat().st_size)


def test_a_log_is_read_as_it_grows_and_only_in_whole_lines(path: Path) -> None:
    text = section(ONE, *RUN, END)
    log = DbtLog(path)
    assert not log.poll()
    for size in range(0, len(text), 97):
        path.write_text(text[:size])
        log.poll()
    path.write_text(text)
    log.poll()
    assert log.invocations[ONE] == read(path)


def test_the_same_is_told_in_json(path: Path) -> None:
    lines = []
    for line in (*RUN, END):
        level, _, rest = line.removeprefix("[").partition("] [")
        thread, _, message = rest.partition("]: ")
        info = {
            "invocation_id": ONE, "ts": "2026-11-29T17:55:37.707979Z", "level": level.strip(),
            "msg": message, "thread": thread,
        }  # fmt: skip
        lines.append(json.dumps({"info": info, "data": {}}))
    path.write_text("\n".join(lines) + "\n")
    found = read(path)
    assert (found.command, found.target, found.outcome) == (
        "dbt run -s 'stg_orders'", "prod", "succeeded",
    )  # fmt: skip
    assert found.nodes["model.shop.broken"].status == "error"


def test_the_next_invocation_takes_over(path: Path) -> None:
    path.write_text(section(ONE, *RUN) + section(TWO, *RUN, END))
    log = DbtLog(path)
    log.poll()
    assert list(log.invocations) == [ONE, TWO]
    assert [found.outcome for found in log.invocations.values()] == ["", "succeeded"]
    assert log.latest == TWO
    log.forget(ONE)
    log.forget(TWO)
    assert list(log.invocations) == [ONE, TWO]  # one may go on, the other was the latest


def test_what_keeps_dbt_from_running_is_told(path: Path) -> None:
    error = (
        "[error] [MainThread]: Encountered an error:\nCompilation Error\n  nothing is called so\n"
        "17:55:37.8 [debug] [MainThread]: Command `dbt run` failed at 17:55:37.8"
    )
    path.write_text(section(ONE, error))
    found = read(path)
    assert found.message == "Compilation Error\n  nothing is called so"
    assert found.outcome == "failed"


def test_an_interrupt_by_hand_is_noticed(path: Path) -> None:
    path.write_text(section(ONE, *RUN, "[warn ] [MainThread]: The run was stopped: CTRL-C"))
    assert read(path).is_stopped_by_hand


def test_a_log_that_is_replaced_is_read_from_its_start(path: Path) -> None:
    path.write_text(section(ONE, *RUN, END))
    log = DbtLog(path)
    log.poll()
    other = path.with_name("other.log")
    other.write_text(section(TWO, *RUN, *RUN, *RUN, END))
    other.replace(path)
    log.poll()
    assert list(log.invocations) == [TWO]


def test_a_log_that_was_made_anew_in_the_same_place_is_read_from_its_start(path: Path) -> None:
    path.write_text(section(ONE, *RUN))
    log = DbtLog(path)
    while log.poll():
        pass
    with path.open("r+") as same_inode:  # as a file system gives it to the next file
        same_inode.write(section(TWO, *RUN, *RUN, clock="17:58:01.000001"))
    while log.poll():
        pass
    assert [*log.invocations] == [TWO]
    assert log.invocations[TWO].nodes


def test_what_goes_on_while_dbt_rotates_its_log_is_read_on(path: Path) -> None:
    path.write_text(section(ONE, *RUN[:4]))
    log = DbtLog(path)
    while log.poll():
        pass
    with path.open("a") as stream:  # after the last look at it
        stream.write("".join(f"17:55:38.000001 {line}\n" for line in RUN[4:7]))
    path.rename(path.with_name("dbt.log.1"))
    path.write_text("".join(f"17:55:39.000001 {line}\n" for line in RUN[7:]))
    while log.poll():
        pass
    (found,) = log.invocations.values()
    assert found.command == "dbt run -s 'stg_orders'"
    assert {key: node.status for key, node in found.nodes.items()} == {
        "model.shop.stg_orders": "success",
        "model.shop.broken": "error",
        "test.shop.not_null_a": "",
    }
    assert (found.start, found.stop) == (0, path.stat().st_size)


def test_garbage_is_passed_over(path: Path) -> None:
    path.write_bytes(b"\xff\xfe garbage\n{not json\n" + section(ONE, *RUN, END).encode())
    assert read(path).outcome == "succeeded"


def test_times_of_day_may_go_over_midnight() -> None:
    assert seconds_between("10:00:00.5", "10:00:02.0") == 1.5
    assert seconds_between("23:59:59.0", "00:00:01.0") == 2.0
    assert seconds_between("10:00:02.5", "10:00:02.4") == 0.0  # of two threads


def test_what_two_write_at_the_same_time_is_told_apart_by_when_they_began(path: Path) -> None:
    """A run of dbtree (ONE) goes on while another dbt fails in another shell."""
    late = "17:56:07.000000"
    fails = (
        "[error] [MainThread]: Encountered an error:\nRuntime Error\n  Could not set lock on file",
        "[debug] [MainThread]: Command `dbt run` failed at 17:56:09.100 after 2.10 seconds",
    )
    own = "[debug] [Thread-1 (]: Began running node model.shop.own"
    mixed = section(TWO, own, *fails, own, clock=late)
    path.write_text(section(ONE, *RUN) + mixed + f"17:57:00.000000 {own}\n")
    log = DbtLog(path)
    log.own = frozenset((ONE,))
    log.poll()
    assert log.latest == ONE
    assert (log.invocations[ONE].outcome, log.invocations[TWO].outcome) == ("", "failed")
    assert log.invocations[TWO].message == "Runtime Error\n  Could not set lock on file"
    assert (log.invocations[TWO].last, log.last_clock) == (late, "17:57:00.000000")
    with path.open("a") as stream:
        stream.write(f"17:58:00.000000 {END.replace('14.36', '134.4').replace('55:52', '57:52')}\n")
    log.poll()
    assert log.invocations[ONE].outcome == "succeeded"
    assert log.invocations[TWO].outcome == "failed"
