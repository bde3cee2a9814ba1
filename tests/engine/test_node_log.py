"""What the user's functions print, as it stands in the run's log."""

import codecs
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tui.engine.execution.events import EventLog
from tui.engine.python.node_log import printing_beside, printing_into

Prints = Callable[[Callable[[], object]], list[str]]


@pytest.fixture
def lines(tmp_path: Path) -> Prints:
    """The lines of the log that an asset leaves which does this."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)

    def read(work: Callable[[], object]) -> list[str]:
        with printing_into(log, "asset.one"):
            work()
        stored = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert {one["unique_id"] for one in stored} <= {"asset.one"}
        return [one["text"] for one in stored]

    return read


def test_bytes_and_text_are_lines_in_the_order_in_which_they_are_written(lines: Prints) -> None:
    def work() -> None:
        print("one")
        sys.stdout.buffer.write("zwei é\nthr".encode())
        print("ee")
        sys.stdout.buffer.raw.write(b"four\n")  # type: ignore[union-attr]
        sys.stdout.writelines(["five\n", "six"])
        sys.stdout.flush()

    assert lines(work) == ["one", "zwei é", "three", "four", "five", "six"]


def test_bytes_that_are_no_text_are_escaped(lines: Prints) -> None:
    def work() -> None:
        sys.stdout.buffer.write(b"\x89PNG\r\n\x1b[2J\xff\x00end")
        print("\udcff name")

    assert lines(work) == [r"\x89PNG", r"\xffend\udcff name"]


def test_a_standard_output_is_what_libraries_expect(lines: Prints) -> None:
    def work() -> None:
        out = sys.stdout
        assert isinstance(out, io.TextIOWrapper)
        assert (out.encoding, out.isatty(), out.writable(), out.readable()) == (
            "utf-8", False, True, False,
        )  # fmt: skip
        assert (out.name, out.closed, out.errors) == ("<stdout>", False, "backslashreplace")
        out.reconfigure(encoding="latin-1", errors="replace", line_buffering=True)
        print("Zürich")
        out.buffer.write(b"Gen\xe8ve\n")
        out.reconfigure(encoding="utf-8")
        codecs.getwriter("utf-8")(out.buffer).write("Genève\n")

    assert lines(work) == ["Zürich", "Genève", "Genève"]


def test_a_command_that_is_given_the_standard_output_writes_to_the_runs_own(
    lines: Prints, capfd: pytest.CaptureFixture[str]
) -> None:
    assert lines(lambda: subprocess.run(["echo", "hello"], stdout=sys.stdout, check=True)) == []
    assert capfd.readouterr().out == "hello\n"


def test_a_line_without_an_end_is_not_kept_for_ever(lines: Prints) -> None:
    def work() -> None:
        for _ in range(3):
            sys.stdout.write("x" * 60_000)
        print("\ny" * 2)

    assert [line[-1] for line in lines(work)] == ["s", "x", "y", "y"]


def test_a_long_line_ends_where_it_ends(lines: Prints) -> None:
    assert [line[-1:] for line in lines(lambda: print("x" * 120_000 + "\n\ny"))] == ["s", "", "y"]


def test_what_dbt_prints_beside_its_events_is_not_in_the_log_again(lines: Prints) -> None:
    def work() -> None:
        with printing_beside():
            print("1 of 5 OK")
        print("done")

    with redirect_stdout(io.StringIO()):
        assert lines(work) == ["done"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("fails", [False, True])
def test_a_forked_process_that_comes_back_from_the_function_ends_there(
    lines: Prints, tmp_path: Path, fails: bool
) -> None:
    children: list[int] = []

    def work() -> None:
        children.append(os.fork())
        if not children[0]:
            print("child", end="")
            if fails:
                raise ValueError("child")

    lines(work)
    _, status = os.waitpid(children[0], 0)
    assert os.waitstatus_to_exitcode(status) == fails
    assert lines(lambda: None) == ["child"]
