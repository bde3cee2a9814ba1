"""The neighbourhood of an asset, drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.sample import graph_of
from tui.ui.asset_page.lineage_connectors import LEFT, RIGHT
from tui.ui.asset_page.lineage_layout import layers_of, neighbourhood
from tui.ui.asset_page.lineage_lines import Label, line_segments
from tui.ui.asset_page.lineage_map import LineageMap, draw_map

SHOP = """
raw_a -> stg_a -> m -> x -> y
raw_b -> stg_b -> m -> z
stg_a -> x
"""


def model(name: str) -> str:
    return f"{'seed' if name.startswith('raw') else 'model'}.shop.{name}"


def drawn(text: str, focus: str, *, up: int = 9, down: int = 9, is_tall: bool = True) -> LineageMap:
    graph = graph_of(text)
    shown = neighbourhood(graph, model(focus), up, down)
    widths = {key: 2 + len(graph.assets[key].name) for key in shown}
    return draw_map(layers_of(graph, shown), widths, is_tall=is_tall)


def text_of(drawing: LineageMap, focus: str) -> str:
    labels = {key: Label("✓", "fresh", key.rpartition(".")[2]) for key in drawing.boxes}
    lines = []
    for y in range(drawing.height):
        segments = line_segments(drawing, y, labels, cursor=model(focus), focus=model(focus))
        line = "".join(text for text, _ in segments)
        assert len(line) == drawing.width
        lines.append(line.rstrip())
    return "\n".join(lines)


def test_upstream_stands_left_and_downstream_right() -> None:
    boxes = drawn(SHOP, "m").boxes
    order = [boxes[model(name)].layer for name in ("raw_a", "stg_a", "m", "x", "y")]
    assert order == [0, 1, 2, 3, 4]


def test_only_so_many_steps_are_shown() -> None:
    assert set(drawn(SHOP, "m", up=1, down=1).boxes) == {
        model(name) for name in ("stg_a", "stg_b", "m", "x", "z")
    }


def test_a_chain_is_one_straight_line() -> None:
    assert text_of(drawn("raw_a -> stg_a -> m", "m"), "m") == "\n".join((
        "╭─────────╮     ╭─────────╮     ╭─────╮",
        "│ ✓ raw_a │────▸│ ✓ stg_a │────▸│ ✓ m │",
        "╰─────────╯     ╰─────────╯     ╰─────╯",
    ))  # fmt: skip


def test_a_box_without_its_frame_takes_one_line() -> None:
    text = text_of(drawn("raw_a -> m\nraw_b -> m", "m", is_tall=False), "m")
    assert len(text.splitlines()) == 2
    assert "✓ raw_a" in text


def test_an_edge_over_several_layers_passes_by_the_boxes_between() -> None:
    drawing = drawn(SHOP, "m")
    between = drawing.boxes[model("m")]
    passing = [
        wire for (x, _), wire in drawing.wires.items() if between.x <= x < between.x + between.width
    ]
    assert passing
    assert all((model("stg_a"), model("x")) in wire.edges for wire in passing)


def test_the_arrows_walk_along_edges_and_within_a_layer() -> None:
    drawing = drawn(SHOP, "m")
    assert drawing.step(model("m"), 1, 0) in (model("x"), model("z"))
    assert drawing.step(model("m"), -1, 0) in (model("stg_a"), model("stg_b"))
    assert drawing.step(model("raw_a"), -1, 0) == model("raw_a")
    here, there = sorted((drawing.boxes[model(name)] for name in ("x", "z")), key=lambda box: box.y)
    assert drawing.step(here.key, 0, 1) == there.key
    assert drawing.step(there.key, 0, 1) == there.key


@st.composite
def graphs(draw: st.DrawFn) -> str:
    count = draw(st.integers(2, 9))
    lines = [f"n{number}" for number in range(count)]
    for number in range(1, count):
        parents = draw(st.sets(st.integers(0, number - 1), max_size=3))
        lines += [f"n{parent} -> n{number}" for parent in parents]
    return "\n".join(lines)


@given(graphs(), st.integers(0, 8), st.booleans())
def test_no_box_overlaps_another_and_every_edge_is_drawn_to_the_right(
    text: str, place: int, is_tall: bool
) -> None:
    graph = graph_of(text)
    focus = model(f"n{place % len(graph.assets)}")
    shown = neighbourhood(graph, focus, 9, 9)
    drawing = draw_map(layers_of(graph, shown), dict.fromkeys(shown, 5), is_tall=is_tall)
    cells: set[tuple[int, int]] = set()
    for box in drawing.boxes.values():
        reach = range(box.y - is_tall, box.y + is_tall + 1)
        own = {(x, y) for x in range(box.x, box.x + box.width) for y in reach}
        assert not own & cells
        assert all(0 <= y < drawing.height for y in reach)
        cells |= own
    assert not cells & set(drawing.wires)
    edges = set().union(*(wire.edges for wire in drawing.wires.values()), set())
    wanted = {(a, b) for b in shown for a in graph.upstream(b) if a in shown}
    assert edges == wanted
    for left, right in wanted:
        assert drawing.boxes[left].x < drawing.boxes[right].x


@pytest.mark.parametrize(
    "text",
    [
        "n0 -> n3\nn1 -> n4\nn2 -> n3\nn0 -> n4\nn1 -> n5\nn2 -> n5",
        "n0 -> n3\nn0 -> n4\nn1 -> n3\nn1 -> n5\nn2 -> n4",
        "n0 -> n1 -> n4\nn0 -> n3 -> n4\nn2 -> n4\nn0 -> n5\nn1 -> n5\nn3 -> n5\n"
        "n0 -> n6\nn1 -> n6\nn4 -> n6",
        "raw_a -> b -> d -> f\nb -> e -> f\nraw_c -> d -> g\nraw_c -> e -> g\nb -> g",
    ],
)
def test_two_lines_run_together_only_where_they_arrive(text: str) -> None:
    graph = graph_of(text)
    focus = next(iter(graph.assets))
    shown = dict(graph.depth)
    drawing = draw_map(layers_of(graph, shown), dict.fromkeys(shown, 5), is_tall=True)
    for (x, y), wire in drawing.wires.items():
        before = drawing.wires.get((x - 1, y))
        if before is None:
            continue
        together = [
            origin
            for origin, bits in wire.bits.items()
            if bits & LEFT and before.bits.get(origin, 0) & RIGHT
        ]
        edges = wire.edges & before.edges
        aims = [{target for other, target in edges if other == one} for one in together]
        assert all(aim == aims[0] for aim in aims), text_of(drawing, focus.rpartition(".")[2])
