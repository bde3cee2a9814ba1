"""The batches of a microbatch model are those that dbt makes."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from dbt.artifacts.resources.types import BatchSize
from dbt.materializations.incremental.microbatch import MicrobatchBuilder

from tui.definitions.partition_rows import partitions_of
from tui.engine.records.batches import FORMS, batches_of

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def model(begin: object, size: str) -> SimpleNamespace:
    config = SimpleNamespace(
        materialized="incremental", incremental_strategy="microbatch", begin=begin,
        batch_size=BatchSize(size),
    )  # fmt: skip
    return SimpleNamespace(config=config)


@pytest.mark.parametrize("size", ["hour", "day", "month", "year"])
@pytest.mark.parametrize(
    "begin", [datetime(2026, 2, 27, 23, 59, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)]
)
def test_the_batches_are_those_that_dbt_makes(begin: datetime, size: str) -> None:
    given = BatchSize(size)
    start = MicrobatchBuilder.truncate_timestamp(begin, given)
    end = MicrobatchBuilder.ceiling_timestamp(NOW, given)
    made = MicrobatchBuilder(model(begin, size), True, None, None).build_batches(start, end)
    keys = partitions_of(batches_of(model(begin, size))).get_partition_keys(NOW)
    assert keys == [one[0].strftime(FORMS[size]) for one in made]


@pytest.mark.parametrize(
    ("begin", "first"),
    [("2026-02-27", "2026-02-27"), ("2026-02-27 13:00:00", "2026-02-27"),
     ("2026-02-27T23:00:00-03:00", "2026-02-28")],
)  # fmt: skip
def test_a_begin_that_is_a_text_is_read(begin: str, first: str) -> None:
    assert partitions_of(batches_of(model(begin, "day"))).get_partition_keys(NOW)[0] == first


def test_other_models_have_no_batches() -> None:
    assert batches_of(model("soon", "day")) == ""
    assert batches_of(model(None, "day")) == ""
    plain = model("2026-01-01", "day")
    plain.config.incremental_strategy = "append"
    assert batches_of(plain) == ""
