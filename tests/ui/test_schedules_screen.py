"""The schedules screen: on and off, ticks, what would run, run now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.ui import sample
from tests.ui.still import StillWorkspace
from tests.ui.user import User, opened
from tui.definitions.api import AutomationCondition
from tui.protocol.messages import DefinitionsLoaded, SensorEvaluated
from tui.protocol.sensors import SensorRow
from tui.schedules.service import ScheduleService
from tui.schedules.values import Tick
from tui.ui.commands import commands_of, conflicts
from tui.ui.screens.conditions import ConditionsScreen
from tui.ui.screens.schedules import SchedulesScreen
from tui.ui.widgets.schedule_lists import ScheduleListView, TickListView

SCOPES = {
    "schedules": SchedulesScreen,
    "schedule-list": ScheduleListView,
    "tick-list": TickListView,
    "conditions": ConditionsScreen,
}
TABLES = [
    {"name": "nightly", "cron": "0 2 * * *", "select": "orders", "timezone": "Europe/Berlin"},
    {"name": "weekly", "cron": "@weekly", "select": "tag:none", "description": "Once a week."},
]


def scheduled(tables: list[dict[str, Any]]) -> Any:
    """A still workspace with these schedules."""

    def prepare(workspace: StillWorkspace) -> None:
        project = workspace.state.project
        project.settings.preferences["schedules"] = tables  # type: ignore[index]
        workspace.schedules.clock = lambda: datetime.fromtimestamp(sample.NOW, UTC)
        workspace.schedules.look()

    return prepare


def service_of(user: User) -> ScheduleService:
    return user.workspace.schedules


def test_every_command_has_its_action_and_no_two_share_a_key() -> None:
    for scope, owner in SCOPES.items():
        for command in commands_of(scope):
            assert hasattr(owner, f"action_{command.action}"), command.id
    assert conflicts("schedules", "schedule-list") == []
    assert conflicts("schedules", "tick-list") == []


async def test_a_project_without_schedules_is_told_how_to_get_one(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=scheduled([])) as user:
        await user.presses("3")
        await user.sees("No schedules", "[[schedules]]")
        await user.presses("escape")
        await user.sees("Assets · lineage")


async def test_space_turns_a_schedule_on_and_off(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=scheduled(TABLES)) as user:
        await user.presses("3")
        await user.sees("2 schedules, 0 on for", "nightly", "At 02:00 every day (Europe/Berlin)")
        await user.presses("space")
        await user.waits_for(lambda: user.workspace.state.schedules.views[0].is_on)
        await user.waits_for(lambda: any("1 on for" in line for line in user.lines))
        await user.presses("space")
        await user.waits_for(lambda: any("0 on for" in line for line in user.lines))


async def test_the_ticks_are_listed_and_lead_to_their_runs(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=scheduled(TABLES)) as user:
        target, store = user.workspace.state.target, service_of(user)._store
        store.miss("nightly", target, [sample.NOW - 90_000])
        store.claim("nightly", target, sample.NOW - 3600)
        store.settle(Tick("nightly", target, sample.NOW - 3600, "run", "b77c"))
        service_of(user).look()
        await user.presses("3")
        await user.sees("missed", "b77c")
        await user.presses("enter", "enter")
        await user.waits_for(lambda: any("Run b77c" in line for line in user.lines))


async def test_it_says_what_a_schedule_would_run_and_runs_it(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=scheduled(TABLES)) as user:
        await user.presses("3", "P")
        await user.waits_for(
            lambda: any("dbt build --select orders" in line for line in user.lines)
        )
        await user.presses("m")
        await user.waits_for(lambda: bool(user.workspace.plans))
        assert user.workspace.plans[0].label == "nightly"
        await user.presses("j", "P")
        await user.waits_for(lambda: any("Once a week." in line for line in user.lines))


async def test_what_is_wrong_is_on_the_screen(tmp_path: Path) -> None:
    wrong = [*TABLES, {"name": "odd", "cron": "99 * * * *"}]
    async with opened(tmp_path, prepare=scheduled(wrong)) as user:
        await user.presses("3")
        await user.sees("Schedule odd: '99 * * * *' is not a cron expression")


# ---------------------------------------------------------------- sensors and conditions

FILES = SensorRow(
    "new_files", "sensor", 30, [["load", "orders", "", ""]], False, "Looks for files.",
    "/shop/sensors.py", 7,
)  # fmt: skip
ALL_CONDITIONS = SensorRow("conditions", "automation", 30, [], False, "", "", 0)


def sensing(*rows: SensorRow, **definitions: Any) -> Any:
    """A still workspace with these sensors."""

    def prepare(workspace: StillWorkspace) -> None:
        loaded = DefinitionsLoaded("defs", [], sensors=[list(row) for row in rows], **definitions)
        workspace.publish(definitions=loaded)
        workspace.schedules.clock = lambda: datetime.fromtimestamp(sample.NOW, UTC)
        workspace.schedules.look()

    return prepare


async def test_a_sensor_is_evaluated_by_hand_and_says_what_came_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=sensing(FILES)) as user:
        user.workspace.evaluated["new_files"] = SensorEvaluated(
            0, [["one.csv", "", [], "", {}]], cursor="one.csv", log=["info: 1 file"]
        )
        await user.presses("3")
        await user.sees("1 sensor, 0 on for", "new_files", "sensor · every 30s", "Looks for files.")
        await user.presses("m")
        await user.waits_for(lambda: bool(user.workspace.plans))
        plan = user.workspace.plans[0]
        assert (plan.label, dict(plan.tags)["dbtree/sensor_name"]) == ("load", "new_files")
        await user.sees("run", "cursor   one.csv")
        await user.presses("enter")
        await user.sees("info: 1 file")


async def test_a_sensor_that_fails_is_told_with_its_place(tmp_path: Path) -> None:
    async with opened(tmp_path, prepare=sensing(FILES)) as user:
        user.workspace.evaluated["new_files"] = SensorEvaluated(
            0, problem="ValueError: no", path="sensors.py", line=9
        )
        await user.presses("3", "m")
        await user.sees("sensors.py:9: ValueError: no")
        await user.presses("P")
        await user.sees("nothing was started")


async def test_why_a_condition_is_true_or_not_is_a_tree(tmp_path: Path) -> None:
    condition = AutomationCondition.missing() | AutomationCondition.any_deps_updated()
    rows = [[condition.row(), ["model.shop.orders", "model.shop.customers"]]]
    async with opened(tmp_path, prepare=sensing(ALL_CONDITIONS, conditions=rows)) as user:
        await user.presses("3", "m")
        await user.waits_for(lambda: bool(user.workspace.state.schedules.sensors[0].ticks))
        await user.presses("w")
        await user.sees("Conditions · 2 assets", "any of", "missing", "any_deps_updated")
        await user.presses("escape")
        await user.sees("Automation")
