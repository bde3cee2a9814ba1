"""A day with the demo project: from the first start, over edits and failures, to the next day."""

import re
from pathlib import Path

from tests.bench.projects import save
from tests.end_to_end.user import User, opens, rows_of
from tests.projects import DEMO, copy_project

MODEL = "models/marts/sales/customers.sql"
CUSTOMERS = len((DEMO / "seeds" / "raw_customers.csv").read_text("utf-8").splitlines()) - 1

BEFORE_DBT = re.compile(rb"\A(?:(?!watching).)*?customers", re.DOTALL)
"""The tree of the last time, painted before dbt has confirmed it, however late somebody looks."""


def test_a_project_that_dbt_never_parsed_opens_builds_and_is_there_the_next_day(
    tmp_path: Path,
) -> None:
    project = copy_project(DEMO, tmp_path / "shop")
    with opens(project) as user:
        user.sees_asset("raw_customers", "seed")
        user.sees_ready()
        user.goes_to("raw_customers")
        user.sees_asset("raw_customers", "never")
        user.presses("m")
        user.sees_asset("raw_customers", "fresh")
        user.sees_run("build raw_customers", "success")
        assert rows_of(project, "select count(*) from raw.raw_customers") == [(CUSTOMERS,)]
        user.goes_to("customers")
        save_changed(project / MODEL)
        user.sees_asset("customers", "✎")
        user.sees_ready()
        assert user.leaves() == 0
    with opens(project) as user:
        user.terminal.wait_for_bytes(BEFORE_DBT)
        user.sees_asset("customers", "never")
        user.presses("g")
        user.sees_asset("raw_customers", "fresh")
        user.sees_ready()
        user.sees_asset("raw_customers", "fresh")
        assert user.leaves() == 0


def test_everything_is_built_edited_broken_mended_and_checked(shop: Path) -> None:
    with opens(shop) as user:
        user.sees_ready()
        builds_everything(user, shop)
        sees_an_edit_and_builds_it(user, shop)
        breaks_a_model_and_mends_it(user, shop)
        runs_only_the_checks(user)
        looks_at_the_runs(user)
        assert user.leaves() == 0


def builds_everything(user: User, shop: Path) -> None:
    user.presses("M")
    user.sees_run("build all", "success")
    assert rows_of(shop, "select count(*) > 0 from marts.customers") == [(True,)]
    assert rows_of(shop, "select count(*) from raw.raw_customers") == [(CUSTOMERS,)]
    assert "never" not in user.top_line()


def sees_an_edit_and_builds_it(user: User, shop: Path) -> None:
    user.goes_to("customers")
    user.sees_asset("customers", "fresh")
    save_changed(shop / MODEL)
    user.sees_asset("customers", "stale", "SQL")
    user.presses("m")
    user.sees_asset("customers", "fresh")
    user.sees_run("build customers", "success")
    assert rows_of(shop, "select distinct lucky_number from marts.customers") == [(7,)]


def breaks_a_model_and_mends_it(user: User, shop: Path) -> None:
    file = shop / MODEL
    good = file.read_text("utf-8")
    save(file, good.replace("ref('orders')", "ref('no_such_model')"))
    user.sees("1 problem")
    user.sees("customers.sql:")
    assert user.row("customers"), "the last good tree stays"
    save(file, good.replace("lifetime_value", "sum(1 as lifetime_value", 1))
    user.sees_asset("customers", "stale", "SQL")
    user.sees_ready()
    user.presses("m")
    user.sees_asset("customers", "failed")
    user.sees("Parser Error")
    save(file, good)
    # What is saved later is not parsed earlier, and a new model is counted.
    save(file.with_name("saved_later.sql"), "select 1 as one\n")
    user.sees(lambda: "1 never" in user.top_line())
    user.sees_asset("customers", "failed")
    user.sees_ready()
    user.presses("m")
    user.sees_asset("customers", "fresh")


def runs_only_the_checks(user: User) -> None:
    user.presses("t")
    user.sees_run("test customers", "success")


def looks_at_the_runs(user: User) -> None:
    user.presses("2")
    user.sees(lambda: all(word in user.terminal.screen() for word in ("dbt build", "failed")))
    user.presses("enter")
    user.sees("Command")
    user.presses("escape")
    user.sees(lambda: user.pane("Runs"))
    user.presses("1")
    user.sees_asset("customers", "fresh")


def save_changed(file: Path) -> None:
    """Add a column to the model, as an editor saves it."""
    text = file.read_text("utf-8")
    save(file, text.replace("    customers.email,", "    customers.email,\n    7 as lucky_number,"))
