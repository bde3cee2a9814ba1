"""Histories for automation conditions, written as plain values, and what is requested in them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.graphs import asset
from tui.definitions.api import AssetSelection, AutomationCondition, DailyPartitionsDefinition
from tui.graph import AssetGraph
from tui.graph.history import History, Materialization, note_attempt
from tui.schedules.conditions import condition_of
from tui.schedules.evaluation import Memory, evaluate
from tui.schedules.world import World

START = datetime(2026, 3, 1, tzinfo=UTC)
DAILY = DailyPartitionsDefinition(start_date=START - timedelta(days=3))
NAMES = {"AutomationCondition": AutomationCondition, "AssetSelection": AssetSelection}
CONDITIONS = [
    "AutomationCondition.eager()",
    "AutomationCondition.on_cron('0 */6 * * *')",
    "AutomationCondition.on_cron('0 0 * * *', 'Europe/Berlin')",
    "AutomationCondition.on_missing()",
    "AutomationCondition.missing() & ~AutomationCondition.in_progress()",
    "AutomationCondition.execution_failed().newly_true()",
    "AutomationCondition.any_deps_updated() | AutomationCondition.newly_missing()",
    "AutomationCondition.any_deps_match(AutomationCondition.newly_updated()).since("
    "AutomationCondition.newly_updated())",
    "AutomationCondition.eager().replace("
    "'any_deps_missing', AutomationCondition.execution_failed())",
    "AutomationCondition.all_deps_match(AutomationCondition.newly_updated().since("
    "AutomationCondition.cron_tick_passed('0 */3 * * *')))",
    "AutomationCondition.eager().ignore(AssetSelection.keys('a'))",
    "AutomationCondition.on_cron('0 */6 * * *').allow(AssetSelection.keys('a', 'b'))",
    "AutomationCondition.asset_matches('a', AutomationCondition.newly_updated())",
    "AutomationCondition.cron_tick_passed('0 */2 * * *').since_last_handled() & "
    "~AutomationCondition.any_deps_in_progress()",
    "AutomationCondition.initial_evaluation() | AutomationCondition.newly_requested()",
]


def random_scenario(choose: random.Random) -> dict[str, Any]:
    """Some assets with conditions, and some ticks with runs between them."""
    keys = ["a", "b", "c", "d", "e"][: choose.randint(2, 5)]
    partitioned = choose.random() < 0.3
    assets = {
        key: {
            "deps": [one for one in keys[:place] if choose.random() < 0.6],
            "condition": choose.choice(CONDITIONS) if choose.random() < 0.8 else "",
            "partitions": partitioned and choose.random() < 0.8,
        }
        for place, key in enumerate(keys)
    }
    ticks, at = [], 0
    going: dict[str, list[str]] = {}
    for number in range(choose.randint(4, 12)):
        events = []
        for _ in range(choose.choice([0, 0, 1, 1, 2])):
            at += choose.randint(60, 5_000)
            chosen = [key for key in keys if choose.random() < 0.5]
            with_partitions = choose.random() < 0.7
            chosen = [key for key in chosen if assets[key]["partitions"] == with_partitions] or [
                key for key in keys if assets[key]["partitions"] == with_partitions
            ][:1]
            if not chosen:
                continue
            what = "run" if with_partitions else choose.choice(["run", "run", "begin", "cancel"])
            if what == "cancel":
                if not going:
                    continue
                run, busy = going.popitem()
                events.append({"what": "cancel", "at": at, "run": run, "keys": busy})
                continue
            if what == "begin":
                if any(set(chosen) & set(busy) for busy in going.values()):
                    continue
                going[str(number)] = chosen
            elif any(set(chosen) & set(busy) for busy in going.values()):
                continue
            day = START + timedelta(seconds=at) - timedelta(days=choose.choice([1, 1, 2]))
            events.append({
                "what": what, "at": at, "run": str(number), "keys": chosen,
                "failing": [key for key in chosen if choose.random() < 0.2],
                "partition": day.strftime("%Y-%m-%d") if with_partitions else "",
            })  # fmt: skip
        at += choose.randint(1_000, 20_000)
        ticks.append({"at": at, "events": events})
    return {"assets": assets, "ticks": ticks}


class _Past:
    """The history that the events of a scenario leave."""

    def __init__(self, assets: dict[str, Any]) -> None:
        self.assets = assets
        self.history = History()
        self.busy: dict[str, list[str]] = {}
        self.runs: dict[str, frozenset[str]] = {}

    def take(self, event: dict[str, Any]) -> None:
        if event["what"] == "begin":
            self.busy[event["run"]] = event["keys"]
        elif event["what"] == "cancel":
            del self.busy[event["run"]]
        else:
            self._run(event)

    def _run(self, event: dict[str, Any]) -> None:
        run_id, at = f"r{event['at']}", START.timestamp() + event["at"]
        self.runs[run_id] = frozenset(event["keys"])
        built, latest = dict(self.history.built), dict(self.history.latest)
        partitions = dict(self.history.partitions)
        bad: set[str] = set()
        for key in sorted(event["keys"]):
            is_skipped = bool(bad & set(self.assets[key]["deps"]))
            status = "skipped" if is_skipped else "success"
            status = "error" if key in event["failing"] and not is_skipped else status
            if status != "success":
                bad.add(key)
            made = Materialization(key, "dev", run_id, status, at, at, 0.0)
            latest[key] = made
            if status == "success":
                built[key] = made
            if event["partition"]:
                known = dict(partitions.get(key) or {})
                note_attempt(known, [event["partition"]], made)
                partitions[key] = known
        self.history = replace(self.history, built=built, latest=latest, partitions=partitions)

    def world(self, graph: AssetGraph, now: float, selections: dict[str, frozenset[str]]) -> World:
        busy = {key: frozenset({""}) for keys in self.busy.values() for key in keys}
        return World(graph, self.history, now, busy, self.runs, selections=selections)


def evaluated(scenario: dict[str, Any]) -> list[dict[str, list[str]]]:
    """What each tick of a scenario requests."""
    row = DAILY.row(None)
    graph = AssetGraph({
        key: asset(key, tuple(said["deps"]), key=key, partitions=row if said["partitions"] else "")
        for key, said in scenario["assets"].items()
    }, {})  # fmt: skip
    conditions = {
        key: condition_of(eval(said["condition"], NAMES).row())
        for key, said in scenario["assets"].items()
        if said["condition"]
    }
    selections = {
        text: frozenset(text.replace('key:"', "").replace('"', "").split(" or "))
        for one in conditions.values()
        for text in one.selections()
    }
    past, memory, found = _Past(scenario["assets"]), Memory(), []
    for tick in scenario["ticks"]:
        for event in tick["events"]:
            past.take(event)
        now = START.timestamp() + tick["at"]
        done = evaluate(conditions, past.world(graph, now, selections), memory)
        memory = done.memory
        found.append({
            key: sorted(one or "None" for one in subset) for key, subset in done.requested.items()
        })  # fmt: skip
    return found
