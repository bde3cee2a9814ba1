"""A run's timeline as text: its rows and their order, its axis, its bars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import graph_of
from tests.ui import sample
from tui.protocol.events import BatchFinished, BatchStarted
from tui.runs.node_needs import needs_of
from tui.runs.values import NodeRun, Run
from tui.ui.rows.segments import TextSegment, size_of
from tui.ui.run_page.timeline import (
    ORDERS,
    Timeline,
    TimelineRow,
    asset_of,
    begin_of,
    end_of,
)
from tui.ui.run_page.timeline_lines import axis_line, layout_of, longest_name, timeline_line
from tui.ui.run_page.timeline_scale import Scale, nice_end, nice_step, tick_label
from tui.ui.theme.glyphs import ASCII, UNICODE, Glyphs
from tui.workspace.state import WorkspaceState

GRAPH = graph_of("raw -> stg -> mart, raw -> other, stg -> report", checks="unique@stg, rows@stg")
BEGAN = 1000.0


def node(name: str, status: str, start: float, end: float, thread: int = 1) -> NodeRun:
    """A node that was worked on between these seconds of its run."""
    at = BEGAN + end if end else 0.0
    words = {"error": "Binder Error: no such column"}.get(status, "")
    return NodeRun(
        name, status, BEGAN + start, at, max(end - start, 0.0), words,
        skipped_because="mart" if status == "skipped" else "", thread=f"Thread-{thread} (worker)",
    )  # fmt: skip


def shop_run(*, status: str = "failed") -> Run:
    """A run of two threads, in which everything happened that can."""
    nodes = [
        node("raw", "success", 0, 2, 1),
        node("stg", "success", 2, 5, 2),
        node("other", "success", 2, 8, 1),
        node("unique", "pass", 5, 5.5, 2),
        node("rows", "warn", 5.5, 6.5, 2),
        node("mart", "error", 8, 10, 1),
        node("report", "skipped", 10, 10),
    ]
    return Run("a1b2", status, started_at=BEGAN, finished_at=BEGAN + 10,
               nodes={each.unique_id: each for each in nodes})  # fmt: skip


def rows_of(run: Run, *unfolded: str, order: str = "start", now: float = 10) -> list[TimelineRow]:
    needs = needs_of(GRAPH, run.nodes)
    at = BEGAN + now
    return [*Timeline(run, GRAPH, needs, {"raw", "rows"}, unfolded, order=order, now=at)]


def text(segments: list[TextSegment] | tuple[TextSegment, ...]) -> str:
    return "".join(part for part, _ in segments).rstrip()


def drawn(
    rows: list[TimelineRow], state: WorkspaceState, width: int, glyphs: Glyphs = UNICODE,
    *, now: float = 10, scale: Scale | None = None,
) -> list[str]:  # fmt: skip
    """The axis and the rows as text."""
    layout = layout_of(width, longest_name([row.node.unique_id for row in rows], state))
    scale = scale or Scale(BEGAN, 10.0, layout.bar, BEGAN)
    scale = replace(scale, width=layout.bar)
    lines = [axis_line(layout, scale, glyphs)]
    for row in rows:
        line = timeline_line(row, state, glyphs, layout, scale, now=BEGAN + now)
        assert size_of(line) == width
        lines.append([*line])
    return [text(line) for line in lines]


@pytest.fixture
def state(tmp_path: Path) -> WorkspaceState:
    return replace(sample.shop(tmp_path), graph=GRAPH)


def names(rows: list[TimelineRow]) -> str:
    return " ".join(row.node.unique_id for row in rows)


def test_checks_are_folded_under_their_asset_until_it_is_unfolded() -> None:
    assert names(rows_of(shop_run())) == "raw stg other mart report"
    assert names(rows_of(shop_run(), "stg")) == "raw stg unique rows other mart report"


def test_a_check_whose_asset_is_not_in_the_run_has_a_row_of_its_own() -> None:
    run = shop_run()
    only = replace(run, nodes={key: run.nodes[key] for key in ("unique", "rows")})
    assert names(rows_of(only)) == "unique rows"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("start", "raw stg other mart report"),
        ("duration", "other stg raw mart report"),
        ("thread", "raw other mart stg report"),
    ],
)
def test_rows_are_sorted_by_start_duration_or_thread(order: str, expected: str) -> None:
    assert names(rows_of(shop_run(), order=order)) == expected


def test_a_folded_asset_is_on_the_critical_path_for_its_checks() -> None:
    assert [row.node.unique_id for row in rows_of(shop_run()) if row.is_critical] == ["raw", "stg"]
    unfolded = [row.node.unique_id for row in rows_of(shop_run(), "stg") if row.is_critical]
    assert unfolded == ["raw", "rows"]


def test_it_waited_for_a_thread_from_when_all_it_needs_was_done() -> None:
    since = {row.node.unique_id: row.waits_since for row in rows_of(shop_run(), "stg")}
    assert since["raw"] == BEGAN
    assert since["stg"] == BEGAN + 2
    assert since["mart"] == BEGAN + 6.5  # behind the checks of stg
    assert since["rows"] == BEGAN + 5


def test_the_picture_of_a_run_that_is_over(state: WorkspaceState) -> None:
    assert drawn(rows_of(shop_run(), "stg"), state, 80) == [
        "      asset              took thr │0s      │2s      │4s      │6s      │8s",
        "  ✓ ◆ raw               2.00s   1 ━━━━━━━━━│        │        │        │",
        "▾ ✓   stg               3.00s   2 │        ━━━━━━━━━━━━━╸    │        │",
        "  ✓     unique          0.50s   2 │        │        │   ╺━━  │        │",
        "  ! ◆   rows            1.00s   2 │        │        │   ┄┄┄━━━━       │",
        "  ✓   other             6.00s   1 │        ━━━━━━━━━━━━━━━━━━━━━━━━━━━│",
        "  ✗   mart              2.00s   1 │        │        │        │ ┄┄┄┄┄┄┄━━━━━━━━━",
        "  ⊘   report                      │ because of mart",
    ]


def test_what_went_wrong_is_told_where_there_is_room(state: WorkspaceState) -> None:
    line = drawn(rows_of(shop_run()), state, 120, scale=Scale(BEGAN, 20.0, 1, BEGAN))[4]
    assert line.endswith("━━╸  Binder Error: no such column")


def test_folded_checks_leave_a_thin_line_and_what_came_of_them(state: WorkspaceState) -> None:
    line = drawn(rows_of(shop_run()), state, 80)[2]
    assert line == "▸ ✓ ◆ stg 1 warned      3.00s   2 │        ━━━━━━━━━━━━━╸──────       │"


def test_the_picture_while_it_goes_on(state: WorkspaceState) -> None:
    nodes = [node("raw", "success", 0, 2), node("stg", "running", 3, 0, 2),
             node("other", "queued", 0, 0), node("mart", "queued", 0, 0)]  # fmt: skip
    nodes[2:] = [replace(each, started_at=0.0, thread="") for each in nodes[2:]]
    run = Run("a1b2", "running", started_at=BEGAN, nodes={each.unique_id: each for each in nodes})
    assert drawn(rows_of(run, now=5), state, 70, ASCII, now=5) == [
        "      asset              took thr |0s               |5s",
        "  + = raw               2.00s   1 =======           |",
        "  -   stg                2.0s   2 |      ...========|",
        "  :   other                       |      ...........|",
        "  :   mart                        |                 |",
    ]


def test_what_is_outside_of_the_time_that_is_shown_leaves_the_line_whole(
    state: WorkspaceState,
) -> None:
    for start in (-20.0, 3.0, 20.0):
        drawn(rows_of(shop_run(), "stg"), state, 100, scale=Scale(BEGAN + start, 1.0, 1, BEGAN))


@given(st.integers(30, 220), st.floats(-30, 30), st.floats(0.01, 100), st.sampled_from(ORDERS))
def test_every_line_has_the_width_at_every_zoom(
    width: int, start: float, seconds: float, order: str
) -> None:
    state = replace(STATE, graph=GRAPH)
    scale = Scale(BEGAN + start, seconds, 1, BEGAN)
    rows = rows_of(shop_run(), "stg", order=order)
    assert len(drawn(rows, state, width, scale=scale)) == len(rows) + 1


STATE = WorkspaceState(sample.project_in(Path("/nowhere")))


def test_the_rows_of_a_large_run_are_made_when_they_are_asked_for() -> None:
    nodes = {f"n{i}": NodeRun(f"n{i}", "success", BEGAN + i, BEGAN + i + 1) for i in range(3000)}
    timeline = Timeline(Run("a1b2", "running", started_at=BEGAN, nodes=nodes), GRAPH)
    assert (len(timeline), timeline.last_begun, timeline.place_of("n7")) == (3000, 2999, 7)
    assert timeline[1500].node is nodes["n1500"]


def test_a_run_begins_and_ends_with_its_nodes() -> None:
    assert (begin_of(shop_run()), end_of(shop_run())) == (BEGAN, BEGAN + 10)
    stopped = {"a": NodeRun("a", "cancelled")}
    dropped = Run("a1b2", "cancelled", started_at=BEGAN, finished_at=BEGAN + 3, nodes=stopped)
    assert (begin_of(dropped), end_of(dropped)) == (BEGAN, BEGAN + 3)
    empty = Run("a1b2", "running", started_at=BEGAN)
    assert begin_of(empty) == BEGAN
    assert rows_of(empty) == []


@given(st.floats(0.001, 1e6), st.integers(5, 300), st.floats(0, 1e5))
def test_ticks_are_inside_apart_and_increasing(seconds: float, width: int, start: float) -> None:
    ticks = Scale(start, seconds, width).ticks()
    cells = [cell for cell, _ in ticks]
    assert cells == sorted(set(cells))
    assert all(0 <= cell < width for cell in cells)
    labels = [label for _, label in ticks]
    assert len(labels) == len(set(labels))
    assert all(
        later - cell > len(label)
        for cell, later, label in zip(cells, cells[1:], labels, strict=False)
    )


@pytest.mark.parametrize(
    ("seconds", "step", "said"),
    [(0, 5, "0s"), (2.5, 0.5, "2.5s"), (0.05, 0.01, "0.05s"), (59, 1, "59s"), (60, 30, "1m"),
     (90, 30, "1m30s"), (7500, 300, "2h05m"), (7200, 3600, "2h")],
)  # fmt: skip
def test_a_tick_says_its_time_as_exactly_as_its_step(seconds: float, step: float, said: str):
    assert tick_label(seconds, step) == said


@given(st.floats(1e-4, 1e7))
def test_round_times_are_not_below_and_not_far_above(seconds: float) -> None:
    assert seconds * (1 - 1e-6) <= nice_step(seconds) <= max(seconds * 10, 0.01)
    assert seconds <= nice_end(seconds) * (1 + 1e-9)
    assert nice_end(seconds) <= max(seconds * 1.6, 0.01)


def test_what_a_stopped_run_never_began_comes_last(state: WorkspaceState) -> None:
    nodes = [NodeRun("mart", "cancelled"), *shop_run().nodes.values()][:4]
    run = Run("a1b2", "cancelled", started_at=BEGAN, finished_at=BEGAN + 10,
              nodes={each.unique_id: each for each in nodes[1:] + nodes[:1]})  # fmt: skip
    run = replace(run, nodes={"mart": nodes[0], **run.nodes})
    for order in ORDERS:
        last = rows_of(run, order=order)[-1]
        assert (last.node.unique_id, last.begun_at, last.thread) == ("mart", 0.0, 0)
    assert begin_of(run) == BEGAN
    layout = layout_of(80, 12)
    line = timeline_line(last, state, UNICODE, layout, Scale(BEGAN, 10, layout.bar), now=BEGAN)
    assert ("name", "mart") not in [(style, text.strip()) for text, style in line]


@given(st.floats(1, 1e5), st.integers(20, 200))
def test_no_label_of_the_axis_is_cut(seconds: float, width: int) -> None:
    layout = layout_of(width, 12)
    scale = Scale(0.0, seconds, layout.bar)
    bar = text(axis_line(layout, scale, UNICODE))[layout.before_bar :]
    labels = {label for _, label in scale.ticks()}
    assert {part.strip() for part in bar.split(UNICODE.tick)} - {""} <= labels


def test_the_batches_of_a_model_are_rows_under_it_with_a_status_each():
    events = [
        BatchFinished(BEGAN + 3, "stg", "2024-01-01", "success", BEGAN + 2, 1.0),
        BatchFinished(BEGAN + 4, "stg", "2024-01-02", "error", BEGAN + 3, 1.0, "no such column"),
        BatchStarted(BEGAN + 4, "stg", "2024-01-03"),
    ]
    run = shop_run(status="running").apply(events)
    assert '"running"' in run.nodes["stg"].batches
    found = [row for row in rows_of(run, "stg") if row.is_child]
    assert [(asset_of(row.node.unique_id), row.node.status) for row in found] == [
        ("stg", "success"), ("stg", "error"), ("stg", "running"), ("unique", "pass"),
        ("rows", "warn"),
    ]  # fmt: skip
    assert found[1].node.message == "no such column"
    assert found[0].node.unique_id.endswith(".2024-01-01")
