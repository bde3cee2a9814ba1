"""The scaffolded project: what it holds, and what is refused."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.definitions.written import fresh_modules
from tui.cli.main import main
from tui.definitions.loader import Place, load
from tui.scaffold.files import name_problem, plan_scaffold

MANIFEST = '{"metadata": {}, "nodes": {}, "sources": {}}'


@pytest.fixture
def shop(tmp_path, monkeypatch):
    root = tmp_path / "shop"
    (root / "target").mkdir(parents=True)
    (root / "target" / "manifest.json").write_text(MANIFEST)
    (root / "dbt_project.yml").write_text("name: jaffle_shop\nprofile: jaffle\n")
    (root / "profiles.yml").write_text("jaffle: {}\n")
    monkeypatch.chdir(root)
    return root


def project(*words: str) -> int:
    return main(["project", "scaffold", *words])


def test_it_writes_a_package_that_loads(shop, capsys):
    assert project("--project-name", "orchestration") == 0
    out, words = capsys.readouterr()
    assert out.split("\n")[:2] == ["cd orchestration", "dbtree dev"]
    assert f"the profile 'jaffle' of jaffle_shop in {shop / 'profiles.yml'}" in words
    root = shop / "orchestration"
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*.*")) == [
        "orchestration/__init__.py", "orchestration/assets.py", "orchestration/definitions.py",
        "orchestration/project.py", "orchestration/schedules.py", "pyproject.toml",
    ]  # fmt: skip
    table = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["dbtree"]
    assert table == {"module_name": "orchestration.definitions", "dbt_project_dir": ".."}
    with fresh_modules():
        found = load(Place(root, "orchestration.definitions"))
    [assets] = found.dbt_assets
    assert assets.name == "jaffle_shop_dbt_assets"
    assert assets.manifest_path == shop / "target" / "manifest.json"
    assert found.resources["dbt"].project_dir == str(shop)


def test_the_schedule_only_needs_to_be_uncommented(shop):
    scaffold = plan_scaffold("orchestration", shop)
    scaffold.write()
    path = scaffold.directory / "orchestration" / "schedules.py"
    path.write_text(path.read_text().replace("    # ", "    "))
    with fresh_modules():
        [schedule] = load(Place(scaffold.directory, "orchestration.definitions")).schedules
    assert schedule.name == "materialize_dbt_models_schedule"
    assert schedule.cron_schedule == "0 0 * * *"


def test_it_can_stand_beside_the_dbt_project(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert project("--project-name", "defs", "--dbt-project-dir", "shop") == 0
    table = tomllib.loads((tmp_path / "defs" / "pyproject.toml").read_text())["tool"]["dbtree"]
    assert table["dbt_project_dir"] == "../shop"
    with fresh_modules():
        assert load(Place(tmp_path / "defs", "defs.definitions")).dbt_assets


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--project-name", "my-project"], "cannot be the name of a Python package"),
        (["--project-name", "1st"], "cannot be the name of a Python package"),
        (["--project-name", "class"], "cannot be the name of a Python package"),
        (["--project-name", "json"], "is the name of another Python package"),
        (["--project-name", "ok", "--dbt-project-dir", "target"], "is not a dbt project"),
        (["--project-name", "target"], "already exists"),
        ([], "needs a name"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(shop, capsys, words, sentence):
    assert project(*words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


def test_outside_a_dbt_project_it_asks_where_one_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert project("--project-name", "defs") == 2
    assert "--dbt-project-dir" in capsys.readouterr().err


def test_force_overwrites_its_own_files_and_leaves_others(shop):
    assert project("--project-name", "defs") == 0
    mine, theirs = shop / "defs" / "defs" / "assets.py", shop / "defs" / "defs" / "charts.py"
    mine.write_text("broken")
    theirs.write_text("x = 1\n")
    assert project("--project-name", "defs") == 2
    assert project("--project-name", "defs", "--force") == 0
    assert "dbt_assets" in mine.read_text()
    assert theirs.read_text() == "x = 1\n"


def test_the_name_is_asked_for_on_a_terminal(shop, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: " defs ")
    assert project() == 0
    assert (shop / "defs" / "pyproject.toml").exists()


@pytest.mark.parametrize("stated", ["my-shop", "1shop", "", '"quoted"'])
def test_any_dbt_project_gives_python_that_parses(tmp_path, stated):
    (tmp_path / "dbt_project.yml").write_text(f"name: {stated}\n")
    planned = plan_scaffold("defs", tmp_path).files.items()
    modules = [ast.parse(text) for path, text in planned if path.suffix == ".py"]
    assert any(isinstance(node, ast.FunctionDef) for tree in modules for node in ast.walk(tree))


def test_names_of_packages_are_identifiers():
    assert not name_problem("shop_2")
    assert name_problem("größe")
    assert name_problem("")
