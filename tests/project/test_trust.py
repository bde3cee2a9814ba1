"""Opening a project runs nothing of it that nobody has allowed."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_interpreter import DBT, look, make_environment
from tests.terminal import PROGRAM, cold_environment, open_dbtree
from tests.waits import PATIENCE
from tests.warm_python import warm_python
from tui.project.dotenv import parse_dotenv
from tui.project.interpreter import find_interpreter, first_claim
from tui.project.project import find_project
from tui.project.trust import Untrusted

HOME = {"HOME": "/nonexistent", "PATH": ""}


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "work" / "shop"
    root.mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: shop\n")
    return root


@pytest.fixture
def evil(shop):
    """A project with a program of its own in place of Python, which leaves a mark when it runs."""
    write_evil(shop)
    (shop / "dbtree.toml").write_text('dbt_python = "./evil.sh"\n')
    return shop


def write_evil(root: Path, more: str = "") -> None:
    script = root / "evil.sh"
    script.write_text(f'#!/bin/sh\ntouch "{root}/ran"\n{more}exec "{warm_python()}" "$@"\n')
    script.chmod(0o755)


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *arguments],
        cwd=root,
        env=cold_environment(root.parent, **environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


def test_a_program_that_the_project_names_is_not_run_unasked(evil):
    done = run(evil, "info")
    assert not (evil / "ran").exists()
    assert done.returncode == 2
    assert "evil.sh, and you have not allowed it to run yet" in done.stdout
    assert "--trust" in done.stdout
    assert run(evil, "ls").returncode == 2
    assert not (evil / "ran").exists()


def test_a_command_that_the_project_names_is_not_run_unasked(evil):
    (evil / "dbtree.toml").write_text('dbt_command = "./evil.sh run dbt"\n')
    with pytest.raises(Untrusted, match=r"dbt_command in .* is .*/evil.sh run dbt, and you have"):
        look(evil)
    assert look(evil, {"dbt_command": f"{evil}/evil.sh"}).found_by == "--dbt-command"
    assert look(evil, {"trust": True}).command == (f"{evil}/evil.sh", "run", "dbt")
    (evil / "dbtree.toml").write_text('dbt_command = "./evil.sh run something else"\n')
    with pytest.raises(Untrusted):
        look(evil)


def test_what_was_allowed_is_remembered_for_this_content_and_outside_the_project(evil):
    run(evil, "info", "--trust")
    assert (evil / "ran").exists()
    (evil / "ran").unlink()
    (evil / ".dbtree" / "interpreters.json").unlink(missing_ok=True)
    run(evil, "info")
    assert (evil / "ran").exists(), "asked once"
    assert not list(evil.rglob("trusted.json"))
    stored = evil.parent / ".local" / "state" / "dbtree" / "trusted.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    (evil / "ran").unlink()
    write_evil(evil, more="echo another\n")
    run(evil, "info")
    assert not (evil / "ran").exists(), "another content is another question"


def test_a_variable_trusts_without_remembering(evil):
    run(evil, "info", DBTREE_TRUST="1")
    assert (evil / "ran").exists()
    (evil / "ran").unlink()
    (evil / ".dbtree" / "interpreters.json").unlink(missing_ok=True)
    run(evil, "info")
    assert not (evil / "ran").exists()


def test_a_project_cannot_vouch_for_itself(evil):
    (evil / "dbtree.toml").write_text('dbt_python = "./evil.sh"\ntrust = true\n')
    (evil / ".env").write_text("DBTREE_TRUST=1\n")
    run(evil, "info")
    assert not (evil / "ran").exists()


@pytest.mark.parametrize("answer", ["y", "n"])
def test_the_window_asks_before_anything_runs(evil, answer):
    with open_dbtree(evil, cold=True, HOME=str(evil.parent)) as terminal:
        terminal.wait_for("Run it? [y/N]")
        assert "evil.sh" in terminal.screen()
        assert not (evil / "ran").exists()
        terminal.type(answer, "enter")
        if answer == "y":
            terminal.wait_for(lambda _: (evil / "ran").exists())
        else:
            assert terminal.wait_for_exit() == 2
            assert not (evil / "ran").exists()


def test_the_users_own_environment_in_the_project_asks_nothing(shop):
    make_environment(shop / ".venv", DBT)
    assert first_claim(find_project(shop, None, HOME), HOME) is None
    (shop / "dbtree.toml").write_text('dbt_python = ".venv"\n')
    assert first_claim(find_project(shop, None, HOME), HOME) is None


def test_an_environment_that_was_checked_out_is_asked_for(shop):
    make_environment(shop / ".venv", DBT)
    git = ["git", "-c", "core.autocrlf=false", "-C", str(shop)]
    subprocess.run([*git, "init", "-q"], check=True)
    assert look(shop).found_by == ".venv of the project"
    subprocess.run([*git, "add", "-f", ".venv/pyvenv.cfg"], check=True)
    with pytest.raises(Untrusted, match="came with the project"):
        look(shop)


def test_a_python_that_is_a_file_of_the_project_is_asked_for(shop):
    make_environment(shop / ".venv", DBT)
    write_evil(shop)
    (shop / ".venv" / "bin" / "python").unlink()
    shutil.copy(shop / "evil.sh", shop / ".venv" / "bin" / "python")
    with pytest.raises(Untrusted, match="came with the project"):
        look(shop)
    assert not (shop / "ran").exists()


def test_a_dbt_on_path_that_lies_in_the_project_is_asked_for(shop):
    write_evil(shop)
    (shop / "evil.sh").rename(shop / "evil-python")
    (shop / "dbt").write_text(f"#!{shop}/evil-python\n")
    (shop / "dbt").chmod(0o755)
    with pytest.raises(Untrusted, match="came with the project"):
        look(shop, PATH=str(shop))
    assert not (shop / "ran").exists()


def test_what_others_can_write_is_refused_not_asked_for(shop):
    make_environment(shop / ".venv", DBT)
    (shop / ".venv" / "bin").chmod(0o777)
    with pytest.raises(
        Untrusted, match="can be written by every user: dbtree does not run it"
    ) as caught:
        look(shop)
    assert caught.value.claim.refusal
    assert "--trust" in caught.value.hint


def test_what_others_own_is_refused(shop, monkeypatch):
    make_environment(shop / ".venv", DBT)
    lstat = os.lstat

    def of_somebody_else(path):
        found = lstat(path)
        if ".venv" in str(path):
            return os.stat_result((*found[:4], 4242, *found[5:10]))
        return found

    monkeypatch.setattr(os, "lstat", of_somebody_else)
    with pytest.raises(Untrusted, match="belongs to user 4242: dbtree does not run it"):
        look(shop)


def test_nothing_is_looked_for_above_the_repository(shop):
    make_environment(shop.parent / ".venv", DBT)
    assert look(shop).path == shop.parent / ".venv" / "bin" / "python"
    (shop / ".git").mkdir()
    assert look(shop).found_by == "dbtree's own Python"


def test_nothing_is_looked_for_above_the_home_directory(shop):
    make_environment(shop.parent / ".venv", DBT)
    project = find_project(shop, None, {**HOME, "HOME": str(shop)})
    found = find_interpreter(project, {**HOME, "HOME": str(shop)})
    assert found.found_by == "dbtree's own Python"


def test_nothing_is_looked_for_in_a_directory_that_all_may_write(shop):
    shared = shop.parent
    make_environment(shared / ".venv", DBT)
    (shared / "dbtree.toml").write_text('module_name = "evil"\n')
    assert find_project(shop / ".." / "shop", None, HOME).definitions is not None
    shared.chmod(0o1777)
    assert find_project(shop, None, HOME).definitions is None
    assert look(shop).found_by == "dbtree's own Python"


def test_definitions_that_others_can_write_are_not_imported(shop):
    (shop / "dbtree.toml").write_text('module_name = "evil"\n')
    (shop / "evil.py").write_text("")
    assert find_project(shop, None, HOME).definitions is not None
    (shop / "evil.py").chmod(0o666)
    with pytest.raises(Untrusted, match=r"evil\.py can be written by every user"):
        find_project(shop, None, HOME)


def test_a_module_of_the_current_directory_is_not_what_the_probe_imports(shop):
    for name in ("json", "re", "os"):
        (shop / f"{name}.py").write_text(f"open({str(shop / 'ran')!r}, 'w')\n")
    (shop / "profiles.yml").write_text("x: {}\n")
    run(shop, "info", DBTREE_DBT_PYTHON=sys.executable)
    assert not (shop / "ran").exists()


def test_variables_that_decide_what_runs_are_left_out_of_the_dotenv_file():
    text = "\n".join(
        f"{name}=x"
        for name in ("PATH", "PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES",
                     "DBTREE_TRUST", "GIT_SSH_COMMAND", "BASH_ENV", "ENV", "DBT_TARGET", "LDAP")
    )  # fmt: skip
    assert set(parse_dotenv(text, {})) == {"ENV", "DBT_TARGET", "LDAP"}
