"""`dbtree info` says which patches of the screen are off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.cli.commands.info import Findings, info_record
from tui.project.project import find_project
from tui.ui.textual_patches import registry


def test_info_says_what_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_state", registry._State())
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    project = find_project(tmp_path)
    assert info_record(project, Findings())["screen_patches_off"] == []
    registry.switch_off("a test")
    found = info_record(project, Findings())
    assert found["screen_patches_off"] == ["all: off, because a test"]
