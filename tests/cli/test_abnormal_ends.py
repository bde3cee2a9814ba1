"""No abnormal end is told as success: closed streams, a full disk behind stdout, defects."""

import subprocess

import pytest

import tui.cli.commands.runs
from tests.terminal import PROGRAM, cold_environment
from tests.waits import PATIENCE
from tui.cli.main import main


@pytest.fixture
def shop(tmp_path, monkeypatch):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path))
    return root


def shell(root, line):
    return subprocess.run(
        ["sh", "-c", line.replace("dbtree", str(PROGRAM))],
        cwd=root,
        env=cold_environment(root.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "command", ["dbtree runs --json", "dbtree info", "dbtree demo d --no-open"]
)
@pytest.mark.parametrize("stdout", ["1>&-", "1>/dev/full", "0<&- 1>&-"])
def test_a_stdout_that_takes_nothing_is_an_error_in_one_sentence(shop, command, stdout):
    done = shell(shop, f"{command} {stdout}")
    assert done.returncode == 2
    assert "cannot write to stdout" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", ["--version", "--help", "runs --help"])
def test_help_that_nobody_can_read_is_no_success(shop, arguments):
    assert shell(shop, f"dbtree {arguments} 1>/dev/full").returncode != 0


def test_a_closed_stderr_takes_no_files_place(shop):
    done = shell(shop, "dbtree runs --json 2>&-")
    assert (done.returncode, done.stdout) == (0, "[]\n")
    assert (shop / ".dbtree" / "history.db").read_bytes()[:6] == b"SQLite"


def test_who_reads_no_further_ends_it_as_a_broken_pipe_does(shop):
    done = shell(shop, "(dbtree runs --json; echo $? >&2) | true")
    assert done.stderr.split()[-1] in ("0", "141"), "0 where all was written before"


def test_a_defect_is_told_in_a_sentence_and_kept(shop, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("by \x1b[31mnought")

    monkeypatch.setattr(tui.cli.commands.runs, "runs", broken)
    assert main(["runs"]) == 2
    said = capsys.readouterr().err
    assert "a bug in dbtree (ZeroDivisionError: by nought" in said
    assert "Traceback" not in said
    assert "ZeroDivisionError" in (shop / ".dbtree" / "crash.log").read_text()
