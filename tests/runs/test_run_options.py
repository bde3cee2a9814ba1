"""The options of one run: the words that dbt gets, and what is said of a value that makes none."""

import pytest

from tests.runs.test_plan import SHOP
from tui.errors import SelectionError
from tui.runs.plan import RunPlan, Scope, plan_anew, plan_build
from tui.runs.run_options import (
    RunOptions,
    event_time_problem,
    missing_in,
    sample_problem,
    threads_problem,
    vars_problem,
)


def plan(*, checks_only: bool = False, without: frozenset[str] = frozenset(), **options) -> RunPlan:
    return plan_build(
        SHOP, (), Scope.ALL, checks_only=checks_only, without=without,
        options="--target prod --vars '{n: 1}' --threads 2", run_options=RunOptions(**options),
    )  # fmt: skip


SESSION = "--target prod --vars '{n: 1}' --threads 2"


def test_the_line_and_the_words_for_dbt_say_the_same():
    found = plan(empty=True, fail_fast=True, full_refresh=True)
    assert found.dbt_line == f"dbt build --full-refresh --empty --fail-fast {SESSION}"
    assert (found.full_refresh, found.flags) == (True, ("--empty", "--fail-fast"))


def test_a_sample_is_one_word():
    found = plan(sample="3 days")
    assert found.dbt_line == f"dbt build --sample '3 days' {SESSION}"
    assert found.flags == ("--sample", "3 days")


def test_threads_and_variables_stand_in_place_of_those_of_the_session():
    found = plan(threads=8, vars="{n: 2}")
    assert found.dbt_line == "dbt build --threads 8 --vars '{n: 2}' --target prod"
    assert (found.threads, found.vars, found.flags) == (8, "{n: 2}", ())


def test_event_times_need_both_ends():
    found = plan(event_start="2024-01-01", event_end="2024-01-03")
    assert found.flags == (
        "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03",
    )  # fmt: skip
    with pytest.raises(SelectionError, match="The event time has no end"):
        plan(event_start="2024-01-01")


def test_checks_have_no_options_of_builds():
    found = plan(checks_only=True, empty=True, sample="3 days", full_refresh=True, fail_fast=True)
    assert found.dbt_line == f"dbt test --fail-fast {SESSION}"
    assert (found.flags, found.full_refresh) == (("--fail-fast",), False)


def test_what_is_excluded_is_in_the_line_and_not_in_the_nodes():
    found = plan(exclude="b+ tag:x", without=frozenset({"b", "c", "same"}))
    assert found.nodes == ("a", "of_raw", "unique_a")
    assert found.dbt_line == f"dbt build --exclude b+ tag:x {SESSION}"
    everything = frozenset({*SHOP.assets, *SHOP.checks})
    with pytest.raises(SelectionError, match="--exclude \\* leaves nothing to run"):
        plan(exclude="*", without=everything)


def test_a_plan_that_is_made_again_keeps_its_options():
    found = plan(empty=True, threads=3, exclude="b", without=frozenset({"b", "same"}))
    other = SHOP.__class__(SHOP.assets, SHOP.checks, SHOP.macros)
    again = plan_anew(found, other)
    assert again.asked is not None
    assert again.asked.graph is other
    assert (again.nodes, again.dbt_line, again.flags, again.threads) == (
        found.nodes, found.dbt_line, found.flags, 3,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "3 days", "1 Hour", "{start: 2024-01-01, end: 2024-01-08}"])
def test_samples(text: str):
    assert sample_problem(text) == ""


@pytest.mark.parametrize("text", ["3", "days 3", "3 weeks", "{start: 2024-01-01}", "{", "-1 days"])
def test_what_is_no_sample(text: str):
    assert "write a number and a unit" in sample_problem(text)


def test_variables_are_a_mapping_of_yaml():
    assert [vars_problem(text) for text in ("", "{n: 2}", "n: 2", "{}")] == [""] * 4
    for text in ("{n: ", "n", "[1]", "3"):
        assert "Variables are YAML" in vars_problem(text)


def test_threads_are_counted():
    assert [threads_problem(text) for text in ("", "8")] == [""] * 2
    for text in ("0", "-1", "many", "1.5"):
        assert text in threads_problem(text)


def test_event_times():
    assert event_time_problem("2024-01-01", end="2024-01-02") == ""
    assert event_time_problem("2024-01-02 06:00:00", start="2024-01-02") == ""
    assert "is not a time" in event_time_problem("yesterday")
    assert "must start before it ends" in event_time_problem("2024-01-02", end="2024-01-02")
    assert "must start before it ends" in event_time_problem("2024-01-01", start="2024-01-02")


def test_an_option_that_this_dbt_does_not_have_says_which_has_it():
    assert missing_in("1.9.4", "sample") == "--sample needs dbt 1.10; this is dbt 1.9.4."
    assert [missing_in(v, "sample") for v in ("1.10.0", "1.11.16", "2.0.0-preview", "")] == [""] * 4
