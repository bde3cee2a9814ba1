"""The main flows of selecting, understanding, planning and arming, each in the real program.

One start serves all of them: each begins where the one before left the project.
"""

from pathlib import Path

from tests.bench.projects import save
from tests.end_to_end.user import User, opens, rows_of

COHORTS = "models/marts/marketing/customer_cohorts.py"


def test_selecting_asking_why_planning_arming_and_looking_into_an_asset(shop: Path) -> None:
    with opens(shop, columns=170, rows=44) as user:
        user.sees_ready()
        selects_marks_and_materializes(user, shop)
        asks_why_and_builds_just_what_is_needed(user, shop)
        plans_and_runs_the_plan(user)
        arms_saves_and_sees_it_built(user, shop)
        looks_at_the_rows_of_an_asset(user)
        assert user.leaves() == 0


def selects_marks_and_materializes(user: User, shop: Path) -> None:
    user.presses("s+customers")  # at once: no letter goes astray
    user.sees(lambda: "s +customers" in user.terminal.row_with("+customers"))
    user.sees(lambda: "assets ·" in user.terminal.row_with("+customers"), said="the count")
    user.presses("enter")
    user.sees(lambda: "marked" in user.pane_title("Assets"))
    user.presses("m")
    user.sees_run("build", "success")
    assert rows_of(shop, "select count(*) > 0 from marts.customers") == [(True,)]
    user.presses("escape")
    user.sees(lambda: "marked" not in user.pane_title("Assets"))


def asks_why_and_builds_just_what_is_needed(user: User, shop: Path) -> None:
    user.goes_to("customers")
    user.sees_asset("customers", "fresh")
    file = shop / "models/staging/stg_customers.sql"
    save(file, file.read_text("utf-8").replace("select\n", "select\n    1 as one,\n", 1))
    user.sees_asset("customers", "stale")
    user.presses("w")
    user.sees("customers is stale: 1 root cause")
    user.sees("SQL changed")
    user.presses("m")
    user.sees_run("customers up to date", "success")
    user.sees_asset("customers", "fresh")


def plans_and_runs_the_plan(user: User) -> None:
    user.goes_to("customer_cohorts")
    user.sees_asset("customer_cohorts", "never")
    user.presses("P")
    user.sees("dbt build --select customer_cohorts")
    user.sees("Then stale")
    user.presses("d")
    user.sees("dbt build --select customer_cohorts+")
    user.presses("m")
    user.sees(lambda: "customer_cohorts+" not in user.terminal.row_with("dbt build --select"))
    user.presses("enter")
    user.sees_run("build customer_cohorts", "success")
    user.sees_asset("customer_cohorts", "fresh")


def arms_saves_and_sees_it_built(user: User, shop: Path) -> None:
    user.presses("a")
    user.sees("A save of customer_cohorts is parsed")
    user.presses("b")
    user.sees_asset("customer_cohorts", "↯build")
    file = shop / COHORTS
    save(
        file,
        file.read_text("utf-8").replace(
            "  select\n            cohort", "  select 7 as lucky_number,\n            cohort", 1
        ),
    )
    user.sees_asset("customer_cohorts", "↯build ✓", "fresh")
    assert rows_of(shop, "select distinct lucky_number from marts.customer_cohorts") == [(7,)]


def looks_at_the_rows_of_an_asset(user: User) -> None:
    user.goes_to("customers")
    user.presses("enter")
    user.sees("Materialized")
    for _ in range(4):
        user.presses("]")
    user.sees("a SQL condition")
    user.sees("neighbourhood")
    user.presses("/")
    user.presses("customer_id = 7")
    user.presses("enter")
    user.sees("where customer_id = 7")
    user.sees(lambda: "1 row " in user.terminal.screen())
    user.presses("escape")
    user.sees_asset("customers", "fresh")
