"""`dbtree serve`: its arguments, what it hands on, and what it refuses in a sentence."""

import os
import socket
import subprocess
import sys

import pytest

from tui.cli.arguments import parse
from tui.cli.main import main
from tui.cli.project_options import project_words


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in [name for name in os.environ if name.startswith(("DBTREE_", "DBT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DBTREE_DBT_PYTHON", sys.executable)
    root = tmp_path / "shop"
    root.mkdir()
    (root / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["--target", "prod", "--profiles-dir", "here", "--vars", "{day: '-1'}", "--threads", "4"],
        ["--target=-odd", "--no-engine", "--no-record-rows", "--readonly", "--trust", "--dagster"],
        ["--no-dagster", "--engine-keep", "0", "--wait", "5", "--defer", "git:main"],
        ["--project-dir", "a b", "--state-dir", "$(x)", "--dbt-command", "uv run dbt", "--dotenv"],
        ["--notify-after", "never", "--no-terminal-title", "--no-compile-on-save"],
    ],
)
def test_a_window_gets_the_options_of_the_server(typed):
    given = parse(["serve", *typed])
    again = parse(["dev", *project_words(given)])
    own = {"command", "host", "port", "token", "allow_host", "writable", "path", "in_browser"}
    assert {name: str(value) for name, value in vars(again).items() if name not in own} == {
        name: str(value) for name, value in vars(given).items() if name not in own
    }


def refusal(capsys, *arguments):
    assert main(["serve", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    return told.err


def test_a_port_that_is_taken_is_a_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} of 127.0.0.1 is taken" in refusal(capsys, "--port", port)


def test_a_token_that_is_easily_guessed_is_refused(capsys, monkeypatch):
    assert "at least 16 characters" in refusal(capsys, "--token", "1234")
    monkeypatch.setenv("DBTREE_SERVE_TOKEN", "from the environment")
    assert "letters A to Z" in refusal(capsys)
    assert "DBTREE_SERVE_TOKEN" not in os.environ


def test_an_address_of_another_machine_is_refused(capsys):
    assert "192.0.2.1 is not an address of this machine" in refusal(capsys, "--host", "192.0.2.1")


@pytest.mark.parametrize("missing", ["aiohttp", "textual_serve"])
def test_without_its_packages_it_says_what_to_install(missing):
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from tui.cli.main import main; "
        "sys.exit(main(['serve']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert f"needs {missing.replace('_', '-')}" in finished.stderr
    assert "pip install 'dbtree[serve]'" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("port", ["x", "-1", "65536", "8000.5", "²"])
def test_what_is_no_port_is_refused(capsys, port):
    with pytest.raises(SystemExit):
        main(["serve", f"--port={port}"])
    assert "is not a port" in capsys.readouterr().err
