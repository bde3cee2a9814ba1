"""Finding the Python in which the user's dbt lives."""

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import tui.project.interpreter
from tui.errors import InterpreterError
from tui.project.dbt_command import is_native
from tui.project.interpreter import find_interpreter, probe
from tui.project.project import find_project
from tui.project.shebang import NotPython, python_of_script


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "work" / "shop"
    root.mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: shop\n")
    return root


def make_environment(directory: Path, packages: dict[str, str] | None = None) -> Path:
    """A virtual environment in which these packages seem to be installed."""
    venv.create(directory, with_pip=False, symlinks=True)
    site = directory / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    for name, version in (packages or {}).items():
        (site / f"{name.replace('-', '_')}-{version}.dist-info").mkdir()
    return directory


DBT = {"dbt-core": "1.10.3", "dbt-adapters": "1.14.0", "dbt-snowflake": "1.10.0"}


def look(shop, flags=None, **environment):
    project = find_project(shop, flags, {"HOME": "/nonexistent"})
    return find_interpreter(project, {"PATH": "", **environment})


def test_the_environment_of_the_project_is_found_with_its_dbt_and_adapters(shop):
    make_environment(shop / ".venv", DBT)
    found = look(shop)
    assert found.path == shop / ".venv" / "bin" / "python"
    assert found.found_by == ".venv of the project"
    assert found.dbt_version == "1.10.3"
    assert found.adapters == {"snowflake": "1.10.0"}
    assert found.python_version == ".".join(map(str, sys.version_info[:3]))


def test_an_environment_without_dbt_is_passed_over(shop, tmp_path):
    make_environment(shop / ".venv")
    make_environment(tmp_path / "work" / "venv", DBT)
    assert look(shop).path == tmp_path / "work" / "venv" / "bin" / "python"


def test_the_active_environment_wins_over_that_of_the_project(shop, tmp_path):
    make_environment(shop / ".venv", DBT)
    active = make_environment(tmp_path / "active", DBT)
    assert look(shop, VIRTUAL_ENV=str(active)).found_by == "$VIRTUAL_ENV"


def test_the_dbt_on_path_leads_to_its_python_through_links(shop, tmp_path):
    tool = make_environment(tmp_path / "pipx" / "dbt", DBT)
    script = tool / "bin" / "dbt"
    script.write_text(f"#!{tool}/bin/python\nimport sys\n")
    script.chmod(0o755)
    on_path = tmp_path / "bin"
    on_path.mkdir()
    (on_path / "dbt").symlink_to(script)
    found = look(shop, PATH=str(on_path))
    assert found.path == tool / "bin" / "python"
    assert found.found_by == f"dbt on PATH ({on_path / 'dbt'})"


