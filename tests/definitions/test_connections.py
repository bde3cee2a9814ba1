"""Which target, profile and directory definitions name, and where they look for their project."""

from __future__ import annotations

import os

import pytest

from tests.definitions.written import fresh_modules, write
from tui.definitions.api import DbtProject, DefinitionError
from tui.definitions.connections import Connection, connection_at
from tui.definitions.host import Host, host, set_host
from tui.definitions.wrapped_projects import main as wrapped

SHOP = {"shop/dbt_project.yml": "name: shop\nprofile: shop\n", "shop/profiles.yml": "{}\n"}


@pytest.fixture(autouse=True)
def same_host():
    before = host()
    yield
    set_host(before)


def connection(directory, text, root="shop"):
    place = write(directory, {**SHOP, "defs.py": text})
    with fresh_modules():
        return connection_at(place, directory / root)


def test_a_projects_target_and_profile_are_told_and_a_resources_come_first(tmp_path):
    project = "from tui import *\nshop = DbtProject('shop', target='prod', profile='till')\n"
    assert connection(tmp_path, project) == Connection("prod", "till")
    both = f"{project}dbt = DbtCliResource(shop, target='ci')\n"
    assert connection(tmp_path, both) == Connection("ci", "till")


def test_only_a_profiles_directory_that_is_stated_is_told(tmp_path):
    (tmp_path / "profiles").mkdir()
    assert connection(tmp_path, "from tui import *\nDbtProject('shop')\n") == Connection()
    stated = "from tui import *\nDbtProject('shop', profiles_dir='profiles')\n"
    assert connection(tmp_path, stated).profiles_dir == str(tmp_path / "profiles")


def test_what_was_made_before_an_error_counts_and_other_projects_do_not(tmp_path):
    broken = "from tui import *\nDbtProject('shop', target='prod')\nraise SystemExit(3)\n"
    assert connection(tmp_path, broken) == Connection("prod")
    assert connection(tmp_path, broken, root="elsewhere") == Connection()


def test_a_relative_project_is_found_from_the_definitions_wherever_one_stands(
    tmp_path, monkeypatch
):
    place = write(
        tmp_path / "here", {**SHOP, "defs.py": "from tui import *\nDbtCliResource('shop')"}
    )
    monkeypatch.chdir(tmp_path)
    with fresh_modules():
        assert wrapped(str(place.root), place.module) == {
            "projects": [os.path.realpath(tmp_path / "here" / "shop")]
        }


def test_a_relative_project_is_found_from_the_working_directory_too(tmp_path, monkeypatch):
    write(tmp_path, SHOP)
    monkeypatch.chdir(tmp_path)
    set_host(Host())
    project = DbtProject("shop", target_path="out", state_path="state")
    assert project.project_dir == tmp_path / "shop"
    assert project.manifest_path == tmp_path / "shop" / "out" / "manifest.json"
    with pytest.raises(DefinitionError, match=f"{tmp_path}/other of a DbtProject does not exist.$"):
        DbtProject("other")
    assert project.state_path == tmp_path / "shop" / "state"
    with pytest.raises(DefinitionError, match=r"/nowhere of a DbtProject does not exist"):
        DbtProject("nowhere")


def test_all_places_where_a_relative_project_was_looked_for_are_named(tmp_path, monkeypatch):
    class Placed(Host):
        base = tmp_path / "here"

    monkeypatch.chdir(tmp_path)
    set_host(Placed())
    both = f"{tmp_path}/here/shop of a DbtProject .*neither does {tmp_path}/shop"
    with pytest.raises(DefinitionError, match=both):
        DbtProject("shop")


def test_packages_may_be_installed_elsewhere(tmp_path):
    write(tmp_path, {**SHOP, "shop/packages.yml": "packages: []\n", "shop/lib/x": ""})
    assert DbtProject(tmp_path / "shop").has_uninstalled_deps
    with (tmp_path / "shop/dbt_project.yml").open("a") as file:
        file.write("packages-install-path: lib  # ours\n")
    assert not DbtProject(tmp_path / "shop").has_uninstalled_deps


def test_a_component_that_is_left_out_says_why_no_project_is_found(tmp_path):
    files = {
        "defs.py": "from pathlib import Path\nimport dagster as dg\n@dg.definitions\ndef defs():\n"
        "    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)\n",
        "defs/dbt/defs.yaml": "type: dagster_dbt.DbtProjectComponent\nattributes:\n  project:\n"
        "    repo_url: https://example.com/shop\n",
    }
    place = write(tmp_path / "here", {**SHOP, **files})
    with fresh_modules():
        found = wrapped(str(place.root), place.module, "dagster")
    assert str(found["path"]).endswith("defs/dbt/defs.yaml")
    assert "clone https://example.com/shop, and name its directory" in str(found["problem"])
