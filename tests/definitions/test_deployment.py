"""`dbtree project prepare-and-package`: the manifest and the copy of a project."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.definitions.written import write
from tui.cli.commands.project import prepare_and_package
from tui.definitions.deployment import package, prepare
from tui.definitions.projects import DbtProject

FILES = {
    "shop/dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "shop/profiles.yml": """
        shop:
          target: dev
          outputs: {dev: {type: duckdb, path: shop.duckdb}}
    """,
    "shop/models/orders.sql": "select 1 as id\n",
    "defs/__init__.py": "",
    "defs/project.py": """
        from pathlib import Path
        from tui import DbtProject
        HERE = Path(__file__).parent
        shop = DbtProject(HERE.parent / "shop", packaged_project_dir=HERE / "dbt-project")
    """,
}


@pytest.fixture
def root(tmp_path):
    write(tmp_path, FILES)
    return tmp_path


@pytest.mark.dbt
def test_it_makes_the_manifest_and_a_copy_with_it(root):
    assert prepare_and_package(str(root / "defs" / "project.py"), Path(sys.executable)) == 0
    packaged = root / "defs" / "dbt-project"
    manifest = json.loads((packaged / "target" / "manifest.json").read_bytes())
    assert "model.shop.orders" in manifest["nodes"]
    assert (packaged / "models" / "orders.sql").exists()
    # Outside `dbtree dev` the copy is the project now.
    assert DbtProject(root / "shop", packaged_project_dir=packaged).project_dir == packaged


def test_a_file_without_a_project_is_told(root, capfd):
    (root / "defs" / "other.py").write_text("x = 1\n")
    assert prepare_and_package(str(root / "defs" / "other.py"), Path(sys.executable)) == 2
    assert "This file has no DbtProject." in capfd.readouterr().err


def test_a_file_that_raises_is_told_with_its_line(root, capfd):
    (root / "defs" / "other.py").write_text("x = 1\nraise ValueError('no')\n")
    assert prepare_and_package(str(root / "defs" / "other.py"), Path(sys.executable)) == 2
    assert "other.py:2: ValueError: no" in capfd.readouterr().err


def test_a_copy_inside_the_project_does_not_hold_itself(root):
    project = DbtProject(root / "shop", packaged_project_dir=root / "shop" / "out" / "copy")
    project.manifest_path.parent.mkdir()
    project.manifest_path.write_text("{}")
    package(project)
    package(project)
    assert sorted(path.name for path in (root / "shop" / "out" / "copy").iterdir()) == [
        "dbt_project.yml", "models", "profiles.yml", "target",
    ]  # fmt: skip


@pytest.mark.dbt
def test_what_dbt_cannot_parse_ends_it(root):
    (root / "shop" / "models" / "orders.sql").write_text("select * from {{ ref('gone') }}\n")
    with pytest.raises(Exception, match="`dbt parse --quiet` failed"):
        prepare(DbtProject(root / "shop"))