def make_program(path: Path, said: str) -> Path:
    """A program that is no script of Python, to all appearances, and says its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"printf '%s' {shlex.quote(said)}\n")
    path.chmod(0o755)
    return path


V2 = "dbt-fusion 2.0.0-preview.196"


@pytest.fixture
def natives(monkeypatch):
    """The system starts a script without a first line only through a shell: so does the test."""

    def ask(words, **options):
        is_program = words[0].endswith("/dbt") and is_native(Path(words[0]))
        return RUN(["/bin/sh", *words] if is_program else words, **options)

    monkeypatch.setattr(subprocess, "run", ask)


RUN = subprocess.run


def test_a_dbt_on_path_that_is_no_python_program_is_a_command(shop, tmp_path, natives):
    program = make_program(tmp_path / "bin" / "dbt", V2)
    found = look(shop, PATH=str(program.parent))
    assert (found.command, found.dbt_version) == ((str(program),), "2.0.0-preview.196")
    assert found.found_by == f"dbt on PATH ({program})"
    assert found.path == Path(sys.executable)


def test_the_dbt_of_an_environment_that_has_no_dbt_core_is_a_command(shop, natives):
    make_environment(shop / ".venv")
    program = make_program(shop / ".venv" / "bin" / "dbt", V2)
    found = look(shop)
    assert (found.command, found.found_by) == ((str(program),), "dbt in .venv of the project")


def test_the_dbt_of_dbt_core_wins_over_a_program_beside_it(shop, natives):
    make_environment(shop / ".venv", DBT)
    make_program(shop / ".venv" / "bin" / "dbt", V2)
    assert look(shop).command == ()


def test_the_dbt_in_the_users_own_bin_is_found_without_path(shop, tmp_path, natives):
    program = make_program(tmp_path / "home" / ".local" / "bin" / "dbt", V2)
    found = look(shop, HOME=str(tmp_path / "home"))
    assert found.command == (str(program),)
    assert found.found_by == f"dbt in ~/.local/bin ({program})"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("dbt Cloud CLI - 0.38.22", "is the dbt Cloud CLI, which runs nothing here"),
        ("hello", "does not say which dbt it is"),
    ],
)
def test_a_program_that_cannot_be_driven_is_passed_over_with_a_word(
    shop, tmp_path, monkeypatch, natives, said, reason
):
    program = make_program(tmp_path / "bin" / "dbt", said)
    monkeypatch.setattr(tui.project.interpreter, "OLDEST", (99,))
    with pytest.raises(InterpreterError) as caught:
        look(shop, PATH=str(program.parent))
    assert f"{program} {reason}" in caught.value.message
    assert "dbtree's own Python" in caught.value.message


def test_a_named_command_is_taken_as_it_is_and_asked_for_nothing(shop, tmp_path):
    make_environment(shop / ".venv", DBT)
    make_program(tmp_path / "bin" / "uv", "no dbt")
    found = look(shop, {"dbt_command": "uv run 'dbt'"}, PATH=str(tmp_path / "bin"))
    assert (found.command, found.dbt_version) == (("uv", "run", "dbt"), "")
    assert found.found_by == "--dbt-command"


@pytest.mark.parametrize(
    ("flags", "variables", "is_command"),
    [
        ({"dbt_command": "uv run dbt", "dbt_python": "env"}, {}, True),
        ({"dbt_python": "env"}, {"DBTREE_DBT_COMMAND": "uv run dbt"}, False),
        ({"dbt_command": "uv run dbt"}, {"DBTREE_DBT_PYTHON": "env"}, True),
    ],
)
def test_of_a_command_and_a_python_the_nearer_one_counts(
    shop, tmp_path, flags, variables, is_command
):
    environment = make_environment(tmp_path / "env", DBT)
    make_program(tmp_path / "bin" / "uv", "")
    flags = {k: str(environment) if v == "env" else v for k, v in flags.items()}
    variables = {k: str(environment) if v == "env" else v for k, v in variables.items()}
    project = find_project(shop, flags, {"HOME": "/nonexistent", **variables})
    found = find_interpreter(project, {"PATH": str(tmp_path / "bin")})
    assert bool(found.command) is is_command


@pytest.mark.parametrize(
    ("value", "reason"),
    [("no-such-tool run dbt", "there is no program no-such-tool"), ("uv 'run", "No closing")],
)
def test_a_named_command_that_cannot_be_used_is_an_error(shop, value, reason):
    with pytest.raises(InterpreterError, match=reason) as caught:
        look(shop, {"dbt_command": value})
    assert "--dbt-command" in caught.value.message


def test_dbtrees_own_python_is_the_last_resort(shop):
    found = look(shop)
    assert found.found_by == "dbtree's own Python"
    assert found.path == Path(sys.executable)
    assert found.dbt_version.startswith("1.")
    assert "duckdb" in found.adapters


@pytest.mark.parametrize("name", ["env", "env/bin/python"])
def test_the_python_that_was_named_is_used_as_environment_or_program(shop, tmp_path, name):
    make_environment(shop / ".venv", DBT)
    make_environment(tmp_path / "env", {**DBT, "dbt-core": "1.11.0"})
    found = look(shop, {"dbt_python": str(tmp_path / name)})
    assert (found.found_by, found.dbt_version) == ("--dbt-python", "1.11.0")


@pytest.mark.parametrize(
    ("packages", "said"),
    [({}, "has no dbt"), ({"dbt-core": "2.0.1"}, "has dbt-core 2.0.1, but dbtree supports")],
)
def test_a_named_python_that_cannot_be_used_is_an_error(shop, tmp_path, packages, said):
    make_environment(shop / ".venv", DBT)
    make_environment(tmp_path / "env", packages)
    with pytest.raises(InterpreterError, match=said) as caught:
        look(shop, {"dbt_python": str(tmp_path / "env")})
    assert "--dbt-python" in caught.value.message


def test_a_named_python_that_does_not_exist_is_an_error(shop):
    with pytest.raises(InterpreterError, match=r"no-such-python does not exist"):
        look(shop, {"dbt_python": "no-such-python"})


def test_a_program_that_is_no_python_is_refused(tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho it broke >&2\nexit 3\n")
    program.chmod(0o755)
    assert "it broke" in probe(program, {}).problem()
    assert "cannot be started" in probe(tmp_path / "none", {}).problem()


def test_the_answer_is_remembered_until_a_package_comes_or_goes(shop, monkeypatch):
    environment = make_environment(shop / ".venv", DBT)
    find_project(shop).prepare_state_dir()
    asked = []

    def count(python, environment):
        asked.append(python)
        return probe(python, environment)

    monkeypatch.setattr(tui.project.interpreter, "probe", count)
    assert look(shop) == look(shop)
    assert len(asked) == 1
    site = next(environment.glob("lib/*/site-packages"))
    (site / "dbt_core-1.10.3.dist-info").rename(site / "dbt_core-1.11.16.dist-info")
    assert look(shop).dbt_version == "1.11.16"
    assert len(asked) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": {"version": 3}}'])
def test_a_broken_memory_is_as_none(shop, text):
    make_environment(shop / ".venv", DBT)
    state = find_project(shop).prepare_state_dir()
    (state / "interpreters.json").write_text(text)
    assert look(shop).dbt_version == "1.10.3"
    assert json.loads((state / "interpreters.json").read_text())


def script(tmp_path, text):
    path = tmp_path / "dbt"
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "#!/opt/env/bin/python\n",
        "#! /opt/env/bin/python -I\r\n",
        "#!/bin/sh\n'''exec' \"/opt/env/bin/python\" \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' /opt/env/bin/python \"$0\" \"$@\"\n' '''\n",
    ],
)
def test_the_first_lines_of_a_script_name_its_python(tmp_path, text):
    assert python_of_script(script(tmp_path, text), {}, tmp_path) == Path("/opt/env/bin/python")


def test_env_looks_on_the_path(tmp_path):
    (tmp_path / "python3").write_text("")
    (tmp_path / "python3").chmod(0o755)
    found = python_of_script(
        script(tmp_path, "#!/usr/bin/env -S python3\n"), {"PATH": str(tmp_path)}, tmp_path
    )
    assert found == tmp_path / "python3"


def test_a_shim_of_pyenv_is_asked_in_the_project(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    real = tmp_path / "versions" / "dbt"
    real.parent.mkdir()
    real.write_text("#!/opt/pyenv/versions/3.12/bin/python3.12\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    pyenv = tools / "pyenv"
    pyenv.write_text(f'#!/bin/sh\n[ "$(pwd)" = "{project}" ] && echo {real}\n')
    pyenv.chmod(0o755)
    shim = script(tmp_path, '#!/usr/bin/env bash\nexec "/x/pyenv" exec dbt "$@"\n')
    environment = {"PATH": f"{tools}:{os.defpath}"}
    found = python_of_script(shim, environment, project)
    assert found == Path("/opt/pyenv/versions/3.12/bin/python3.12")
    with pytest.raises(NotPython, match="pyenv has no dbt"):
        python_of_script(shim, environment, tmp_path)


def test_other_shell_scripts_are_refused(tmp_path):
    with pytest.raises(NotPython, match="unknown kind"):
        python_of_script(script(tmp_path, "#!/bin/bash\nexec docker run dbt\n"), {}, tmp_path)
