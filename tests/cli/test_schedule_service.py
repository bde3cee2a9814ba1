"""`dbtree schedules run --status`: how the service is, by its words and exit code."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tui.cli import console
from tui.cli.commands.schedule_service import status
from tui.project.project import Project, find_project
from tui.schedules.instance import ServiceRecord, only_instance, own_record, write_record


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
