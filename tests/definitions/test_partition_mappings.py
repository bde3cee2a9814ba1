"""Which partitions belong together: each mapping in both directions, its text, its refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dbtree import (
    AllPartitionMapping,
    AssetDep,
    DailyPartitionsDefinition,
    DefinitionError,
    DimensionPartitionMapping,
    HourlyPartitionsDefinition,
    IdentityPartitionMapping,
    LastPartitionMapping,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    MultiToSingleDimensionPartitionMapping,
    PartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    WeeklyPartitionsDefinition,
)

from tui.definitions.partition_mappings import Side, default_mapping, mapping_of

NOW = datetime(2026, 1, 12, tzinfo=UTC)
DAYS = DailyPartitionsDefinition("2026-01-01")
WEEKS = WeeklyPartitionsDefinition("2025-12-28")
HOURS = HourlyPartitionsDefinition("2026-01-01-00:00")
REGIONS = StaticPartitionsDefinition(["eu", "us", "asia"])
CONTINENTS = StaticPartitionsDefinition(["europe", "other"])
PAIRS = MultiPartitionsDefinition({"day": DAYS, "region": REGIONS})
DEFINITIONS = {
    "days": DAYS, "weeks": WEEKS, "hours": HOURS, "regions": REGIONS, "continents": CONTINENTS,
    "pairs": PAIRS,
}  # fmt: skip
STATIC = StaticPartitionMapping({"eu": "europe", "us": ["other"], "asia": ["other"]})
YESTERDAY = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
OF_PAIRS = MultiPartitionMapping({
    "day": DimensionPartitionMapping("day", YESTERDAY),
    "region": DimensionPartitionMapping("region", IdentityPartitionMapping()),
})  # fmt: skip
ONE_DAY = [f"2026-01-02|{region}" for region in ("asia", "eu", "us")]


def mapped(mapping: PartitionMapping | None, down: str, up: str, keys: list[str]) -> list[str]:
    """What some downstream partitions are made of; with `~` before a key, the other way round."""
    sides = Side.of(DEFINITIONS[down], NOW), Side.of(DEFINITIONS[up], NOW)
    given = mapping or default_mapping(sides[0].partitions, sides[1].partitions)
    assert mapping_of(given.facts()).facts() == given.facts()
    assert not given.problem(sides[0].partitions, sides[1].partitions)
    plain = frozenset(key.removeprefix("~") for key in keys)
    step = given.downstream if keys and keys[0].startswith("~") else given.upstream
    return sorted(step(plain, *sides))


@pytest.mark.parametrize(
    ("mapping", "down", "up", "keys", "found"),
    [
        (None, "days", "days", ["2026-01-02"], ["2026-01-02"]),
        (None, "weeks", "days", ["2026-01-04"], [f"2026-01-{day:02}" for day in range(4, 11)]),
        (None, "weeks", "days", ["~2026-01-04", "~2026-01-03"], ["2025-12-28", "2026-01-04"]),
        (None, "days", "hours", ["~2026-01-02-03:00"], ["2026-01-02"]),
        (None, "days", "regions", ["2026-01-02"], []),
        (None, "days", "pairs", ["2026-01-02"], ONE_DAY),
        (None, "pairs", "days", ONE_DAY[:2], ["2026-01-02"]),
        (None, "pairs", "days", ["~2026-01-02"], ONE_DAY),
        (YESTERDAY, "days", "days", ["2026-01-02", "2026-01-05"], ["2026-01-01", "2026-01-04"]),
        (YESTERDAY, "days", "days", ["2026-01-01"], []),
        (YESTERDAY, "days", "days", ["~2026-01-01"], ["2026-01-02"]),
        (YESTERDAY, "days", "days", ["~2026-01-11"], []),
        (TimeWindowPartitionMapping(-1, 0), "days", "days", ["~2026-01-02"],
         ["2026-01-02", "2026-01-03"]),
        (TimeWindowPartitionMapping(0, 2), "days", "days", ["2026-01-10"],
         ["2026-01-10", "2026-01-11"]),
        (AllPartitionMapping(), "regions", "continents", ["eu"], ["europe", "other"]),
        (AllPartitionMapping(), "regions", "continents", [], []),
        (LastPartitionMapping(), "regions", "days", ["eu"], ["2026-01-11"]),
        (LastPartitionMapping(), "continents", "days", ["~2026-01-10"], []),
        (LastPartitionMapping(), "continents", "days", ["~2026-01-11"], ["europe", "other"]),
        (SpecificPartitionsPartitionMapping(["us"]), "days", "regions", ["2026-01-03"], ["us"]),
        (SpecificPartitionsPartitionMapping(["us"]), "continents", "regions", ["~eu"], []),
        (STATIC, "continents", "regions", ["other"], ["asia", "us"]),
        (STATIC, "continents", "regions", ["~eu"], ["europe"]),
        (IdentityPartitionMapping(), "regions", "continents", ["eu"], []),
        (MultiToSingleDimensionPartitionMapping("region"), "pairs", "regions", ["2026-01-02|eu"],
         ["eu"]),
        (OF_PAIRS, "pairs", "pairs", ["2026-01-03|eu"], ["2026-01-02|eu"]),
        (OF_PAIRS, "pairs", "pairs", ["~2026-01-03|eu"], ["2026-01-04|eu"]),
        (MultiPartitionMapping({"day": DimensionPartitionMapping("day", YESTERDAY)}), "pairs",
         "pairs", ["2026-01-03|eu"], ONE_DAY),
    ],
)  # fmt: skip
def test_partitions_belong_together(mapping, down, up, keys, found):
    assert mapped(mapping, down, up, keys) == found


@pytest.mark.parametrize(
    ("mapping", "down", "up", "words"),
    [
        (YESTERDAY, "weeks", "days", "need the same partitions"),
        (YESTERDAY, "regions", "days", "windows of time"),
        (STATIC, "days", "regions", "names 'europe', not a partition downstream"),
        (MultiToSingleDimensionPartitionMapping(), "days", "regions", "needs two dimensions"),
        (OF_PAIRS, "days", "pairs", "two dimensions on both sides"),
        (MultiPartitionMapping({"hour": DimensionPartitionMapping("day", YESTERDAY)}), "pairs",
         "pairs", "names 'hour', not an upstream dimension"),
    ],
)  # fmt: skip
def test_a_mapping_that_makes_no_sense_says_why(mapping, down, up, words):
    assert words in mapping.problem(DEFINITIONS[down], DEFINITIONS[up])


def test_only_the_mappings_of_dagster_are_taken():
    class Own(IdentityPartitionMapping):
        """Of the user's."""

    with pytest.raises(DefinitionError, match="Own is a class of your own"):
        AssetDep("orders", partition_mapping=Own())
    with pytest.raises(DefinitionError, match="takes a mapping, not 'daily'"):
        AssetDep("orders", partition_mapping="daily")  # type: ignore[arg-type]
