"""What git says of a project, read from real repositories in every state."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tui.git.checkout import commit_of
from tui.git.command import GitFailed
from tui.git.reading import read_against, read_git
from tui.git.values import FileChange

ORDERS = "select\n    id,\n    amount,\n    status,\n    ordered_at\nfrom {{ ref('raw_orders') }}\n"
MACRO = "{% macro cents(c) %}{{ c }} / 100{% endmacro %}\n{% macro other() %}1{% endmacro %}\n"
YAML = """
models:
  - name: orders
    description: Each order.
  - name: customers
    description: Each customer.
sources:
  - name: web
    tables:
      - name: sessions
      - name: clicks
"""


class Repository:
    """A git repository with a dbt project in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--initial-branch=main")
        self.run("config", "user.email", "a@example.com")
        self.run("config", "user.name", "A")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ALLOW_PROTOCOL": "file"},
        )  # fmt: skip
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self, **files: str) -> None:
        for path, text in files.items():
            self.write(path, text)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--message", "x")


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "shop")
    for path, text in {
        "models/orders.sql": ORDERS, "models/customers.sql": "select 1 as id\n",
        "models/old.sql": "select 2 as id\n", "macros/money.sql": MACRO,
        "models/_shop.yml": YAML, ".gitignore": "target/\n",
    }.items():  # fmt: skip
        repository.write(path, text)
    repository.commit()
    return repository


def changes(found: tuple[FileChange, ...]) -> set[tuple[str, ...]]:
    return {(one.letter, one.path, *([one.before] if one.before else [])) for one in found}


def test_a_clean_branch_changes_nothing(shop: Repository) -> None:
    state = read_git(shop.root)
    assert (state.branch, state.base, state.problem) == ("main", "main", "")
    assert not state.head.changes
    assert not state.branched.changes


def test_what_is_saved_staged_and_new_differs_from_head(shop: Repository) -> None:
    shop.write("models/orders.sql", ORDERS + "-- more\n")
    shop.write("models/customers.sql", "select 3 as id\n")
    shop.run("add", "models/customers.sql")
    shop.write("models/new.sql", "select 'quite new' as word\n")
    shop.write("target/compiled.sql", "ignored")
    (shop.root / "models/old.sql").unlink()
    assert changes(read_git(shop.root).head.changes) == {
        ("M", "models/orders.sql"), ("M", "models/customers.sql"), ("A", "models/new.sql"),
        ("D", "models/old.sql"),
    }  # fmt: skip


@pytest.mark.parametrize("by", ["git", "hand"])
def test_a_renamed_file_is_renamed_however_it_was_moved(shop: Repository, by: str) -> None:
    if by == "git":
        shop.run("mv", "models/orders.sql", "models/fct_orders.sql")
    else:
        shutil.move(shop.root / "models/orders.sql", shop.root / "models/fct_orders.sql")
    shop.write("models/fct_orders.sql", ORDERS.replace("amount", "total"))
    wanted = {("R", "models/fct_orders.sql", "models/orders.sql")}
    assert changes(read_git(shop.root).head.changes) == wanted


def test_looking_writes_nothing_into_the_repository(shop: Repository) -> None:
    shop.write("models/new.sql", "")
    shop.write("models/newer.sql", "select 1")

    def everything() -> dict[Path, bytes]:
        files = (path for path in shop.root.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files}

    before = everything()
    read_git(shop.root)
    assert everything() == before


def test_a_branch_changes_what_it_committed_and_what_waits(shop: Repository) -> None:
    shop.run("switch", "--quiet", "--create", "feature")
    shop.commit(**{"models/orders.sql": ORDERS + "-- more\n"})
    shop.write("models/customers.sql", "select 3 as id\n")
    shop.run("switch", "--quiet", "main")
    shop.run("stash", "--quiet") if shop.run("status", "--porcelain") else None
    shop.commit(**{"models/old.sql": "select 'main went on' as word\n"})
    shop.run("switch", "--quiet", "feature")
    shop.run("stash", "pop", "--quiet")
    state = read_git(shop.root)
    assert (state.branch, state.base) == ("feature", "main")
    assert changes(state.head.changes) == {("M", "models/customers.sql")}
    assert changes(state.branched.changes) == {
        ("M", "models/customers.sql"), ("M", "models/orders.sql")
    }, "what main did since is not of this branch"  # fmt: skip


