"""The command line: what is understood, what is said, and what is not even imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli import headless
from tui.cli.arguments import COMMANDS, parse, with_command
from tui.cli.main import main
from tui.cli.project_options import PROJECT_OPTIONS, given_settings
from tui.project.settings import FLAGS, NAMES


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in [name for name in os.environ if name.startswith(("DBTREE_", "DBT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "shop"
    (root / "models").mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: shop\n")
    return root


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", "dev"),
        ("shop", "dev shop"),
        ("-t prod", "-t prod dev"),
        ("--target prod shop", "--target prod dev shop"),
        ("--target=prod shop", "--target=prod dev shop"),
        ("runs", "runs list"),
        ("runs --json -n 5", "runs list --json -n 5"),
        ("runs shop", "runs list shop"),
        ("--target dev runs --target prod", "--target dev runs list --target prod"),
        ("runs show a3f1", "runs show a3f1"),
        ("runs --state-dir x compare a b", "runs --state-dir x compare a b"),
        ("runs --help", "runs --help"),
        ("./runs", "dev ./runs"),
        ("--target ls status", "--target ls status"),
        ("shop --readonly", "dev shop --readonly"),
        ("--help", "--help"),
        ("shop --help", "dev shop --help"),
        ("-- runs", "-- runs list"),
    ],
)
def test_a_word_that_is_no_command_is_a_path(typed, understood):
    assert with_command(typed.split()) == understood.split()


def test_each_command_is_done_by_a_function():
    with_others = {"dev", "demo", "project", "dbt", "serve"}
    assert {*headless.COMMANDS, *with_others} == {*COMMANDS}


def test_rows_are_recorded_unless_a_flag_says_otherwise():
    assert parse(["ls"]).record_rows is None
    assert parse(["--no-record-rows", "ls"]).record_rows == "false"


def test_project_options_stand_before_or_after_the_command():
    before = parse(["--target", "prod", "--threads", "4", "ls", "orders"])
    after = parse(["ls", "orders", "--target", "prod", "--threads", "4"])
    assert vars(before) == vars(after)
    assert (before.command, before.target, before.threads) == ("ls", "prod", 4)
    assert parse(["--target", "dev", "ls", "--target", "prod"]).target == "prod"


def test_every_setting_can_be_given_by_the_flag_that_is_named_as_its_origin():
    options = {name for option in PROJECT_OPTIONS for name in option.names}
    for name in NAMES:
        assert FLAGS.get(name, "--" + name.replace("_", "-")) in options
    words = "--target t --profile p --profiles-dir d --vars v --threads 3 --state-dir s"
    words += " --notify-after 60 --no-terminal-title"
    words += " --dbt-python py --dbt-command dbt --readonly --no-record-rows --wait 5"
    words += " --dotenv --trust --keep-days 7 --keep-runs 0"
    words += " --base-branch main --no-compile-on-save --defer prod --engine-keep 5 --no-dagster"
    given = given_settings(parse([*words.split(), "ls"]))
    assert set(given) == {*NAMES, "trust"}
    assert None not in given.values()
    assert set(given_settings(parse(["ls"])).values()) == {None}


def test_each_command_is_one_that_the_parser_knows(capsys):
    for name in COMMANDS:
        with pytest.raises(SystemExit) as caught:
            parse([name, "--help"])
        assert caught.value.code == 0
        assert f"usage: dbtree {name}" in capsys.readouterr().out


def test_selectors_are_words_or_dbts_own_option():
    options = parse(["materialize", "a", "b+", "--exclude", "c", "d", "--exclude", "e"])
    assert options.selectors == ["a", "b+"]
    assert options.exclude == [["c", "d"], ["e"]]
    assert parse(["ls", "-s", "a", "b"]).select == [["a", "b"]]


@pytest.mark.parametrize(
    "typed", ["ls --resource-type table", "runs -n 0", "logs a b", "--threads x ls", "cancel"]
)
def test_wrong_arguments_exit_with_2_and_say_so(typed, capsys):
    with pytest.raises(SystemExit) as caught:
        main(typed.split())
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_the_version_is_one_line(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dbtree 0.")


@pytest.mark.parametrize(
    "command", ["", "dev", "demo", "info", "ls", "materialize", "status", "runs", "logs", "cancel"]
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert "--project-dir" in capsys.readouterr().out


def test_outside_of_a_project_there_is_one_sentence(capsys):
    assert main(["runs"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("dbtree: No dbt project in ")
    assert "Traceback" not in error


def test_a_mistyped_command_is_guessed(capsys):
    assert main(["materialise"]) == 2
    assert "Did you mean `dbtree materialize`?" in capsys.readouterr().err


def test_without_a_terminal_the_app_is_not_opened(shop, capsys):
    assert main([str(shop)]) == 2
    error = capsys.readouterr().err
    assert "needs a terminal, and this is not one" in error
    assert "dbtree ls" in error


def test_a_wrong_setting_is_told_with_where_it_stands(shop, monkeypatch, capsys):
    monkeypatch.setenv("DBTREE_THREADS", "many")
    assert main(["runs", "--project-dir", str(shop)]) == 2
    assert "DBTREE_THREADS must be a positive whole number" in capsys.readouterr().err


def test_the_project_can_be_named_by_option_or_environment(shop, monkeypatch, capsys):
    assert main(["runs", "--json", "--project-dir", str(shop / "models")]) == 0
    assert json.loads(capsys.readouterr().out) == []
    monkeypatch.setenv("DBT_PROJECT_DIR", str(shop))
    assert main(["runs", "--json"]) == 0


@pytest.mark.parametrize("command", ["info", "status", "runs"])
def test_a_command_that_takes_no_other_words_takes_the_projects_path(command, shop):
    assert parse([command, str(shop)]).path == str(shop)
    assert parse([command]).path is None


def test_the_project_can_be_named_by_its_path(shop, capsys):
    assert main(["runs", str(shop / "models")]) == 0
    assert main(["runs", str(shop / "nowhere")]) == 2
    assert "nowhere does not exist." in capsys.readouterr().err


def test_the_demo_is_copied_once_and_then_left_alone(tmp_path, capsys):
    assert main(["demo", "--no-open"]) == 0
    copy = tmp_path / "dbtree-demo"
    assert capsys.readouterr().out.strip() == str(copy)
    assert (copy / "dbt_project.yml").is_file()
    assert not {"target", "logs", ".dbtree"} & set(os.listdir(copy))
    (copy / "README.md").write_text("mine")
    assert main(["demo", "--no-open"]) == 0
    assert (copy / "README.md").read_text() == "mine"


def test_the_demo_overwrites_nothing(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    assert main(["demo", "full", "--no-open"]) == 2
    assert "exists and is not a dbt project" in capsys.readouterr().err
    (tmp_path / "file").write_text("x")
    assert main(["demo", "file", "--no-open"]) == 2


@pytest.mark.parametrize("command", ["runs", "engine"])
def test_a_reader_that_has_enough_is_no_error(shop, command):
    process = subprocess.Popen(
        [sys.executable, "-c", CLOSED_PIPE, command, str(shop)], stderr=subprocess.PIPE, text=True
    )
    _, error = process.communicate(timeout=240)
    assert error == ""
    assert process.returncode == 141


CLOSED_PIPE = """
import os, sys
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
from tui.cli.main import main
sys.exit(main([sys.argv[1], "--json", "--project-dir", sys.argv[2]]))
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["nowhere"]])
def test_what_needs_nothing_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom tui.cli.main import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=240
    )
    modules = set(done.stderr.splitlines()[-1].split())
    heavy = {"dbt", "textual", "rich", "yaml", "asyncio", "sqlite3", "watchfiles", "tomllib"}
    assert not heavy & modules


def test_the_package_can_be_run_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.startswith("dbtree ")
