"""Finding the project and its settings."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tui.errors import ProjectError
from tui.project.project import find_project, read_names
from tui.project.settings import user_file


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "shop"
    (root / "models" / "staging").mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: 'shop'\nversion: 1.0\nprofile: till # ours\n")
    (root / ".git").mkdir()
    return root


def open_shop(path, flags=None, **environment):
    return find_project(path, flags, {"HOME": str(Path(path).anchor), **environment})


def test_a_project_is_found_from_anywhere_inside_it(shop):
    model = shop / "models" / "staging" / "stg.sql"
    model.write_text("select 1")
    for inside in (shop, shop / "models" / "staging", model):
        project = open_shop(inside)
        assert (project.root, project.name, project.profile) == (shop, "shop", "till")


def test_inside_an_installed_package_the_project_that_installed_it_is_meant(shop):
    package = shop / "dbt_packages" / "utils"
    (package / "models").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("name: utils\n")
    assert open_shop(package / "models").root == shop


def test_a_package_on_its_own_is_a_project(tmp_path):
    package = tmp_path / "dbt_packages" / "utils"
    package.mkdir(parents=True)
    (package / "dbt_project.yml").write_text("name: utils\n")
    assert open_shop(package).root == package


def test_without_a_project_the_error_names_the_place_and_one_below_it(shop, monkeypatch):
    monkeypatch.chdir(shop.parent)
    with pytest.raises(ProjectError) as caught:
        open_shop(".")
    assert str(shop.parent) in caught.value.message
    assert "--project-dir shop" in caught.value.hint


def test_above_the_project_of_a_dagster_project_the_way_in_is_told(shop):
    toml = '[tool.dagster]\nmodule_name = "orders"\n'
    (shop.parent / "pyproject.toml").write_text(toml)
    with pytest.raises(ProjectError) as caught:
        open_shop(shop.parent, {"dagster": False})
    assert "`--dagster` opens it" in caught.value.hint


def test_a_path_that_does_not_exist_is_said_to(shop):
    with pytest.raises(ProjectError, match="does not exist"):
        open_shop(shop / "nowhere")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: shop", "shop"),
        ('name:   "shop"  # a comment', "shop"),
        ("# name: other\nname: 'my shop'\n", "my shop"),
        ("models:\n  name: inner\nname: shop\r\n", "shop"),
        ("models:\n  name: inner\n", None),
        ("\x00\xff: [", None),
    ],
)
def test_the_name_is_read_without_yaml(tmp_path, text, name):
    path = tmp_path / "dbt_project.yml"
    path.write_text(text)
    assert read_names(path).get("name") == name


def test_a_project_whose_file_says_no_name_is_called_like_its_directory(shop):
    (shop / "dbt_project.yml").write_text("{{{ not yaml")
    assert open_shop(shop).name == "shop"


def test_a_flag_wins_over_the_environment_over_the_project_over_the_user(shop, tmp_path):
    user = tmp_path / "config" / "dbtree" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text('target = "from_user"\nthreads = 2\nprofile = "from_user"\n')
    (shop / "pyproject.toml").write_text(
        '[tool.dbtree]\ntarget = "from_project"\nprofile = "from_project"\n'
        'vars = {day = "monday"}\n'
    )
    project = open_shop(
        shop,
        {"target": "from_flag"},
        DBTREE_TARGET="from_environment",
        DBTREE_PROFILE="from_environment",
        XDG_CONFIG_HOME=str(tmp_path / "config"),
    )
    assert project.target == "from_flag"
    assert project.profile == "from_environment"
    assert project.vars == '{"day": "monday"}'
    assert project.threads == 2
    origins = {setting.name: setting.origin for setting in project.settings}
    assert origins["target"] == "--target"
    assert origins["profile"] == "DBTREE_PROFILE"
    assert origins["vars"] == str(shop / "pyproject.toml")
    assert origins["threads"] == str(user)
    assert origins["readonly"] == "default"


def test_dbtree_toml_wins_over_pyproject_and_the_nearest_file_over_those_above(shop):
    inner = shop / "transform"
    inner.mkdir()
    (inner / "dbt_project.yml").write_text("name: inner\n")
    (shop / "dbtree.toml").write_text('target = "above"\nprofile = "above"\nthreads = 3')
    (inner / "pyproject.toml").write_text('[tool.dbtree]\ntarget = "beside"\nprofile = "beside"')
    (inner / "dbtree.toml").write_text('target = "nearest"')
    project = open_shop(inner)
    assert (project.target, project.profile, project.threads) == ("nearest", "beside", 3)


def test_configuration_above_the_git_repository_is_not_read(shop):
    (shop.parent / "dbtree.toml").write_text('target = "foreign"')
    assert open_shop(shop).target == ""


def test_paths_are_relative_to_where_they_are_written(shop, monkeypatch, tmp_path):
    (shop / "dbtree.toml").write_text('profiles-dir = "conf"\nstate_dir = "~/state"')
    monkeypatch.setenv("HOME", str(tmp_path))
    project = open_shop(shop)
    assert project.profiles_dir == shop / "conf"
    assert project.state_dir == tmp_path / "state"
    monkeypatch.chdir(tmp_path)
    assert open_shop(shop, {"state_dir": "here"}).state_dir == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target = [", "not valid TOML"),
        ("target = 3", "target in .* must be a string"),
        ('threads = "many"', "positive whole number"),
        ("threads = true", "positive whole number"),
        ('readonly = "maybe"', "true or false"),
        ('notify_after = "soon"', "a number of seconds or never"),
        ("notify_after = -1", "a number of seconds or never"),
        ("notify_after = true", "a number of seconds or never"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_its_file(shop, text, said):
    (shop / "dbtree.toml").write_text(text)
    with pytest.raises(ProjectError, match=said) as caught:
        open_shop(shop)
    assert str(shop / "dbtree.toml") in caught.value.message


def test_what_is_recorded_can_be_turned_off_anywhere(shop):
    assert open_shop(shop).records_rows
    assert not open_shop(shop, {"record_rows": "false"}).records_rows
    assert not open_shop(shop, DBTREE_RECORD_ROWS="0").records_rows
    (shop / "dbtree.toml").write_text("record_rows = false\n")
    assert not open_shop(shop).records_rows
    assert open_shop(shop, DBTREE_RECORD_ROWS="1").records_rows


def test_from_how_long_a_run_on_its_end_is_told_is_a_setting(shop):
    assert open_shop(shop).notify_after == 30.0
    assert open_shop(shop, {"notify_after": "1.5"}).notify_after == 1.5
    assert open_shop(shop, DBTREE_NOTIFY_AFTER="never").notify_after is None
    (shop / "dbtree.toml").write_text("notify_after = 0\nterminal_title = false\n")
    assert open_shop(shop).notify_after == 0.0
    assert not open_shop(shop).has_terminal_title
    assert open_shop(shop, DBTREE_TERMINAL_TITLE="1").has_terminal_title


@pytest.mark.parametrize(("word", "readonly"), [("1", True), ("true", True), ("0", False)])
def test_readonly_is_understood_from_the_environment(shop, word, readonly):
    assert open_shop(shop, DBTREE_READONLY=word).readonly is readonly


def test_an_empty_variable_of_the_environment_sets_nothing(shop):
    project = open_shop(shop, DBTREE_TARGET="", DBTREE_THREADS="")
    assert not project.settings["target"].is_set
    assert project.threads == 0


def test_other_keys_are_kept_as_preferences(shop):
    (shop / "dbtree.toml").write_text('theme = "light"\n[keys]\nmaterialize = "x"')
    assert open_shop(shop).settings.preferences == {
        "theme": "light",
        "keys": {"materialize": "x"},
    }


def test_the_options_are_those_of_a_dbt_line_and_only_what_was_set(shop):
    assert open_shop(shop).options == ""
    flags = {"target": "prod", "vars": "{day: 1}", "threads": 8}
    assert open_shop(shop, flags).options == "--target prod --vars '{day: 1}' --threads 8"


def test_the_options_of_definitions_stand_behind_those_that_were_set(shop):
    defined = {"target": "prod", "profile": "till", "profiles_dir": "/etc/dbt"}
    project = replace(open_shop(shop), defined=defined)
    assert project.options == "--profile till --target prod --profiles-dir /etc/dbt"
    project = replace(open_shop(shop, {"target": "dev"}), defined={"profile": "till"})
    assert project.options == "--profile till --target dev"


def test_the_state_directory_is_ignored_by_git(shop):
    state = open_shop(shop).prepare_state_dir()
    assert state == shop / ".dbtree"
    assert (state / ".gitignore").read_text() == "*\n"


def test_a_state_directory_that_cannot_be_made_is_one_sentence(shop):
    (shop / ".dbtree").write_text("a file in the way")
    with pytest.raises(ProjectError, match=r"State cannot be kept in .*\.dbtree"):
        open_shop(shop).prepare_state_dir()


def test_the_users_file_lies_where_xdg_says():
    assert user_file({"HOME": "/home/me"}) == Path("/home/me/.config/dbtree/config.toml")
    assert user_file({"XDG_CONFIG_HOME": "/xdg"}) == Path("/xdg/dbtree/config.toml")


def test_projects_with_the_same_settings_are_equal(shop):
    assert open_shop(shop) == open_shop(os.path.join(shop, "models"))