def test_entries_of_yaml_and_macros_are_told_by_their_names(shop: Repository) -> None:
    edited = YAML.replace("Each order.", "Every order.")
    edited = edited.replace("- name: clicks", "- name: clicks\n        description: Of the mouse.")
    shop.write("models/_shop.yml", edited)
    shop.write("macros/money.sql", MACRO.replace("100", "1000"))
    state = read_git(shop.root)
    assert state.head.entries == {"models/_shop.yml": frozenset({"orders", "web.clicks"})}
    assert state.head.macros == {"cents"}
    shop.write("models/_shop.yml", "models: [")
    assert read_git(shop.root).head.entries == {"models/_shop.yml": frozenset({"*"})}


def test_the_project_may_be_a_directory_of_the_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "all")
    repository.commit(**{"dbt/models/a.sql": "select 1", "web/index.html": "x"})
    repository.write("dbt/models/a.sql", "select 2")
    repository.write("web/index.html", "y")
    state = read_git(repository.root / "dbt")
    assert changes(state.head.changes) == {("M", "models/a.sql")}


def test_names_of_files_may_be_anything(shop: Repository) -> None:
    for name in ("naïve model.sql", "tab\there.sql", 'quo"te.sql', "-dash.sql", ":(top)x.sql"):
        shop.write(f"models/{name}", f"select '{name}' as word, 1 as one\n")
    found = {one.path for one in read_git(shop.root).head.changes}
    assert found == {
        "models/naïve model.sql", "models/tab\there.sql", 'models/quo"te.sql', "models/-dash.sql",
        "models/:(top)x.sql",
    }  # fmt: skip


# ------------------------------------------------------------------- states of git


def test_a_detached_head_says_its_commit_and_is_compared_with_the_base(shop: Repository) -> None:
    shop.run("switch", "--quiet", "--detach")
    shop.commit(**{"models/orders.sql": ORDERS + "-- more\n"})
    state = read_git(shop.root)
    assert state.branch == ""
    assert state.where == f"detached at {shop.run('rev-parse', '--short', 'HEAD')}"
    assert changes(state.branched.changes) == {("M", "models/orders.sql")}


def test_a_worktree_has_its_own_branch(shop: Repository, tmp_path: Path) -> None:
    shop.run("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side" / "models" / "new.sql").write_text("select 'of the side' as word")
    state = read_git(tmp_path / "side")
    assert (state.branch, state.base) == ("side", "main")
    assert changes(state.head.changes) == {("A", "models/new.sql")}
    assert not read_git(shop.root).head.changes


def test_a_submodule_is_a_repository_and_no_change_of_the_one_around_it(
    shop: Repository, tmp_path: Path
) -> None:
    outer = Repository(tmp_path / "outer")
    outer.commit(**{"README": "x"})
    outer.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(shop.root),
              "dbt")  # fmt: skip
    outer.commit()
    (outer.root / "dbt" / "models" / "orders.sql").write_text("select 9 as id")
    state = read_git(outer.root / "dbt")
    assert state.base == "origin/main"
    assert changes(state.head.changes) == {("M", "models/orders.sql")}
    assert not read_git(outer.root).head.changes


def test_a_shallow_clone_says_that_it_cannot_be_compared(shop: Repository, tmp_path: Path) -> None:
    shop.run("switch", "--quiet", "--create", "feature")
    shop.commit(**{"models/new.sql": "select 'new' as word"})
    shop.run("switch", "--quiet", "main")
    shop.commit(**{"models/old.sql": "select 'main went on' as word\n"})
    clone = tmp_path / "clone"
    shop.run("clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=feature",
             f"file://{shop.root}", str(clone))  # fmt: skip
    (clone / "models" / "orders.sql").write_text("select 1")
    state = read_git(clone)
    assert state.base == "origin/main"
    assert "shallow" in state.problem
    assert changes(state.head.changes) == {("M", "models/orders.sql")}
    assert state.branched == state.head


