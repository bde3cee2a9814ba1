"""What is read of a project without dbt: its profile, its directories, its variables."""

from pathlib import Path
from typing import Any

import pytest

from tui.engine.command.project_files import ProjectFiles
from tui.engine.process.secrets import database_of, is_single_writer, scrubber
from tui.engine.records.keyed_digests import KeyedDigests
from tui.protocol.messages import Open

PROFILES = """
shop:
  target: "{{ env_var('SHOP_TARGET', 'dev') }}"
  outputs:
    dev: {type: duckdb, path: shop.duckdb, threads: 4}
    prod:
      type: postgres
      host: "{{ env_var('SHOP_HOST') }}"
      password: "{{ env_var('SHOP_PASSWORD') }}"
      threads: "{{ env_var('SHOP_THREADS', '8') | as_number }}"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DBT_PROFILES_DIR", "DBT_TARGET", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dbt_project.yml").write_text(
        "name: shop\nprofile: shop\nmodel-paths: [sql]\nvars: {days: 7, kit: {days: 1}}\n"
    )
    (tmp_path / "profiles.yml").write_text(PROFILES)
    kit = tmp_path / "dbt_packages" / "kit"
    kit.mkdir(parents=True)
    (kit / "dbt_project.yml").write_text("name: kit\nvars: {days: 2, weeks: 3}\n")
    return tmp_path


def opened(root: Path, **options: Any) -> ProjectFiles:
    return ProjectFiles(Open(0, str(root), str(root / ".dbtree"), **options))


def test_profile_and_target_are_those_that_dbt_takes(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = opened(shop)
    assert (files.profile_name, files.target_name, files.threads) == ("shop", "dev", 4)
    assert (files.credentials.type, database_of(files.credentials)) == ("duckdb", "shop.duckdb")
    assert is_single_writer(files.credentials)
    monkeypatch.setenv("SHOP_TARGET", "prod")
    assert opened(shop).target_name == "prod"
    assert opened(shop, target="dev").target_name == "dev"


def test_a_variable_that_only_the_command_knows_stays_as_it_is_written(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    files = opened(shop, target="prod")
    assert scrubber(files.credentials)("None of it is secret.") == "None of it is secret."
    assert files.credentials.type == "postgres"


def test_what_is_secret_in_the_profile_is_masked(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter22")
    monkeypatch.setenv("SHOP_HOST", "db.example")
    files = opened(shop, target="prod")
    assert (files.threads, files.credentials.host) == (8, "db.example")
    assert not is_single_writer(files.credentials)
    assert scrubber(files.credentials)("it is hunter22") == "it is *****"


@pytest.mark.parametrize("text", ["shop: [", "other: {}", "shop: 1", "shop: {outputs: 2}"])
def test_a_profile_that_cannot_be_read_is_no_error_of_ours(shop: Path, text: str) -> None:
    (shop / "profiles.yml").write_text(text)
    files = opened(shop)
    files.adapter = "snowflake"
    assert (files.target_name, files.credentials.type, files.threads) == ("default", "snowflake", 1)


def test_directories_are_those_of_the_project_and_its_packages(shop: Path) -> None:
    watched = opened(shop).watched
    assert {"sql", "macros", "dbt_packages/kit/models"} <= set(watched)
    assert "models" not in watched


def test_variables_are_looked_for_in_dbts_order(shop: Path) -> None:
    def values(files: ProjectFiles) -> list[Any]:
        found = files.values(KeyedDigests(shop / ".dbtree"))
        return [found.raw_variable(*place) for place in
                (("shop", "days"), ("kit", "days"), ("kit", "weeks"))]  # fmt: skip

    assert values(opened(shop)) == [7, 1, 3]
    assert values(opened(shop, vars="{days: 9}")) == [9, 9, 3]


def test_it_is_the_same_project_while_nothing_that_counts_was_written(shop: Path) -> None:
    before = opened(shop)
    assert before == opened(shop)
    assert before != opened(shop, vars="{days: 9}")
    (shop / "dbt_packages/kit/dbt_project.yml").write_text("name: kit\nvars: {days: 5}\n")
    assert before.packages  # as it was read
    assert before != opened(shop)
