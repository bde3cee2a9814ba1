"""Partitions from what they wrote of themselves: how they reach other processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from tui.definitions.dynamic_partitions import DynamicPartitionsDefinition
from tui.definitions.partitions import (
    MultiPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)
from tui.definitions.time_partitions import TimeWindowPartitionsDefinition
from tui.definitions.zones import zone_of


@lru_cache(maxsize=256)
def partitions_of(text: str) -> PartitionsDefinition:
    """Partitions from their `to_json` or `row`."""
    return _of_facts(json.loads(text))


def _of_facts(facts: Mapping[str, Any]) -> PartitionsDefinition:
    if facts["type"] == "dynamic":
        return DynamicPartitionsDefinition(name=facts["name"], store=facts["store"])
    if facts["type"] == "static":
        return StaticPartitionsDefinition(facts["keys"])
    if facts["type"] == "multi":
        each = {name: _of_facts(one) for name, one in facts["dimensions"].items()}
        return MultiPartitionsDefinition(each)
    return _of_time(facts)


def _of_time(facts: Mapping[str, Any]) -> TimeWindowPartitionsDefinition:
    zone = zone_of(facts["timezone"])
    start, end = (
        None if facts[name] is None else datetime.fromtimestamp(facts[name], zone)
        for name in ("start", "end")
    )
    assert start is not None
    left_out = [
        each if " " in each else datetime.fromisoformat(each) for each in facts["exclusions"]
    ]
    return TimeWindowPartitionsDefinition(
        start, facts["fmt"], end, timezone=facts["timezone"], end_offset=facts["end_offset"],
        cron_schedule=facts["cron"], exclusions=left_out,
    )  # fmt: skip


def dynamic_of(partitions: PartitionsDefinition) -> list[DynamicPartitionsDefinition]:
    """The dynamic partitions that some consist of: they themselves, or a dimension."""
    if isinstance(partitions, DynamicPartitionsDefinition):
        return [partitions]
    if isinstance(partitions, MultiPartitionsDefinition):
        each = (one.partitions_def for one in partitions.partitions_defs)
        return [one for one in each if isinstance(one, DynamicPartitionsDefinition)]
    return []
