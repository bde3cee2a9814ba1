"""Automation conditions on histories that are written here; the random ones are Dagster's test."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.graphs import asset, check, graph_of
from tests.schedules.scenarios import START, evaluated
from tui.definitions.api import AssetSelection, AutomationCondition, DefinitionError
from tui.graph import AssetGraph
from tui.graph.history import CheckResult, History, Materialization
from tui.protocol.records import Fingerprint
from tui.schedules.automation import (
    ConditionView,
    memory_of,
    memory_text,
    node_of,
    result_text,
)
from tui.schedules.condition_words import condition_lines
from tui.schedules.conditions import condition_of
from tui.schedules.evaluation import Memory, evaluate
from tui.schedules.freshness import freshness_state, policy_words
from tui.schedules.world import WHOLE, World

NOW = START.timestamp()
C = AutomationCondition


def built(key: str, at: float, run_id: str = "r", status: str = "success") -> Materialization:
    return Materialization(key, "dev", run_id, status, at, at, 0.0)


def history(**times: float) -> History:
    found = {key: built(key, at, f"r{key}") for key, at in times.items()}
    return History(built=found, latest=found)


class Ticks:
    """One asset's condition, tick by tick; what is remembered goes through its text."""

    def __init__(self, graph: AssetGraph, condition: AutomationCondition, target: str) -> None:
        self.graph, self.target = graph, target
        self.conditions = {target: condition_of(condition.row())}
        self.memory = Memory()

    def tick(self, past: History, now: float = NOW, **more) -> bool:
        world = World(self.graph, past, now, **more)
        done = evaluate(self.conditions, world, self.memory)
        self.memory = memory_of(memory_text(done.memory))
        assert self.memory == done.memory
        self.result = done.results[self.target]
        return bool(done.requested)


def test_eager_fires_when_something_upstream_is_updated_and_once():
    one = Ticks(graph_of("a -> b"), C.eager(), "b")
    assert not one.tick(history(a=1.0, b=2.0))
    assert one.tick(history(a=5.0, b=2.0))
    assert not one.tick(history(a=5.0, b=2.0))
    assert not one.tick(history(a=5.0, b=7.0))
    assert not one.tick(history(a=8.0, b=7.0), busy={"a": WHOLE})
    assert one.tick(history(a=8.0, b=7.0)), "it waits until nothing upstream is being made"


def test_a_run_that_makes_both_is_no_update_of_what_is_upstream():
    one = Ticks(graph_of("a -> b"), C.eager(), "b")
    one.tick(history(a=1.0, b=2.0))
    assert not one.tick(history(a=5.0, b=2.0), made_in={"ra": frozenset({"a", "b"})})


def test_sources_are_there_and_ephemeral_models_are_looked_through():
    graph = AssetGraph({
        "s": asset("s", resource_type="source"),
        "e": asset("e", ("s", "a"), materialized="ephemeral"),
        "a": asset("a"), "b": asset("b", ("e",)),
    }, {})  # fmt: skip
    one = Ticks(graph, C.eager(), "b")
    assert not one.tick(history(a=1.0, b=2.0))
    assert one.tick(history(a=1.0, b=2.0), loaded={"s": 9.0}), "its source was loaded"
    other = Ticks(graph, C.eager(), "b")
    other.tick(history(b=2.0))
    assert not other.tick(history(b=2.0), loaded={"s": 9.0}), "a is missing"


def test_a_relation_that_is_gone_is_missing_again():
    one = Ticks(graph_of("a"), C.on_missing(), "a")
    past = history(a=1.0)
    assert not one.tick(past)
    assert one.tick(replace(past, missing=frozenset({"a"})))


def test_the_blocking_checks_of_what_is_upstream_are_waited_for():
    graph = graph_of("a -> b")
    checks = {"c": check("c", "a"), "w": check("w", "a", severity="warn")}
    one = Ticks(AssetGraph(graph.assets, checks), C.all_deps_blocking_checks_passed(), "b")

    def result(status: str, at: float) -> CheckResult:
        return CheckResult("c", "dev", "x", status, at, 0.0)

    past = history(a=5.0)
    assert not one.tick(past)
    assert not one.tick(replace(past, checks={"c": result("fail", 6.0)}))
    assert not one.tick(replace(past, checks={"c": result("pass", 4.0)})), "of an older build"
    assert one.tick(replace(past, checks={"c": result("pass", 6.0)}))


def test_code_that_changes_fires_at_the_tick_after():
    one = Ticks(graph_of("a"), C.code_version_changed(), "a")
    past = history(a=1.0)
    assert not one.tick(past)
    changed = asset("a", fingerprint=Fingerprint(sql="other"))
    one.graph = AssetGraph({"a": changed}, {})
    assert one.tick(past)
    assert not one.tick(past)


