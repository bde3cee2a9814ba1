"""The status of an asset with partitions follows from how they are."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import graph_of
from tui.definitions.partition_mappings import PartitionMapping, TimeWindowPartitionMapping
from tui.definitions.partitions import StaticPartitionsDefinition
from tui.definitions.regular_partitions import DailyPartitionsDefinition
from tui.graph import (
    AssetGraph,
    AssetStatus,
    GraphChanges,
    History,
    Materialization,
    Status,
    recompute,
    statuses,
    touched,
    why,
)
from tui.graph.history import PartitionRecord, note_attempt
from tui.graph.partition_reasons import failed_partitions
from tui.graph.partition_status import PartitionState, partition_states, states_by_facts
from tui.protocol.records import Asset
from tui.runs.partition_facts import PartitionCounts
from tui.runs.partitioned import states_of

DAYS = DailyPartitionsDefinition("2026-01-01", "2026-01-05")
FIRST, SECOND, THIRD, LAST = DAYS.get_partition_keys()
AS_CELLS = {"failed": Status.FAILED, "stale": Status.STALE, "materialized": Status.FRESH}


class Shop:
    """`visits` and `orders` by days, upon `raw`, and `report` upon them; time goes on."""

    def __init__(self, mapping: PartitionMapping | None = None, row: str = "") -> None:
        row = row or DAYS.row(None)
        mappings = json.dumps({"visits": mapping.facts()}) if mapping else ""
        self.graph = graph_of(
            "raw -> visits -> orders -> report, raw -> orders",
            visits={"partitions": row}, orders={"partitions": row, "mappings": mappings},
        )  # fmt: skip
        self.history = History()
        self.counts = PartitionCounts()
        self.now = 1000.0

    def built(self, name: str, *keys: str, status: str = "success") -> set[str]:
        """A run attempted an asset, or some of its partitions."""
        start, self.now = self.now + 1, self.now + 2
        asset = self.graph.assets[name]
        one = Materialization(name, "dev", f"run{self.now:.0f}", status, start, self.now, 1.0,
                              fingerprint=asset.fingerprint)  # fmt: skip
        before = self.history
        known: dict[str, PartitionRecord] = dict(before.partitions_of(name))
        note_attempt(known, keys, one)
        self.history = replace(
            before,
            latest={**before.latest, name: one},
            built={**before.built, name: one} if status == "success" else before.built,
            partitions={**before.partitions, name: known} if keys else before.partitions,
        )
        return {name} | self.counted()

    def edited(self, name: str) -> set[str]:
        """The code of an asset is another."""
        self.now += 1
        asset = self.graph.assets[name]
        other = asset.fingerprint._replace(sql=f"{self.now}", code=f"{self.now}")
        changes = GraphChanges(assets=(asset._replace(fingerprint=other),), macros={})
        found = touched(self.graph, changes)
        self.graph = self.graph.apply(changes)
        return found | self.counted()

    def counted(self) -> set[str]:
        """Count the partitions; those whose facts are others now."""
        before = self.history.partition_facts
        facts = self.counts.count(self.graph, self.history)
        self.history = replace(self.history, partition_facts=facts)
        return {key for key in facts if before.get(key) is not facts[key]}

    def statuses(self) -> dict[str, AssetStatus]:
        return statuses(self.graph, self.history)

    def status(self, name: str) -> tuple[str, list[str]]:
        """The word, and the reasons."""
        found = self.statuses()[name]
        return found.status.value, [reason.detail for reason in found.reasons]

    def cells(self, name: str) -> list[str]:
        found = states_of(self.graph, name, self.history, self.statuses())
        return [state.value for state in found.states.values()]

    def all_built(self) -> Shop:
        self.built("raw")
        for name in ("visits", "orders"):
            self.built(name, *DAYS.get_partition_keys())
        self.built("report")
        return self


def test_an_asset_is_fresh_when_what_is_made_is_current_however_much_is_missing() -> None:
    shop = Shop()
    shop.counted()
    assert shop.status("visits")[0] == "never materialized"
    shop.built("raw")
    shop.built("visits", SECOND)
    assert shop.status("visits") == ("fresh", [])
    assert shop.cells("visits") == ["missing", "materialized", "missing", "missing"]


def test_a_partition_that_failed_makes_the_asset_failed_until_it_is_made() -> None:
    shop = Shop().all_built()
    shop.built("visits", FIRST, status="error")
    run = f"run{shop.now:.0f}"
    shop.built("visits", LAST)  # the latest run of the asset did not fail
    found = shop.statuses()["visits"]
    assert (found.status, found.run_id) == (Status.FAILED, run)
    assert shop.cells("visits") == ["failed", "materialized", "materialized", "materialized"]
    shop.built("visits", FIRST)
    assert shop.status("visits")[0] == "fresh"


def test_a_partition_made_again_upstream_makes_stale_what_was_made_of_it() -> None:
    shop = Shop().all_built()
    shop.built("visits", SECOND)
    shop.built("orders", LAST)  # the latest run of the asset is newer than what it reads
    detail = f"visits was materialized after it: partition {SECOND}"
    assert shop.status("orders") == ("stale", [detail])
    assert shop.cells("orders") == ["materialized", "stale", "materialized", "materialized"]
    assert [link.unique_id for link in why(shop.statuses(), "report")] == ["orders", "report"]


def test_other_code_makes_stale_what_is_made_there_and_what_reads_it() -> None:
    shop = Shop().all_built()
    shop.edited("visits")
    shop.built("visits", FIRST)
    words = f"3 partitions, first {SECOND}"
    assert shop.status("visits") == ("stale", [f"SQL changed: {words}"])
    assert shop.status("orders")[1] == [
        f"visits was materialized after it: partition {FIRST}", f"visits is stale: {words}",
    ]  # fmt: skip
    assert shop.cells("orders") == ["stale"] * 4


def test_which_partitions_are_read_says_the_mapping() -> None:
    shop = Shop(TimeWindowPartitionMapping(start_offset=-1)).all_built()
    shop.built("visits", SECOND)
    assert shop.cells("orders") == ["materialized", "stale", "stale", "materialized"]


def test_what_has_no_partitions_concerns_the_latest_window_alone() -> None:
    shop = Shop().all_built()
    shop.built("raw")
    assert shop.cells("visits") == ["materialized"] * 3 + ["stale"]
    assert shop.status("visits")[1] == [f"raw was materialized after it: partition {LAST}"]
    shop.built("visits", LAST)
    assert shop.status("visits") == ("fresh", [])


def test_what_has_no_partitions_concerns_all_where_they_are_no_windows_of_time() -> None:
    shop = Shop(row=StaticPartitionsDefinition(["eu", "us"]).row(None))
    shop.built("raw")
    shop.built("visits", "eu", "us")
    shop.edited("raw")
    assert shop.cells("visits") == ["stale", "stale"]
    assert shop.status("visits") == ("stale", ["raw is stale: 2 partitions, first eu"])


def test_partitions_that_there_are_no_more_say_nothing() -> None:
    shop = Shop().all_built()
    shop.built("visits", FIRST, status="error")
    later = DailyPartitionsDefinition("2026-01-02", "2026-01-05").row(None)
    changed = [shop.graph.assets[name]._replace(partitions=later) for name in ("visits", "orders")]
    shop.graph = shop.graph.apply(GraphChanges(assets=tuple(changed), macros={}))
    shop.counted()
    assert shop.status("visits") == ("fresh", [])
    assert shop.cells("visits") == ["materialized"] * 3


def test_what_did_not_change_is_not_counted_again() -> None:
    shop = Shop().all_built()
    before = shop.history.partition_facts
    shop.edited("raw")
    shop.built("raw")
    assert all(shop.history.partition_facts[key] is before[key] for key in before)
    shop.built("orders", FIRST)
    assert shop.history.partition_facts["visits"] is before["visits"]
    assert shop.history.partition_facts["orders"] is not before["orders"]


def test_a_batch_that_failed_makes_a_microbatch_model_failed_and_no_more_is_said() -> None:
    shop = Shop()
    row = shop.graph.assets["visits"].partitions
    model = shop.graph.assets["visits"]._replace(partitions="", batches=row)
    shop.graph = shop.graph.apply(GraphChanges(assets=(model,), macros={}))
    shop.built("raw")
    shop.built("visits", FIRST)
    shop.built("visits", SECOND, status="error")
    shop.built("visits", THIRD)  # the latest run did not fail
    assert shop.status("visits") == ("failed", [])
    assert failed_partitions(shop.history, "visits") == f"batch {SECOND}"
    assert shop.cells("visits") == ["materialized", "failed", "materialized", "missing"]
    shop.built("visits", SECOND)
    assert shop.status("visits") == ("fresh", [])
    shop.edited("visits")  # as of any incremental model, the latest run counts
    shop.built("visits", SECOND)
    assert shop.status("visits") == ("fresh", [])
    assert shop.cells("visits") == ["stale", "materialized", "stale", "missing"]
    shop.built("visits", FIRST)
    shop.built("visits", THIRD)
    assert shop.cells("visits") == ["materialized"] * 3 + ["missing"]


# ---------------------------------------------------------------- for any history

NAMES = st.sampled_from(["raw", "visits", "orders", "report"])
SOME = st.lists(st.sampled_from(list(DAYS.get_partition_keys())), min_size=1, max_size=3)
STATUSES = st.sampled_from(["success", "success", "error", "skipped", "cancelled"])
MAPPINGS = st.sampled_from([None, TimeWindowPartitionMapping(start_offset=-1)])


@given(MAPPINGS, st.lists(st.tuples(NAMES, SOME, STATUSES, st.booleans()), max_size=12))
def test_the_status_of_an_asset_never_contradicts_its_cells(
    mapping: PartitionMapping | None, happenings: list[tuple[str, list[str], str, bool]]
) -> None:
    shop = Shop(mapping)
    shop.counted()
    found = shop.statuses()
    for name, keys, status, is_edit in happenings:
        is_partitioned = bool(shop.graph.assets[name].partitions)
        attempt = (name, *(keys if is_partitioned else ()))
        changed = shop.edited(name) if is_edit else shop.built(*attempt, status=status)
        found = recompute(found, shop.graph, shop.history, {}, changed)
        assert found == shop.statuses()
        for each in ("visits", "orders"):
            cells, latest = shop.cells(each), shop.history.latest.get(each)
            word = next((AS_CELLS[cell] for cell in AS_CELLS if cell in cells), Status.NEVER)
            if word is not Status.FAILED and latest is not None and latest.status == "skipped":
                word = Status.SKIPPED
            assert found[each].status is word
            assert found[each].is_stale is bool(found[each].stale_partitions)
            facts, known = shop.history.partition_facts[each], shop.history.partitions_of(each)
            for busy in ({}, {keys[0]: PartitionState.RUNNING}):
                stale = found[each].stale_partitions
                fast = states_by_facts(facts, busy, stale)
                slow = partition_states(DAYS.get_partition_keys(), known, busy, stale)
                assert [*fast.states.items()] == [*slow.states.items()]
                assert (fast.there, fast.made) == (slow.there, slow.made)
            assert stale_by_a_slow_way(shop, each) == {
                key
                for key, cell in zip(DAYS.get_partition_keys(), cells, strict=True)
                if cell == PartitionState.STALE.value
            }


def stale_by_a_slow_way(shop: Shop, name: str) -> set[str]:
    """The partitions that are there and stale, each looked at alone."""
    records = shop.history.partitions_of(name)
    return {
        key
        for key, record in records.items()
        if record.told is not None
        and record.told is record.built
        and is_stale(shop, shop.graph, shop.graph.assets[name], key)
    }


def is_stale(shop: Shop, graph: AssetGraph, asset: Asset, key: str) -> bool:
    built = shop.history.partitions_of(asset.name)[key].built
    assert built is not None
    if built.fingerprint != asset.fingerprint:
        return True
    made = [each for each, one in shop.history.partitions_of(asset.name).items()
            if one.told is one.built is not None]  # fmt: skip
    for name in asset.depends_on:
        above = graph.assets[name]
        if not above.partitions:
            raw = shop.history.built.get(name)
            is_old = raw is None or raw.fingerprint != above.fingerprint
            if key == LAST in made and (is_old or (raw and raw.finished_at > built.started_at)):
                return True
            continue
        for read in read_by(asset, key):
            record = shop.history.partitions_of(name).get(read)
            if record is None or record.built is None:
                continue
            if record.built.finished_at > built.started_at:
                return True
            if record.told is record.built and is_stale(shop, graph, above, read):
                return True
    return False


def read_by(asset: Asset, key: str) -> list[str]:
    keys = list(DAYS.get_partition_keys())
    place = keys.index(key)
    return keys[max(place - 1, 0) : place + 1] if asset.mappings else [key]
