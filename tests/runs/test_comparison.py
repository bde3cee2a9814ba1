"""Two runs side by side, without a file or a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.runs.logs import RunWriter
from tui.errors import RunError
from tui.graph.history import Materialization
from tui.protocol.recorded_code import RecordedCode
from tui.protocol.records import Fingerprint
from tui.runs.compared_runs import compare_recorded, difference_recorded
from tui.runs.comparison import (
    AssetDifference,
    ValueChange,
    baseline_of,
    compare,
    difference,
    in_order,
)
from tui.runs.comparison_words import change_words, duration_words, rows_words
from tui.runs.store import RunStore
from tui.runs.values import NodeRun, Run

ORDERS = "model.shop.orders"


def ran(status: str = "success", took: float = 1.0, **more: object) -> NodeRun:
    return NodeRun(ORDERS, status, 100.0, 100.0 + took, took, **more)  # type: ignore[arg-type]


def run_of(run_id: str, *nodes: NodeRun, at: float = 100.0, **more: object) -> Run:
    known = {"command": "dbt build", "target": "dev", "status": "success", **more}
    return Run(
        run_id, started_at=at, finished_at=at + 5, nodes={node.unique_id: node for node in nodes},
        **known,  # type: ignore[arg-type]
    )  # fmt: skip


def built(rows: int | None = None, **parts: str) -> Materialization:
    macros = {"macro.shop.money": parts.pop("macro")} if "macro" in parts else {}
    return Materialization(
        ORDERS, "dev", "a3f1", "success", 100.0, 101.0, 1.0, "", rows, "main.orders",
        Fingerprint(**parts), macros,
    )  # fmt: skip


def kinds(then: NodeRun | None, now: NodeRun | None, *trend: float) -> tuple[str, ...]:
    before = run_of("a3f1", *([then] if then else []))
    after = run_of("b77c", *([now] if now else []), at=200.0)
    (change,) = compare(before, after, {}, {}, {ORDERS: trend}).changes
    return change.kinds


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (ran(), ran(), ()),
        (ran(), ran("error"), ("failed",)),
        (ran("error"), ran(), ("fixed",)),
        (ran("error"), ran("error"), ()),
        (None, ran(), ("new",)),
        (None, ran("error"), ("failed", "new")),
        (ran(), None, ("gone",)),
        (ran(), ran("skipped", 0.0), ("skipped",)),
        (ran("skipped", 0.0), ran(), ("ran",)),
        (ran(), ran("cancelled", 0.0), ("cancelled",)),
        (ran(), ran("interrupted", 0.4), ("cancelled",)),
        (ran("cancelled", 0.0), ran("cancelled", 9.0), ()),
        (ran("cancelled", 0.0), ran("fail"), ("failed", "ran")),
        (ran("pass"), ran("warn"), ("warned",)),
        (ran("warn"), ran("fail"), ("failed",)),
        (ran(), ran("queued", 0.0), ()),
        (ran(took=1.0), ran(took=3.0), ("slower",)),
        (ran(took=3.0), ran(took=1.0), ("faster",)),
        (ran(took=0.01), ran(took=0.2), ()),
        (ran(took=10.0), ran(took=11.0), ()),
        (ran("error", 1.0), ran("error", 9.0), ()),
        (ran("fail", failures=3), ran("fail", failures=5), ("rows",)),
    ],
)
def test_in_which_ways_a_node_differs(
    then: NodeRun | None, now: NodeRun | None, expected: tuple[str, ...]
) -> None:
    assert kinds(then, now) == expected


@pytest.mark.parametrize(
    ("then", "now", "took", "rows"),
    [
        (ran(took=2.0), ran("skipped", 0.0), "2.00s → –", "9 → – rows"),
        (ran(took=2.0), ran("cancelled", 1.0), "2.00s → –", "9 → – rows"),
        (ran(took=2.0), None, "2.00s → –", "9 → – rows"),
        (ran(took=2.0), ran("error", 1.0), "2.00s → 1.00s (0.5x)", "9 → – rows"),
        (None, ran(took=2.0), "– → 2.00s", "– → 9 rows"),
    ],
)
def test_what_only_one_run_has_stands_in_its_own_column(
    then: NodeRun | None, now: NodeRun | None, took: str, rows: str
) -> None:
    recorded = ({ORDERS: built(9, sql="x")}, {}) if then else ({}, {ORDERS: built(9, sql="x")})
    before, after = (run_of(name, *([node] if node else [])) for name, node in
                     (("a3f1", then), ("b77c", now)))  # fmt: skip
    (change,) = compare(before, after, *recorded).changes
    assert (duration_words(change), rows_words(change)) == (took, rows)


def test_what_a_run_did_not_build_differs_in_nothing() -> None:
    was = built(sql="1", seed="s", config='{"materialized":"seed"}', contract="c", macro="x")
    assert difference(was, built(), {}) == AssetDifference()
    assert difference(built(), was, {}) == AssetDifference()


def test_the_compiled_sql_of_the_same_source_is_compared() -> None:
    was, made = built(sql="1", compiled="k:a"), built(sql="1", compiled="k:b")
    before, after = run_of("a3f1", ran()), run_of("b77c", ran(), at=200)
    (change,) = compare(before, after, {ORDERS: was}, {ORDERS: made}).changes
    assert change.kinds == ("compiled",)
    code = {"1": "select {{ var('n') }}", "k:a": "select 1", "k:b": "select 2"}
    assert difference(was, made, code).compiled == ("@@ -1 +1 @@", "-select 1", "+select 2")
    assert "not recorded" in difference(was, made, {"1": ""}).compiled_note
    other = built(sql="2", compiled="k:b")
    assert difference(was, other, {**code, "2": ""}).compiled == ()


def test_one_slow_run_long_ago_makes_no_later_one_faster() -> None:
    usual = (1.0, 1.1, 0.9, 1.0)
    assert kinds(ran(took=5.0), ran(took=1.0), *usual) == ()
    assert kinds(ran(took=1.0), ran(took=5.0), *usual) == ("slower",)


def test_what_failed_comes_first_and_what_is_the_same_last() -> None:
    first = [replace(ran(took=1.0), unique_id=f"model.shop.{name}") for name in "abcd"]
    now = [first[0], replace(first[1], duration=4.0), replace(first[2], duration=9.0),
           replace(first[3], status="error")]  # fmt: skip
    found = compare(run_of("a3f1", *first), run_of("b77c", *now, at=200), {}, {})
    assert [change.unique_id[-1] for change in found.changes] == ["d", "c", "b", "a"]
    assert found.counts() == {"failed": 1, "slower": 2}
    assert [change.unique_id[-1] for change in found.differing] == ["d", "c", "b"]


def test_rows_are_those_that_the_relation_had_afterwards() -> None:
    was, made = built(100, sql="x"), built(112, sql="x")
    (change,) = compare(
        run_of("a3f1", ran()), run_of("b77c", ran(), at=200), {ORDERS: was}, {ORDERS: made}
    ).changes
    assert (change.rows_then, change.rows_now, change.kinds) == (100, 112, ("rows",))
    assert [*change_words(change)] == ["100 → 112 rows (+12)"]


def test_code_configuration_macros_and_inputs_are_told_apart() -> None:
    was = built(sql="1", config='{"materialized":"view","relation":"a"}', macro="x",
                inputs='{"var n":"1"}')  # fmt: skip
    made = built(sql="2", config='{"materialized":"table","relation":"a"}', macro="y",
                 inputs='{"var n":"2"}', contract="c")  # fmt: skip
    (change,) = compare(
        run_of("a3f1", ran()), run_of("b77c", ran(), at=200), {ORDERS: was}, {ORDERS: made}
    ).changes
    assert change.kinds == ("code", "config", "inputs")
    code = {"1": "select 1\nfrom a\n", "2": "select 2\nfrom a\n"}
    found = difference(was, made, code)
    assert found.sql == ("@@ -1,2 +1,2 @@", "-select 1", "+select 2", " from a")
    assert found.config == (ValueChange("materialized", "view", "table"),)
    assert found.inputs == (ValueChange("var n", "1", "2"),)
    assert found.macros == (ValueChange("macro.shop.money", "x", "y"),)
    assert found.contract
    assert "not recorded" in difference(was, made, {"1": "select 1"}).sql_note


def test_an_asset_of_one_run_only_and_one_that_is_the_same_have_no_difference() -> None:
    assert difference(None, built(sql="1"), {}) == AssetDifference()
    assert difference(built(sql="1"), built(sql="1"), {}) == AssetDifference()


def test_a_run_is_compared_with_the_latest_good_one_of_its_selection() -> None:
    good = run_of("good", at=100)
    better = run_of("late", at=150)
    other = run_of("else", at=160, command="dbt build --select orders", label="orders")
    failed = run_of("fail", at=170, status="failed")
    prod = run_of("prod", at=180, target="prod")
    now = run_of("nows", at=200, status="failed")
    later = run_of("then", at=300)
    runs = [later, now, prod, failed, other, better, good]
    assert baseline_of(now, runs) is better
    assert baseline_of(good, runs) is None
    assert in_order(now, good) == (good, now)


def test_recorded_runs_are_compared_with_their_code_and_trend(tmp_path) -> None:
    code = RecordedCode(tmp_path)
    for number, (run_id, took) in enumerate((("a001", 1.0), ("a002", 1.2), ("a003", 6.0))):
        sql = "one" if number < 2 else "two"
        writer = RunWriter(tmp_path, run_id, 1000.0 * (number + 1)).starts(ORDERS).begins(ORDERS)
        writer.finishes(ORDERS, fingerprint=[sql, sql, "{}"], row_count=10 * (number + 1))
        text = writer.path.read_text().replace('"duration":1.0', f'"duration":{took}')
        writer.path.write_text(text)
        writer.ends()
    assert code.add({"one": lambda: "select 1", "two": lambda: "select 2"}) == 2
    store = RunStore(tmp_path, lambda *_: False)
    store.sync()
    found = compare_recorded(store, "a003")
    assert (found.then.run_id, found.now.run_id) == ("a002", "a003")
    (change,) = found.differing
    assert change.kinds == ("rows", "code", "slower")
    assert (change.trend, change.durations) == ((1.0, 1.2), (1.0, 1.2, 6.0))
    assert difference_recorded(store, found, ORDERS).sql[1:] == ("-select 1", "+select 2")
    assert compare_recorded(store, "a003", "a001").then.run_id == "a001"
    with pytest.raises(RunError, match="No earlier run of the same selection"):
        compare_recorded(store, "a001")
    with pytest.raises(RunError, match="itself"):
        compare_recorded(store, "a001", "a001")
    store.close()


def test_recorded_code_is_kept_once_and_only_while_a_run_has_it(tmp_path) -> None:
    code = RecordedCode(tmp_path)
    assert code.texts(["a"]) == {}
    assert code.add({"a": lambda: "select 1", "b": lambda: "select ä\udc80"}) == 2

    def never() -> str:
        raise AssertionError("it is known already")

    assert code.add({"a": never}) == 0
    assert code.texts(["a", "b", "c"])["a"] == "select 1"
    assert code.keep_only({"b"}) == 1
    assert set(code.texts(["a", "b"])) == {"b"}
    code.path.write_bytes(b"no database" * 1000)
    assert code.texts(["b"]) == {}
    assert code.add({"c": lambda: "x"}) == 1  # a broken file is begun anew
    assert code.texts(["c"]) == {"c": "x"}
