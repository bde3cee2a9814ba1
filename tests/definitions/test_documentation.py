"""What docs/definitions.md shows works: its whole example loads and is resolved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import tui
from tests.definitions.written import SHOP, outcome, write
from tui.definitions.absent import absent_names
from tui.definitions.api import Definitions
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
    example = next(block for block in blocks("toml") if "schedules" in block)
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "pyproject.toml").write_text(example)
    [schedule], problems = schedules_of(find_project(tmp_path), None)
    assert not problems
    assert (schedule.name, schedule.row.catch_up) == ("nightly", True)


def code_words(text: str) -> set[str]:
    return set(re.findall(r"`@?([A-Za-z_]\w+)(?:\(\))?`", text))


def test_every_name_of_the_api_is_told_and_no_other():
    section = TEXT.partition("## What is in the API")[2].partition("A Python asset is stale")[0]
    told = code_words(section)
    assert set(tui.EXPORTED) <= told
    known = {name for name in told if name[0].isupper() or name.startswith(("load_", "build_"))}
    assert known <= set(tui.EXPORTED)


def test_every_name_that_is_not_here_is_told_with_the_reason():
    section = TEXT.partition("## Names of Dagster that are not here")[2]
    rows = {
        name: why.strip()
        for line in section.splitlines()
        if line.startswith("| `")
        for names, why in [line.strip("| ").split(" | ")]
        for name in code_words(names)
    }
    reasons = {name: f"{why[0].upper()}{why[1:]}" for name, why in absent_names().items()}
    reasons["AssetIn"] = rows["AssetIn"]  # its group's; the import says it shorter
    assert rows == reasons
