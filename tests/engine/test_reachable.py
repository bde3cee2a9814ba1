"""What of another state a run on this target can read."""

from types import SimpleNamespace
from typing import Any

import pytest

from tui.engine.records.reachable import unreachable

HERE = ("shop.main.orders", "shop.other.orders", "elsewhere")


def on(adapter: str, **more: Any) -> Any:
    fields = {"type": adapter, "database": "shop", "remote": False, "attach": None, **more}
    return SimpleNamespace(**fields)


def test_a_file_that_is_not_opened_is_told_with_what_opens_it() -> None:
    words = unreachable(on("duckdb"), [*HERE, "prod.main.orders"])
    assert words.startswith("prod is a file that this target does not open")
    assert "{path: prod.duckdb, read_only: true}" in words


@pytest.mark.parametrize(
    ("credentials", "relation"),
    [
        (on("duckdb"), "SHOP.main.orders"),
        (on("duckdb", remote=True), "prod.main.orders"),
        (on("duckdb", attach=[SimpleNamespace(path="../x/prod.duckdb", alias=None)]), "prod.a.b"),
        (on("duckdb", attach=[SimpleNamespace(path="x.db", alias="Prod")]), "prod.a.b"),
        (on("postgres"), "shop.prod.orders"),
        (on("snowflake"), "prod.main.orders"),
    ],
)
def test_of_what_can_be_read_nothing_is_said(credentials: Any, relation: str) -> None:
    assert unreachable(credentials, [*HERE, relation]) == ""


def test_another_database_of_postgres_is_told() -> None:
    words = unreachable(on("postgres"), ["prod.main.orders"])
    assert words.startswith("prod is another database than shop, and postgres reads only one")
