"""Data diffs of the demo, by a real engine: since before a build, and against another target."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine_process import Engine
from tests.projects import DEMO, copy_project
from tui.protocol import baselines
from tui.protocol.frames import write_frame
from tui.protocol.messages import (
    BaselinesDropped,
    DataDiffed,
    DiffData,
    DiffProgress,
    DiffStopped,
    DropBaselines,
    Refused,
    StopDiff,
)

PRODUCTS, RAW = "model.corner_shop.stg_products", "seed.corner_shop.raw_products"
SEED = Path("seeds/raw_products.csv")
MODEL = Path("models/staging/stg_products.sql")
ODD = 'b "c'
"""A column whose name needs its quotes escaped."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    root = copy_project(DEMO, tmp_path_factory.mktemp("diff") / "shop")
    text = (root / MODEL).read_text().replace("listed_on", 'listed_on, sku as "b ""c"')
    (root / MODEL).write_text(text)
    engine = Engine(root)
    engine.run([RAW, PRODUCTS])
    yield engine
    engine.close()


def diff(engine: Engine, unique_id: str, **options: Any) -> Any:
    return engine.ask(DiffData, unique_id=unique_id, **options)


def change_prices(engine: Engine) -> list[str]:
    """A product becomes dearer and one is gone; the lines of the file before."""
    file = engine.root / SEED
    before = file.read_text().splitlines()
    head, first, *others = before
    parts = first.split(",")
    price = head.split(",").index("price_cents")
    parts[price] = str(int(parts[price]) + 100)
    after = [head, ",".join(parts), *others[:-1]]
    file.write_text("\n".join(after) + "\n")
    engine.reparse([SEED])
    return before


def test_a_build_takes_a_baseline_and_the_diff_finds_what_it_changed(engine: Engine) -> None:
    assert isinstance(refused := diff(engine, PRODUCTS), Refused)
    assert "There is no baseline of stg_products" in refused.message
    baselines.want(engine.state_dir, "dev", [RAW, PRODUCTS], on=True)
    before = change_prices(engine)

    engine.run([RAW, PRODUCTS])

    for unique_id, key in ((RAW, ["id"]), (PRODUCTS, [])):  # a table, and a view that reads it
        found = diff(engine, unique_id, key=key)
        assert isinstance(found, DataDiffed), found
        rows, many = found.diff["rows"], len(before) - 1
        assert rows == {
            "before": many, "after": many - 1, "added": 0, "removed": 1, "changed": 1,
            "same": many - 2,
        }, unique_id  # fmt: skip
        assert found.run_id == "run2"
    assert found.key_source == "its unique test"
    assert found.diff["key"] == ["product_id"]
    assert found.diff["samples"]["removed"]["rows"][0][0] == before[-1].split(",")[0]
    assert [one["name"] for one in found.diff["columns"] if one["differing"]] == ["price"]
    assert ODD in [one["name"] for one in found.diff["columns"]]

    dropped = engine.ask(DropBaselines, unique_ids=[RAW])
    assert dropped == BaselinesDropped(dropped.id, [RAW])
    assert "no baseline of raw_products" in diff(engine, RAW).message


def test_it_is_compared_with_another_target_in_another_file(engine: Engine) -> None:
    missing = diff(engine, PRODUCTS, against="prod")
    assert missing.message.startswith(
        "corner_shop_prod.duckdb, the database of target prod, is not"
    )
    unknown = diff(engine, PRODUCTS, against="nowhere")
    assert "does not have a target named 'nowhere'" in unknown.message

    prod = Engine(engine.root, target="prod")
    prod._runs = count(100)  # of the same state directory
    try:
        prod.run([RAW, PRODUCTS])
    finally:
        prod.close()

    found = diff(engine, PRODUCTS, against="prod")
    assert isinstance(found, DataDiffed), found
    assert found.against == "prod"
    assert found.diff["rows"]["same"] == found.diff["rows"]["before"] > 0


def test_a_diff_can_be_stopped(engine: Engine) -> None:
    model, slow = Path("models/slow.sql"), "model.corner_shop.slow"
    rows = "select a.i as x from range({0}) a(i), range({0}) b(i) where a.i * 3 % 7 = b.i % 5"
    baselines.want(engine.state_dir, "dev", [slow], on=True)
    for size in (2, 3_000_000):
        (engine.root / model).write_text(rows.format(size))
        engine.reparse([model])
        engine.run([slow], record_rows=False)

    write_frame(engine._out, DiffData(id=70_001, unique_id=slow))
    engine._await(lambda message: isinstance(message, DiffProgress) and message.step == 1)
    write_frame(engine._out, StopDiff(id=70_002))
    refused = engine._await(lambda message: getattr(message, "id", None) == 70_001)
    assert refused == Refused(70_001, "The diff was stopped.")
    engine._await(lambda message: isinstance(message, DiffStopped))

    assert "not in both" in diff(engine, PRODUCTS, key=["nothing"]).message
