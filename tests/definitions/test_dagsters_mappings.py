"""Mappings of partitions map what Dagster's own map, on random partitions.

Dagster is looked for as in test_dagster; its side is dagsters_mappings.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import dbtree
import pytest

from tests.definitions.dagsters_mappings import NOW, mapping, partitions
from tests.definitions.test_dagster import dagster  # noqa: F401  a fixture
from tui.definitions.partition_mappings import Side, default_mapping

SCRIPT = Path(__file__).with_name("dagsters_mappings.py")
CASES = 300
DAYS = ["Daily", "2026-01-01"]
REGIONS = ["Static", ["eu", "us", "asia"]]
KINDS: dict[str, list[Any]] = {
    "days": DAYS, "weeks": ["Weekly", "2025-12-14"], "hours": ["Hourly", "2026-01-09-00:00"],
    "months": ["Monthly", "2025-10-01"], "regions": REGIONS, "continents": ["Static", ["e", "o"]],
    "pairs": ["multi", {"day": DAYS, "region": REGIONS}],
}  # fmt: skip
STATIC = ["Static", {"eu": "e", "us": "o", "asia": ["o", "e"]}]


def random_case(dice: random.Random) -> dict[str, Any]:
    """Two definitions, a mapping that makes sense between them, and some keys of one."""
    down, up = dice.choice(list(KINDS)), dice.choice(list(KINDS))
    offsets = sorted((dice.randint(-3, 3), dice.randint(-3, 3)))
    of_time = {"days", "weeks", "hours", "months"}
    fitting: list[Any] = [None, ["All"], ["Last"]]
    if down == up:
        fitting.append(["Identity"])
    if {down, up} <= of_time:
        fitting.append(["TimeWindow", *(offsets if down == up else (0, 0))])
    if (up, down) == ("regions", "continents"):
        fitting += [STATIC, STATIC]
    if up == "regions":
        fitting.append(["SpecificPartitions", dice.sample(REGIONS[1], 2)])
    if {down, up} in ({"pairs", "days"}, {"pairs", "regions"}):
        fitting.append(["MultiToSingleDimension"])
    if down == up == "pairs":
        day = ["day", ["TimeWindow", *offsets]]
        fitting += [["Multi", {"day": day}], ["Multi", {"day": day, "region": ["region", ["All"]]}]]
    is_upstream = dice.random() < 0.5
    keys = partitions(KINDS[down if is_upstream else up], dbtree).get_partition_keys(NOW)
    return {
        "down": KINDS[down], "up": KINDS[up], "mapping": dice.choice(fitting),
        "is_upstream": is_upstream, "keys": sorted(dice.sample(list(keys), dice.randint(1, 2))),
    }  # fmt: skip


def ours(case: dict[str, Any]) -> list[str]:
    """What dbtree maps."""
    sides = [Side.of(partitions(case[name], dbtree), NOW) for name in ("down", "up")]
    said = mapping(case["mapping"], dbtree) or default_mapping(*(one.partitions for one in sides))
    keys = frozenset(case["keys"])
    step = said.upstream if case["is_upstream"] else said.downstream
    return sorted(step(keys, *sides))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_random_partitions_are_mapped_as_dagster_maps_them(dagster: Path) -> None:  # noqa: F811
    cases = [random_case(random.Random(seed)) for seed in range(CASES)]
    done = subprocess.run(
        [str(dagster), str(SCRIPT)], input=json.dumps(cases), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    wrong = [
        f"{json.dumps(case)}: {ours(case)} but {theirs}"
        for case, theirs in zip(cases, found, strict=True)
        if ours(case) != theirs
    ]
    assert not wrong, "\n".join(wrong[:5])
    assert sum(map(bool, found)) > CASES // 2
