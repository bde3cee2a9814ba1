"""Which dbt project is opened, and through which definitions, from wherever one stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.written import write
from tui.errors import ProjectError
from tui.project.project import find_project

FILES = {
    "shop/dbt_project.yml": "name: shop\n",
    "shop/target/manifest.json": "{}",
    "defs/pyproject.toml": """
        [tool.dbtree]
        module_name = "defs.definitions"
        dbt_project_dir = "../shop"
        target = "prod"
    """,
    "defs/defs/__init__.py": "",
    "defs/defs/definitions.py": """
        from pathlib import Path
        from tui import DbtProject, Definitions
        shop = DbtProject(Path(__file__).parents[2] / "shop")
        defs = Definitions()
    """,
    "other/dbt_project.yml": "name: other\n",
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, FILES)
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_below_the_definitions_their_project_is_opened(root: Path) -> None:
    project = find_project(root / "defs" / "defs")
    assert project.root == root / "shop"
    assert project.definitions is not None
    assert (project.definitions.root, project.definitions.module) == (
        root / "defs", "defs.definitions",
    )  # fmt: skip
    assert project.target == "prod", "their settings count too"


def test_the_dbt_project_itself_is_opened_plainly(root: Path) -> None:
    assert find_project(root / "shop").definitions is None


def test_definitions_inside_a_dbt_project_open_it(root: Path) -> None:
    write(root, {"shop/inside/pyproject.toml": '[tool.dbtree]\nmodule_name = "inside.d"\n'})
    project = find_project(root / "shop" / "inside")
    assert project.root == root / "shop"
    assert project.definitions is not None


def test_another_dbt_project_is_nearer_than_definitions_above_it(root: Path) -> None:
    write(root, {
        "pyproject.toml": '[tool.dbtree]\nmodule_name = "d"\ndbt_project_dir = "shop"\n',
    })  # fmt: skip
    assert find_project(root / "shop").definitions is not None
    assert find_project(root / "other").definitions is None


def test_where_no_file_says_it_the_definitions_are_asked(root: Path) -> None:
    path = root / "defs" / "pyproject.toml"
    path.write_text('[tool.dbtree]\nmodule_name = "defs.definitions"\n')
    assert find_project(root / "defs").root == root / "shop"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("module_name = 3", "must name a module"),
        ('module_name = "a-b"', "must name a module"),
        ('module_name = "defs.definitions"\ndbt_project_dir = "../gone"', "but there is none"),
        ('module_name = "gone.definitions"', "the module gone.definitions, which does not exist"),
    ],
)
def test_what_makes_no_sense_is_told(root: Path, text: str, sentence: str) -> None:
    (root / "defs" / "pyproject.toml").write_text(f"[tool.dbtree]\n{text}\n")
    with pytest.raises(ProjectError, match=sentence):
        find_project(root / "defs")