def test_without_git_nothing_is_wrong(tmp_path: Path) -> None:
    state = read_git(tmp_path)
    assert not state.is_repository
    assert not state.problem


def test_without_the_program_that_is_said(shop: Repository) -> None:
    state = read_git(shop.root, program="no-such-git")
    assert (state.is_repository, state.problem) == (False, "git is not installed.")


def test_before_the_first_commit_there_is_nothing_to_compare(tmp_path: Path) -> None:
    state = read_git(Repository(tmp_path / "new").root)
    assert (state.branch, state.problem) == ("main", "There is no commit yet.")


def test_the_base_is_what_is_set_else_the_default_of_the_remote(
    shop: Repository, tmp_path: Path
) -> None:
    shop.run("branch", "trunk")
    clone = tmp_path / "clone"
    shop.run("clone", "--quiet", str(shop.root), str(clone))
    assert read_git(clone).base == "origin/main"
    assert read_git(clone, "origin/trunk").base == "origin/trunk"
    assert "nowhere" in read_git(clone, "nowhere").problem
    assert "--output=x" in read_git(clone, "--output=x").problem


def test_another_branch_can_be_compared_with(shop: Repository) -> None:
    shop.run("branch", "other")
    shop.commit(**{"models/orders.sql": ORDERS + "-- more\n"})
    assert changes(read_against(shop.root, "other").changes) == {("M", "models/orders.sql")}
    assert not read_against(shop.root, "HEAD").changes
    for name in ("nope", "--output=x"):
        with pytest.raises(GitFailed, match=f"no branch or commit {name}"):
            read_against(shop.root, name)
    with pytest.raises(GitFailed, match="name of a branch or commit is missing"):
        read_against(shop.root, " ")


@pytest.mark.parametrize("ask", [read_against, commit_of])
def test_outside_of_a_repository_no_branch_is_blamed(ask: Any, tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="The project is in no git repository"):
        ask(tmp_path, "main")


# ------------------------------------------------------------------------- trust


def test_nothing_that_the_repository_names_is_run(shop: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/caught-$1\nexec cat\n")
    trap.chmod(0o755)
    for name in ("post-index-change", "post-checkout", "pre-commit"):
        hook = shop.root / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/caught-hook\n")
        hook.chmod(0o755)
    shop.write(".gitattributes", "*.sql filter=evil diff=evil\n*.yml filter=a=b\n")
    for key, value in {
        "core.fsmonitor": f"{trap} fsmonitor", "diff.external": f"{trap} external",
        "diff.evil.command": f"{trap} command", "diff.evil.textconv": f"{trap} textconv",
        "filter.evil.clean": f"{trap} clean", "filter.evil.process": f"{trap} process",
        "filter.evil.required": "true", "filter.a=b.clean": f"{trap} equals",
        "core.pager": f"{trap} pager", "core.sshCommand": f"{trap} ssh",
    }.items():  # fmt: skip
        shop.run("config", key, value)
    for path in ("models/orders.sql", "models/_shop.yml"):
        os.utime(shop.root / path, (1, 1))  # so that git compares what is in it
    shop.write("models/orders.sql", ORDERS.replace("amount", "anount"))
    shop.write("models/new.sql", "select 'new' as word")
    state = read_git(shop.root)
    assert ("M", "models/orders.sql") in changes(state.head.changes)
    read_against(shop.root, "HEAD")
    assert not list(tmp_path.glob("caught-*"))
    for command in ("status", "diff"):
        subprocess.run(["git", command], cwd=shop.root, capture_output=True, check=False)
    assert any(tmp_path.glob("caught-*")), "git as it is runs them"
