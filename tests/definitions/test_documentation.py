"""What docs/definitions.md shows works: its whole example loads and is resolved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import tui
from tests.definitions.written import SHOP, outcome, write
from tui.definitions import Definitions
from tui.definitions.resolver import resolve
from tui.project.project import find_project
from tui.schedules.declarations import schedules_of

TEXT = (Path(tui.__file__).parent.parent / "docs" / "definitions.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_the_whole_example_loads(tmp_path):
    [example] = [block for block in blocks("python") if "defs = Definitions(" in block]
    place = write(
        tmp_path,
        {
            "defs.py": example,
            "shop/dbt_project.yml": "name: shop\n",
            "shop/target/manifest.json": json.dumps(SHOP),
        },
    )
    found = outcome(place)
    assert isinstance(found, Definitions), found
    resolved = resolve(found, SHOP, lambda *_: frozenset())
    assert resolved.assets[0].depends_on == ("model.shop.orders",)
    assert [row.select for row in resolved.schedules] == ['+(key:"report")']
    result = found.assets[0](None)
    assert result.metadata["lines"] == 1
    assert found.asset_checks[0]().passed


def test_the_schedule_without_python_is_read(tmp_path):
    [example] = blocks("toml")
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "pyproject.toml").write_text(example)
    [schedule], problems = schedules_of(find_project(tmp_path), None)
    assert not problems
    assert (schedule.name, schedule.row.catch_up) == ("nightly", True)


def test_every_name_that_is_told_exists():
    told = set(re.findall(r"`@?([A-Za-z_]\w+)`", TEXT.partition("## What is in the API")[2]))
    known = {name for name in told if name[0].isupper() or name.startswith(("get_", "define_"))}
    missing = {name for name in known if name not in tui.EXPORTED}
    assert missing <= {"get_artifact", "get_error"}, missing  # of an invocation


def test_every_name_of_the_api_is_told():
    untold = {name for name in tui.EXPORTED if name not in TEXT}
    assert untold <= {
        "AssetCheckExecutionContext", "AssetCheckKey", "AssetCheckSeverity", "AssetKey",
        "AssetChecksDefinition", "AssetsDefinition", "DbtAssetsDefinition", "DbtCliError",
        "DbtCliEventMessage", "DbtCliInvocation", "DefaultScheduleStatus", "DefinitionError",
        "JobDefinition", "load_asset_checks_from_modules", "load_assets_from_modules",
    }  # fmt: skip
