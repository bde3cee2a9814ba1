"""Columns across models: schemas go downstream, what was traced is kept, walks go both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphs import asset as model_named
from tests.ui.sample import asset_named
from tui.column_lineage.column_graph import ColumnGraph
from tui.column_lineage.column_names import column_named, column_parts
from tui.column_lineage.effects import coverage, exposures_of, untraced_readers
from tui.column_lineage.project_tracing import PENDING, ProjectTracing, Traceable
from tui.column_lineage.tracing import trace
from tui.column_lineage.values import ColumnRef, Query, TracedAsset, from_row, to_row
from tui.errors import SelectionError
from tui.graph import AssetGraph

SQL = {
    "stg": "select id as order_id, cents / 100 as amount, note from db.raw.orders",
    "mid": "select * from db.s.stg",
    "top": "select order_id, sum(amount) as total from db.s.mid group by 1",
    "wild": "select * from db.raw.nobody_knows",
}
ABOVE = {"stg": ("raw",), "mid": ("stg",), "top": ("mid",), "wild": ("raw", "top")}
RAW = Traceable("raw", "raw", "db.raw.orders", columns=("ID", "cents", "note"))


def assets(**keys: str) -> list[Traceable]:
    found = [
        Traceable(name, name, f"db.s.{name}", ABOVE[name], keys.get(name, f"{name}-1"))
        for name in reversed(SQL)  # the order of the project says nothing
    ]
    return [*found, RAW]


class Traced:
    """A project whose every query was traced, and how often that took a look at SQL."""

    def __init__(self, kept: dict[str, list[Any]] | None = None, **keys: str) -> None:
        self.kept = {} if kept is None else kept
        self.looks: list[str] = []
        self.tracing = ProjectTracing(self.kept, self.trace)
        self.tracing.take_assets(assets(**keys), "duckdb")

    def trace(self, query: Query) -> TracedAsset:
        self.looks.append(query.sql)
        return trace(query)

    def give(self, **sql: str) -> dict[str, TracedAsset]:
        for asset in assets():
            if asset.code_key and asset.unique_id in sql:
                self.tracing.take_code(asset.unique_id, asset.code_key, sql[asset.unique_id])
        return dict(self.tracing.advance())


def test_stars_are_resolved_through_any_number_of_models() -> None:
    found = Traced().give(**SQL)
    assert found["mid"].names == ("order_id", "amount", "note")
    graph = ColumnGraph(found)
    steps = [(step.depth, *step.ref) for step in graph.upstream(ColumnRef("top", "total"))]
    assert steps == [(1, "mid", "amount"), (2, "stg", "amount"), (3, "raw", "cents")]
    steps = [(step.depth, *step.ref) for step in graph.downstream(ColumnRef("raw", "id"))]
    assert steps == [(1, "stg", "order_id"), (2, "mid", "order_id"), (3, "top", "order_id")]
    assert graph.reached([ColumnRef("raw", "cents")]) == {
        ColumnRef("stg", "amount"), ColumnRef("mid", "amount"), ColumnRef("top", "total")
    }  # fmt: skip


def test_a_query_waits_for_the_columns_upstream_of_it() -> None:
    project = Traced()
    assert set(project.give()) == {"raw"}
    assert project.tracing.missing() == ["stg", "mid", "top", "wild"]
    assert set(project.give(top=SQL["top"], mid=SQL["mid"])) == set()
    assert set(project.give(stg=SQL["stg"])) == {"stg", "mid", "top"}
    assert project.tracing.missing() == ["wild"]


def test_what_was_traced_is_kept_until_code_or_columns_upstream_change() -> None:
    first = Traced()
    first.give(**SQL)
    again = Traced(first.kept)
    assert set(again.give()) == {"raw", *SQL}, "no SQL is needed"
    assert not again.looks
    edited = Traced(first.kept, stg="stg-2")
    edited.tracing.take_code("stg", "stg-2", SQL["stg"].replace("note", "note as remark"))
    dict(edited.tracing.advance())
    assert len(edited.looks) == 1
    missing = edited.tracing.missing()
    assert "mid" in missing, "its star stands for other columns now"
    assert "stg" not in missing
    edited.tracing.take_code("mid", "mid-1", SQL["mid"])
    found = dict(edited.tracing.advance())
    assert found["mid"].names == ("order_id", "amount", "remark")


def test_an_edit_that_leaves_the_columns_costs_one_query() -> None:
    first = Traced()
    first.give(**SQL)
    edited = Traced(first.kept, stg="stg-2")
    edited.tracing.take_code("stg", "stg-2", SQL["stg"].replace("100", "1000"))
    found = dict(edited.tracing.advance())
    assert set(found) == {"raw", *SQL}
    assert len(edited.looks) == 1


def test_what_dbt_has_not_compiled_yet_is_waited_for_and_not_asked_for() -> None:
    project = Traced(mid=PENDING)
    assert set(project.give(stg=SQL["stg"])) == {"raw", "stg"}
    assert "mid" not in project.tracing.missing()


def test_a_model_that_cannot_be_traced_says_so_and_stops_nobody() -> None:
    found = Traced().give(**{**SQL, "mid": "select from where ("})
    assert "sqlglot cannot parse" in found["mid"].problem
    assert found["top"].columns[0].sources == (ColumnRef("mid", "order_id"),)
    assert not found["top"].problem
    assert "nobody_knows" in found["wild"].problem


def test_code_that_only_the_database_can_tell_is_told_as_that() -> None:
    found = Traced().give(**{**SQL, "stg": ""})
    assert found["stg"].problem == "Its SQL is not known without the database."


def test_a_traced_asset_survives_its_way_through_json() -> None:
    for one in Traced().give(**SQL).values():
        assert from_row(to_row(one)) == one


def test_a_snapshot_has_the_columns_that_dbt_adds() -> None:
    tracing = ProjectTracing({}, trace)
    snapshot = Traceable("snap", "snap", "db.s.snap", ("raw",), "1", added=("dbt_valid_to",))
    tracing.take_assets([RAW, snapshot], "duckdb")
    tracing.take_code("snap", "1", "select * from db.raw.orders")
    assert dict(tracing.advance())["snap"].names == ("id", "cents", "note", "dbt_valid_to")


# ------------------------------------------------------------------------ in a graph


def shop() -> tuple[AssetGraph, ColumnGraph]:
    parents = {
        "raw_orders": (), "stg_orders": ("seed.shop.raw_orders",),
        "orders": ("model.shop.stg_orders",), "odd": ("model.shop.stg_orders",),
        "exp_report": ("model.shop.orders",),
    }  # fmt: skip
    found = [asset_named(name, above) for name, above in parents.items()]
    graph = AssetGraph({asset.unique_id: asset for asset in found})
    tracing = ProjectTracing({}, trace)
    tracing.take_assets(
        [
            Traceable(asset.unique_id, asset.name, asset.relation, asset.depends_on,
                      "" if asset.resource_type == "seed" else "1",
                      columns=("id", "n") if asset.resource_type == "seed" else ())
            for asset in found[:-1]
        ],
        "duckdb",
    )  # fmt: skip
    for name, sql in {
        "stg_orders": "select id, n as amount from shop.main.raw_orders",
        "orders": "select id as order_id, amount from shop.main.stg_orders",
        "odd": "select from where (",
    }.items():
        tracing.take_code(f"model.shop.{name}", "1", sql)
    return graph, ColumnGraph(dict(tracing.advance()), is_complete=True)


def test_a_column_reaches_exposures_and_perhaps_what_cannot_be_traced() -> None:
    graph, columns = shop()
    start = ColumnRef("seed.shop.raw_orders", "n")
    reached = {start, *columns.reached([start])}
    assert ColumnRef("model.shop.orders", "amount") in reached
    assert exposures_of(graph, reached) == ["exposure.shop.exp_report"]
    assert untraced_readers(graph, columns, reached) == ["model.shop.odd"]
    found = coverage(columns, graph)
    assert (found.queries, found.traced, found.columns, found.traced_columns) == (3, 2, 4, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orders", "write ASSET.COLUMN"),
        ("ordrs.amount", "did you mean orders?"),
        ("orders.amont", "did you mean amount?"),
        ("odd.x", "sqlglot cannot parse"),
        ("orders.", "write ASSET.COLUMN"),
        (".amount", "write ASSET.COLUMN"),
        ("ordrs.a.b", "there is no asset ordrs.a"),
    ],
)
def test_a_name_that_nothing_has_says_what_is_near(text: str, words: str) -> None:
    with pytest.raises(SelectionError, match=words.replace("?", r"\?")):
        column_named(*shop(), text)


def test_a_column_is_found_in_whatever_case() -> None:
    assert column_named(*shop(), "orders.ORDER_ID") == ColumnRef("model.shop.orders", "order_id")


def test_a_point_may_be_in_the_name_of_an_asset_and_of_a_column() -> None:
    source = model_named("raw.items", unique_id="source.shop.raw.items", resource_type="source")
    graph = AssetGraph({source.unique_id: source, "orders": model_named("orders")}, {}, {})
    assert column_parts(graph, "raw.items.id") == (source.unique_id, "id")
    assert column_parts(graph, "orders.a.b") == ("orders", "a.b")


# ------------------------------------------------------------------- since it was built


def test_columns_that_differ_from_those_that_were_built_are_told() -> None:
    built = [one._replace(built_key="stg-1") if one.unique_id == "stg" else one for one in assets()]
    kept: dict[str, list[Any]] = {}
    first = ProjectTracing(kept, trace)
    first.take_assets(built, "duckdb")
    for name, sql in SQL.items():
        first.take_code(name, f"{name}-1", sql)
    dict(first.advance())
    assert first.before() == {}, "it is as it was built"
    edited = ProjectTracing(kept, trace)
    edited.take_assets(
        [one._replace(code_key="stg-2") if one.unique_id == "stg" else one for one in built],
        "duckdb",
    )
    edited.take_code("stg", "stg-2", "select id as order_id, cents as amount from db.raw.orders")
    for name in ("mid", "top", "wild"):
        edited.take_code(name, f"{name}-1", SQL[name])
    graph = ColumnGraph(dict(edited.advance()), before=edited.before())
    found = {one.name: (one.word, one.before, one.now) for one in graph.changes_of("stg")}
    assert found == {"amount": ("changed", "cents / 100", "cents"), "note": ("removed", "note", "")}
    assert graph.changes_of("mid") == ()


def test_of_what_cannot_be_traced_no_change_is_claimed() -> None:
    whole, broken = TracedAsset(), TracedAsset(problem="odd", is_whole=False)
    assert ColumnGraph({"a": broken}, before={"a": whole}).changes_of("a") == ()