def test_dependencies_are_narrowed_by_selections():
    condition = C.any_deps_updated().ignore(AssetSelection.keys("a"))
    one = Ticks(graph_of("a -> c, b -> c"), condition, "c")
    ignored = {'key:"a"': frozenset({"a"})}
    one.tick(history(a=1.0, b=1.0, c=1.0), selections=ignored)
    assert not one.tick(history(a=5.0, b=1.0, c=1.0), selections=ignored)
    assert one.tick(history(a=5.0, b=5.0, c=1.0), selections=ignored)


def test_windows_of_time_are_looked_at_one_by_one():
    assets = {
        "a": {"deps": [], "condition": "", "partitions": True},
        "b": {"deps": ["a"], "condition": "AutomationCondition.eager()", "partitions": True},
    }

    def run(at: int, day: str) -> dict:
        return {"what": "run", "at": at, "run": "1", "keys": ["a"], "failing": [],
                "partition": day}  # fmt: skip

    ticks = [
        {"at": 100, "events": []},
        {"at": 300, "events": [run(200, "2026-02-27")]},
        {"at": 500, "events": [run(400, "2026-02-28")]},
    ]
    found = evaluated({"assets": assets, "ticks": ticks})
    assert found == [{}, {}, {"b": ["2026-02-28"]}]


def test_a_condition_is_told_as_a_tree():
    one = Ticks(graph_of("a -> b"), C.eager(), "b")
    one.tick(history(a=1.0, b=2.0))
    one.tick(history(a=5.0, b=2.0))
    view = ConditionView("b", NOW, node_of(json.loads(result_text(one.result))))
    lines = condition_lines(view, lambda key: key.upper())
    said = {line.words: line.node.is_true for line in lines}
    assert (lines[0].depth, lines[0].words, lines[0].node.is_true) == (0, "eager", True)
    assert said["A: any of"]
    assert said["reset by: handled"] is False
    assert said["any_deps_missing"] is False
    one.tick(history(a=5.0, b=2.0))
    idle = ConditionView("b", NOW, node_of(json.loads(result_text(one.result))))
    assert [line.text for line in condition_lines(idle, str)][-3:] == [
        "  [-] not", "  [-] not", "  [-] not",
    ]  # fmt: skip


def test_conditions_are_built_and_changed_as_dagsters():
    both = C.missing() & ~C.in_progress() & C.newly_updated()
    assert [one.name for one in both.children] == ["missing", "NOT", "newly_updated"]
    assert len(both.without(C.missing()).children) == 2
    replaced = C.eager().replace("any_deps_missing", C.missing())
    assert C.missing() in replaced.children[2].children
    assert C.on_cron("0 6 * * *").get_label() == "on_cron(0 6 * * *, UTC)"
    with pytest.raises(DefinitionError, match="not a valid hour"):
        C.cron_tick_passed("0 66 * * *")
    with pytest.raises(DefinitionError, match="compares no data versions"):
        C.data_version_changed()  # type: ignore[attr-defined]
    with pytest.raises(DefinitionError, match="has no own ones"):
        type("Mine", (AutomationCondition,), {})


@pytest.mark.parametrize(
    ("policy", "age", "expected"),
    [
        ({"fail": 3600.0, "warn": 60.0}, 30.0, "passed"),
        ({"fail": 3600.0, "warn": 60.0}, 61.0, "warned"),
        ({"fail": 3600.0, "warn": None}, 3601.0, "failed"),
        ({"cron": "0 9 * * *", "timezone": "UTC", "within": 3600.0}, 15.9 * 3600, "passed"),
        ({"cron": "0 9 * * *", "timezone": "UTC", "within": 3600.0}, 16.1 * 3600, "failed"),
    ],
)
def test_an_asset_is_as_fresh_as_its_policy_says(policy, age, expected):
    assert freshness_state(policy, NOW - age, NOW) == expected
    assert freshness_state(policy, 0.0, NOW) == "unknown"


def test_a_policy_is_told_in_words_and_not_rounded():
    assert policy_words({"fail": 86400.0, "warn": 12 * 3600.0}) == "at most 1d old, warns from 12h"
    assert policy_words({"fail": 90.0, "warn": None}) == "at most 1m30s old"
    policy = {"cron": "0 9 * * *", "timezone": "UTC", "within": 5400.0}
    assert policy_words(policy) == "materialized within 1h30m before 0 9 * * * (UTC)"
