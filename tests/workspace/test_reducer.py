"""The state that follows from each report, as plain values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.graphs import asset, graph_of
from tui.engine_client.listener import ParseOutcome
from tui.graph import AssetGraph, GraphChanges, Problem, Status
from tui.project.project import Project
from tui.protocol.messages import EngineReady, ParseProgress
from tui.protocol.records import DbtWarning
from tui.runs.plan import RunPlan
from tui.runs.values import History, Run
from tui.workspace import reducer
from tui.workspace.state import WorkspaceState

GRAPH = graph_of("a -> b -> c")
PROBLEM = Problem("jinja", "unexpected end of template", "models/a.sql", 3)
NOW = 1_000_000.0
WARNING = DbtWarning("CustomKeyInObjectDeprecation", "deprecated")
PARSING = "parsing"
FACTS = EngineReady(
    python="python", python_version="3.12", dbt_version="1.11", adapter="duckdb",
    adapter_version="1.10", project="shop", profile="shop", target="dev", threads=4,
    profiles_dir="/p", single_writer=True, packages={}, watched=[], shortcuts=[],
)  # fmt: skip


@pytest.fixture
def fresh() -> WorkspaceState:
    """Nothing is known yet."""
    return WorkspaceState(Project(Path("/p"), "shop"))


@pytest.fixture
def parsed(fresh: WorkspaceState) -> WorkspaceState:
    """dbt has parsed the project."""
    ready = reducer.engine_ready(reducer.engine_starting(fresh, restart=False), FACTS)
    loaded = reducer.graph_loaded(ready, GRAPH, ParseOutcome(elapsed=1.5))
    return reducer.with_statuses(loaded, {})


def test_an_engine_starts_parses_and_is_ready(fresh: WorkspaceState) -> None:
    starting = reducer.engine_starting(fresh, restart=False)
    ready = reducer.engine_ready(starting, FACTS)
    under_way = reducer.parse_progressed(ready, ParseProgress(10, 100, PARSING))
    done = reducer.graph_loaded(under_way, GRAPH, ParseOutcome((), (WARNING,), 1.5))
    assert [state.phase for state in (starting, ready, under_way, done)] == [
        "starting", "parsing", "parsing", "ready",
    ]  # fmt: skip
    assert (under_way.progress, done.progress) == (ParseProgress(10, 100, PARSING), None)
    assert [state.can_start for state in (starting, ready, under_way, done)] == [False] * 3 + [True]
    assert (done.graph, done.warnings, done.parsed_in) == (GRAPH, (WARNING,), 1.5)
    assert ready.target == "dev"


def test_a_new_engine_has_parsed_nothing_though_the_graph_stays(parsed: WorkspaceState) -> None:
    asked = reducer.engine_restarting(parsed)
    started = reducer.engine_starting(asked, restart=True)
    assert (asked.phase, started.phase) == ("restarting", "restarting")
    assert started.graph is GRAPH
    assert started.is_confirmed
    assert not started.can_start


def test_what_an_edit_says_itself_shows_while_dbt_parses(
    fresh: WorkspaceState, parsed: WorkspaceState
) -> None:
    changes = GraphChanges((asset("b", ("a",), line=7),))
    parsing = reducer.parse_began(replace(parsed, problems=(PROBLEM,)))
    seen = reducer.edit_seen(parsing, changes, NOW)
    assert seen.graph.assets["b"].line == 7
    assert seen.edited == {"b": NOW}
    assert (seen.phase, seen.problems, seen.parsed_in) == ("reparsing", (PROBLEM,), 1.5)
    assert reducer.edit_seen(fresh, changes, NOW) is fresh, "no graph of dbt's to change"


def test_a_provisional_graph_replaces_only_an_empty_one(
    fresh: WorkspaceState, parsed: WorkspaceState
) -> None:
    guess = graph_of("a -> z")
    assert reducer.graph_guessed(fresh, guess).graph is guess
    assert not reducer.graph_guessed(fresh, guess).is_confirmed
    assert reducer.graph_guessed(parsed, guess) is parsed


def test_a_parse_that_fails_keeps_the_last_good_graph(parsed: WorkspaceState) -> None:
    began = reducer.parse_began(parsed)
    failed = reducer.parse_failed(
        reducer.parse_progressed(began, ParseProgress(1, 2, PARSING)), (PROBLEM,)
    )
    assert began.phase == "reparsing"
    assert (failed.phase, failed.problems, failed.progress) == ("ready", (PROBLEM,), None)
    assert failed.graph is GRAPH
    healed = reducer.graph_changed(failed, GraphChanges(), ParseOutcome(), NOW)
    assert healed.problems == ()


def test_a_first_parse_that_fails_confirms_nothing(fresh: WorkspaceState) -> None:
    failed = reducer.parse_failed(reducer.engine_ready(fresh, FACTS), (PROBLEM,))
    assert failed.phase == "ready"
    assert not failed.is_confirmed
    assert not failed.can_start


@pytest.mark.parametrize("phase", ["starting", "parsing", "restarting", "gone"])
def test_a_save_changes_the_phase_of_nothing_but_a_ready_engine(
    parsed: WorkspaceState, phase: str
) -> None:
    state = replace(parsed, phase=phase)
    assert reducer.parse_began(state) is state


def test_problems_of_definitions_stand_beside_a_good_graph(parsed: WorkspaceState) -> None:
    outcome = ParseOutcome((PROBLEM,))
    for state in (
        reducer.graph_loaded(parsed, GRAPH, outcome),
        reducer.graph_changed(parsed, GraphChanges(), outcome, NOW),
    ):
        assert state.problems == (PROBLEM,)
        assert state.can_start


def test_an_edit_changes_the_graph_and_is_marked_for_a_while(parsed: WorkspaceState) -> None:
    first = reducer.graph_changed(
        parsed, GraphChanges((asset("b", ("a",)),)), ParseOutcome(elapsed=0.1), NOW
    )
    later = NOW + reducer.EDIT_SHOWN - 1
    second = reducer.graph_changed(
        first, GraphChanges((asset("d", ("c",)),), removed=frozenset({"a"})), ParseOutcome(), later
    )
    third = reducer.graph_changed(second, GraphChanges(), ParseOutcome(), later + 2)
    assert first.edited == {"b": NOW}
    assert first.parsed_in == 0.1
    assert second.edited == {"b": NOW, "d": later}
    assert set(second.graph.assets) == {"b", "c", "d"}
    assert third.edited == {"d": later}


def test_changes_are_no_changes_of_a_graph_that_dbt_has_not_confirmed(
    parsed: WorkspaceState,
) -> None:
    remembered = replace(parsed, is_confirmed=False, edited={"c": NOW})
    whole = GraphChanges((asset("x"), asset("y", ("x",))))
    state = reducer.graph_changed(remembered, whole, ParseOutcome(), NOW)
    assert set(state.graph.assets) == {"x", "y"}
    assert state.is_confirmed
    assert state.edited == {"c": NOW}, "what is new to us was not edited"
    assert reducer.changed_nodes(remembered, whole) is None


def test_an_edit_names_the_nodes_whose_status_it_may_change(parsed: WorkspaceState) -> None:
    changes = GraphChanges((asset("b", ("a",)),))
    changed = reducer.changed_nodes(parsed, changes)
    assert changed is not None
    assert "b" in changed
    assert "a" not in changed


def test_an_engine_that_is_gone_says_why(parsed: WorkspaceState) -> None:
    gone = reducer.engine_gone(
        reducer.parse_progressed(parsed, ParseProgress(1, 2, PARSING)), PROBLEM
    )
    assert (gone.phase, gone.problems, gone.progress) == ("gone", (PROBLEM,), None)
    assert not gone.can_start


def test_runs_and_what_waits_are_taken_in_together(parsed: WorkspaceState) -> None:
    run, history = Run("r1", "running", "dbt build"), History()
    plan = RunPlan("r2", "build", (), "all", "dbt build")
    state = reducer.runs_changed(parsed, runs=(run,), queue=(), starting=plan, history=history)
    assert (state.runs, state.queue, state.starting) == ((run,), (), "r2")
    assert state.history is history
    assert state.is_busy
    assert state.active is run


def test_another_target_is_unconfirmed_and_shows_the_graph_known_of_it(
    parsed: WorkspaceState,
) -> None:
    other = graph_of("a -> q")
    state = replace(parsed, problems=(PROBLEM,), edited={"a": NOW})
    known, unknown = reducer.target_changed(state, other), reducer.target_changed(state, None)
    assert known.graph is other
    assert unknown.graph is GRAPH
    for each in (known, unknown):
        assert (each.is_confirmed, each.problems, each.edited) == (False, (), {})


def test_an_empty_graph_that_is_known_is_not_taken_for_none(parsed: WorkspaceState) -> None:
    empty = AssetGraph()
    assert reducer.target_changed(parsed, empty).graph is empty


def test_statuses_follow_from_graph_history_and_what_the_runs_do(parsed: WorkspaceState) -> None:
    assert {status.status for status in parsed.statuses.values()} == {Status.NEVER}
    activity = {"b": ("queued", NOW, "r1")}
    whole = reducer.with_statuses(parsed, activity)
    partly = reducer.with_statuses(parsed, activity, set(), ["b"])
    for state in (whole, partly):
        assert state.statuses["b"].status is Status.QUEUED
        assert state.statuses["a"].status is Status.NEVER
    assert parsed.statuses["b"].status is Status.NEVER, "a state that was published never changes"
