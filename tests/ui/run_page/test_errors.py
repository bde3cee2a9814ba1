"""What went wrong in a run: its order, its victims, and the text for a colleague."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.graphs import graph_of
from tests.ui import sample
from tests.ui.user import opened
from tui.graph import AssetGraph
from tui.runs.run_errors import (
    counted_words,
    error_text,
    errors_of,
    is_of_run,
    line_of,
    place_words,
    skipped_for_nothing_known,
)
from tui.runs.values import NodeRun, Run
from tui.ui.run_page.error_lines import ErrorLine, error_lines
from tui.ui.run_page.errors_view import ErrorsView
from tui.ui.theme.glyphs import UNICODE

A, B, C, D = (f"model.shop.{name}" for name in "abcd")
CHECK = "test.shop.not_null_b"
EMPTY = AssetGraph()


def run_of(*nodes: NodeRun) -> Run:
    return Run("b77c", "failed", target="dev", nodes={node.unique_id: node for node in nodes})


def skipped(unique_id: str, because: str = "") -> NodeRun:
    return NodeRun(unique_id, "skipped", skipped_because=because)


def test_what_others_were_skipped_for_comes_first_with_its_assets_and_checks_apart() -> None:
    run = run_of(
        NodeRun(A, "error", finished_at=1.0),
        NodeRun(B, "error", finished_at=2.0),
        skipped(C, B),
        skipped(CHECK, B),
        NodeRun("model.shop.fine", "success", finished_at=3.0),
    )
    first, second = errors_of(run, EMPTY)
    assert (first.node.unique_id, first.assets, first.checks) == (B, (C,), (CHECK,))
    assert (second.node.unique_id, second.has_victims) == (A, False)
    assert skipped_for_nothing_known(run, [first, second]) == []


def test_what_is_skipped_for_something_skipped_is_a_victim_of_what_failed() -> None:
    run = run_of(NodeRun(A, "error"), skipped(B, A), skipped(C, B), skipped(D))
    (error,) = errors_of(run, EMPTY)
    assert error.assets == (B, C)
    assert skipped_for_nothing_known(run, [error]) == [D]


def test_exposures_are_counted_apart_from_what_was_not_built() -> None:
    exposure = "exposure.shop.report"
    run = run_of(NodeRun(A, "error"), skipped(B, A), skipped(C, A), skipped(exposure, A))
    (error,) = errors_of(run, EMPTY)
    assert (len(error.assets), error.unbuilt) == (3, 2)
    assert counted_words((*error.assets, CHECK)) == "2 assets, 1 exposure and 1 check"
    assert counted_words([exposure]) == "1 exposure"
    assert counted_words([]) == "0 assets"


def test_nodes_that_blame_each_other_end_the_search() -> None:
    run = run_of(NodeRun(A, "error"), skipped(B, C), skipped(C, B))
    (error,) = errors_of(run, EMPTY)
    assert not error.has_victims
    assert skipped_for_nothing_known(run, [error]) == [B, C]


def test_what_was_cancelled_or_interrupted_is_no_error() -> None:
    run = run_of(NodeRun(A, "cancelled", started_at=1.0), NodeRun(B, "interrupted", started_at=1.0))
    assert errors_of(run, EMPTY) == []


def test_a_place_is_a_line_or_a_block() -> None:
    node = NodeRun(A, "error", path="models/a.sql", line=4)
    assert place_words(node) == "models/a.sql:4"
    assert place_words(replace(node, last_line=9)) == "models/a.sql:4–9"
    assert place_words(replace(node, line=0)) == "models/a.sql"


def test_a_check_without_a_line_is_where_it_is_declared() -> None:
    graph = sample.shop(Path("/nowhere")).graph
    check = next(iter(graph.checks.values()))
    node = NodeRun(check.unique_id, "error", path=check.path)
    assert line_of(node, graph) == check.line
    assert line_of(replace(node, path="tests/other.sql"), graph) == 0


FAILED = NodeRun(
    A, "error", message="Runtime Error\n  oops\n\n\n  LINE 3: nosuch\n", line=2,
    path="models/a.sql",
    compiled_line=3, excerpt_from=2, excerpt="select\n  nosuch\nfrom t",
)  # fmt: skip
COMPILED = "-- a\nselect\n  nosuch\nfrom t\nwhere true"


def test_the_text_for_a_colleague_has_the_message_and_the_sql() -> None:
    text = error_text(FAILED, "a", run_of(FAILED), COMPILED)
    assert text == (
        "a (models/a.sql:2): error in run b77c on dev\n\n"
        "Runtime Error\n  oops\n\n  LINE 3: nosuch\n\n"
        f"Compiled SQL, line 3 failed:\n\n{COMPILED}\n"
    )


def test_compiled_sql_of_a_later_run_is_not_handed_out_as_that_of_the_error() -> None:
    assert is_of_run(FAILED, COMPILED)
    assert is_of_run(FAILED, COMPILED.replace("\n", "\r\n"))
    later = COMPILED.replace("nosuch", "name")
    assert not is_of_run(FAILED, later)
    text = error_text(FAILED, "a", run_of(FAILED), later)
    assert "where true" not in text
    assert "  2  select\n> 3    nosuch\n  4  from t" in text


def text_of(lines: list[ErrorLine]) -> list[str]:
    return ["".join(text for text, _ in line.segments).rstrip() for line in lines]


def test_victims_are_folded_under_their_error_and_unfolded_one_by_one() -> None:
    state = replace(sample.shop(Path("/nowhere")), graph=graph_of("a -> b -> c"))
    keys = {asset.name: key for key, asset in state.graph.assets.items()}
    run = run_of(
        NodeRun(keys["a"], "error", finished_at=1.0, message="oops"),
        skipped(keys["b"], keys["a"]),
        skipped(keys["c"], keys["a"]),
        skipped(CHECK, keys["a"]),
    )
    errors = errors_of(run, state.graph)
    folded = text_of(error_lines(run, errors, state, UNICODE, width=80))
    assert folded[-1] == "  ▸ 2 assets and 1 check skipped because of it: b, c"
    lines = error_lines(run, errors, state, UNICODE, width=80, unfolded={keys["a"]})
    assert text_of(lines)[-3:] == [
        "  ▾ 2 assets and 1 check skipped because of it",
        "      ⊘ b",
        "      ⊘ c",
    ]
    assert lines[-1].victim == keys["c"]


def test_no_line_is_wider_than_the_screen() -> None:
    state = sample.shop(Path("/nowhere"))
    long = replace(FAILED, message="word " * 100 + "x" * 200, excerpt="y" * 300, excerpt_from=3)
    run = run_of(long, *(skipped(f"model.shop.asset_number_{n}", A) for n in range(50)))
    for width in (20, 40, 80, 200):
        lines = error_lines(run, errors_of(run, state.graph), state, UNICODE, width=width)
        assert [text for text in text_of(lines) if len(text) > width] == []


def test_a_stopped_run_says_when_by_what_and_what_had_not_begun(tmp_path: Path) -> None:
    began = sample.NOW - 60
    nodes = [
        NodeRun(A, "success", began, began + 5, 5.0),
        NodeRun(B, "cancelled", began + 5, began + 12, 7.0),
        NodeRun(C, "cancelled"),
        NodeRun(CHECK, "cancelled"),
    ]
    run = replace(run_of(*nodes), status="cancelled", started_at=began, finished_at=began + 12.3)
    told = "\n".join(text_of(error_lines(run, [], sample.shop(tmp_path), UNICODE, width=60)))
    assert "after 12.3s" in told
    assert "by x in dbtree, or by a signal" in told
    assert "1 asset was stopped:\n    b" in told
    assert "1 asset and 1 check had not begun:" in told
    elsewhere = replace(run, external=True)
    other = text_of(error_lines(elsewhere, [], sample.shop(tmp_path), UNICODE, width=60))
    assert "  Stopped where it ran, by ctrl-c or another signal." in other


def test_a_narrow_heading_keeps_what_came_of_it_and_the_name_of_the_file(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    path = f"target/compiled/shop/models/{'deep/' * 20}accepted_values.sql"
    check = NodeRun(
        f"test.shop.{'accepted_values_' * 6}end", "fail", 1.0, 2.0, 1.0, failures=12,
        compiled_path=path,
    )  # fmt: skip
    run = run_of(check)
    head, *_, compiled = text_of(error_lines(run, errors_of(run, EMPTY), state, UNICODE, width=76))
    assert "fail  12 failing rows  1.00s" in head
    assert compiled.endswith("accepted_values.sql")


async def test_what_is_unfolded_below_the_edge_comes_into_sight(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    others = [key for key in state.graph.assets if key != "model.shop.orders"][:8]
    error = replace(sample.failed_run().nodes["model.shop.orders"], excerpt="", message="no\n" * 9)
    nodes = [error, *(skipped(key, error.unique_id) for key in others)]
    run = replace(sample.failed_run(), nodes={node.unique_id: node for node in nodes})
    async with opened(tmp_path, replace(state, runs=(run,)), size=(80, 24)) as user:
        await user.presses("2", "enter")
        await user.sees("8 assets skipped")
        last = state.graph.assets[others[-1]].name
        await user.presses("end", "right")
        await user.sees(f"⊘ {last}")


async def test_keys_go_from_error_to_error_copy_it_and_open_its_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("2", "enter")
        await user.sees("Errors 1", "order_totl")
        view = user.app.screen.query_one(ErrorsView)
        assert view.has_focus
        await user.presses("G", "K")
        assert view.lines[view.cursor].is_head
        await user.presses("right")
        await user.sees("⊘ daily_sales", "⊘ monthly_revenue")
        await user.presses("left", "y")
        assert user.app.clipboard.startswith(
            "orders (models/marts/orders.sql:14): error in run b77c on dev"
        )
        assert "> 16      sum(order_totl) as total" in user.app.clipboard
        await user.presses("c")
        await user.sees("target/compiled/shop/models/marts/orders.sql does not exist")
        await user.presses("e")
        await user.sees("models/marts/orders.sql does not exist")


async def test_hundreds_of_errors_are_made_once_and_shown_as_they_come(tmp_path: Path) -> None:
    state = sample.shop(tmp_path)
    nodes = {f"model.shop.m{n}": NodeRun(f"model.shop.m{n}", "error", finished_at=1.0 + n,
                                         message=f"oops {n}") for n in range(300)}  # fmt: skip
    run = replace(sample.failed_run(), nodes=nodes)
    known: dict[tuple[object, ...], tuple[ErrorLine, ...]] = {}
    errors = errors_of(run, EMPTY)
    whole = error_lines(run, errors, state, UNICODE, width=80, known=known)
    assert len(known) == 300
    again = error_lines(run, errors_of(run, EMPTY), state, UNICODE, width=80, known=known)
    assert all(new is old for new, old in zip(again, whole, strict=True) if old.segments)
    assert again == error_lines(run, errors, state, UNICODE, width=80)
    async with opened(tmp_path, replace(state, runs=(run,))) as user:
        await user.presses("2", "enter")
        await user.sees("Errors 300", "oops 0")
        await user.presses("G")
        await user.sees("oops 299")
