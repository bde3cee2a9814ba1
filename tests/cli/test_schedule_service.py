"""`dbtree schedules run --status`: how the service is, by its words and exit code."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.cli import console
from tui.cli.commands.schedule_service import _Teller, status
from tui.project.project import Project, find_project
from tui.protocol.schedules import ScheduleRow
from tui.protocol.sensors import SensorRow
from tui.schedules.instance import ServiceRecord, only_instance, own_record, write_record
from tui.schedules.sensor_values import Sensor, SensorTick, SensorView
from tui.schedules.values import Schedule, Tick
from tui.schedules.views import Schedules, ScheduleView
from tui.workspace.state import WorkspaceState


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    found = find_project(tmp_path)
    found.prepare_state_dir()
    return found


def test_none_runs(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(project, as_json=False) == console.COULD_NOT
    assert "does not run" in capsys.readouterr().err


def test_one_runs_well_and_another_cannot_tick(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    state_dir, now = project.state_dir, time.time()
    with only_instance(state_dir, "dev"), only_instance(state_dir, "prod"):
        write_record(state_dir, own_record("dev", now - 60, problem="", on=3))
        assert status(project, as_json=False) == console.OK
        assert capsys.readouterr().out.startswith("dev: runs well, 3 on (process ")
        write_record(state_dir, own_record("dev", now, problem="", on=None))
        assert status(project, as_json=False) == console.OK
        assert capsys.readouterr().out.startswith("dev: is starting (process ")
        write_record(state_dir, own_record("prod", now, problem="no such ref", on=1))
        assert status(project, as_json=True) == console.FAILED
        told = {one["target"]: one["trouble"] for one in json.loads(capsys.readouterr().out)}
        assert told == {"dev": None, "prod": "no such ref"}
        write_record(state_dir, ServiceRecord("prod", 1, now, now - 3600))
        assert status(project, as_json=False) == console.FAILED
        assert "has not been heard of" in capsys.readouterr().out


NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC).timestamp()


def told(project: Project, *ticks: Tick | SensorTick) -> None:
    """Have the ticks told that came after the service began; the newest is the first."""
    row = ScheduleRow("each_minute", "* * * * *", "", "a", "", "", True, False, "", "", 0)
    schedule = Schedule(row)
    sensor = Sensor(SensorRow("many", "sensor", 5, [], True, "", "", 0))
    own = tuple(one for one in ticks if isinstance(one, Tick))
    of_sensor = tuple(one for one in ticks if isinstance(one, SensorTick))
    before = Schedules(
        (ScheduleView(schedule, True, None, ()),), (), (SensorView(sensor, True, None),)
    )
    after = Schedules(
        (ScheduleView(schedule, True, None, own),), (), (SensorView(sensor, True, None, of_sensor),)
    )
    state = WorkspaceState(project, is_confirmed=True, schedules=before)
    teller = _Teller(as_json=False)
    teller.tell(state)
    teller.tell(replace(state, schedules=after))


def missed(count: int) -> list[Tick]:
    """Ticks of a schedule that nobody was there for, the newest first."""
    return [Tick("each_minute", "dev", NOON + 60 * n, "missed") for n in reversed(range(count))]


def test_ticks_that_were_missed_are_one_line(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    told(project, Tick("each_minute", "dev", NOON + 720, "run", "a1b2"), *missed(12))
    first, then = capsys.readouterr().out.splitlines()
    assert first.split("  ")[1:3] == ["each_minute", "missed"]
    assert first.split("  ")[3].startswith("12 ticks, the last 2026-11-30 ")
    assert then.endswith("each_minute  run  a1b2")


def test_one_missed_tick_is_said_once_and_of_many_that_there_are_more(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    told(project, *missed(1))
    assert capsys.readouterr().out.rstrip().endswith("  each_minute  missed")
    told(project, *missed(20))
    assert "missed  at least 20 ticks, the last " in capsys.readouterr().out


def test_what_a_sensor_says_is_cut_to_a_line(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    told(project, SensorTick("many", "dev", NOON, "skipped", "y" * 1_000_000))
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith("yyy…")
    assert len(line) < 300
