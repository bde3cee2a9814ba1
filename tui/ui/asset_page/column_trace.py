"""Where a column comes from and who uses it, as lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from tui.column_lineage.column_graph import ColumnGraph, Step
from tui.column_lineage.effects import exposures_of, untraced_readers
from tui.column_lineage.values import (
    COMPUTED,
    OUTSIDE,
    PASS_THROUGH,
    UNKNOWN,
    ColumnRef,
    TracedColumn,
)
from tui.graph import AssetGraph
from tui.text.formats import plural
from tui.ui.rows.segments import TextSegment, fit
from tui.ui.theme.glyphs import Glyphs

STEP = 2
"""Cells that each step is indented."""
DEEPEST = 12
"""Steps beyond which no more is indented."""
NAME_LEAST = 24
KIND_STYLES = {COMPUTED: "computed", UNKNOWN: "failed"}


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of the lineage of a column."""

    segments: tuple[TextSegment, ...]
    ref: ColumnRef | None = None
    """The column on it, if any."""
    asset: str = ""
    """The asset on it, where that is an exposure or the like."""


def label_of(graph: AssetGraph, ref: ColumnRef) -> str:
    """A column with the name of its asset: `orders.total`."""
    asset = graph.assets.get(ref.asset)
    return f"{asset.name if asset else ref.asset}.{ref.column}"


def kind_words(column: TracedColumn | None, graph: AssetGraph, ref: ColumnRef) -> str:
    """What a column is, in a word or two."""
    asset = graph.assets.get(ref.asset)
    if asset is None:
        return column.kind if column else "not of this project"
    is_from_outside = column is not None and column.kind == PASS_THROUGH and not column.sources
    if is_from_outside or asset.resource_type in OUTSIDE:
        return f"column of a {asset.resource_type}"
    return column.kind if column else ""


def trace_lines(
    graph: AssetGraph, columns: ColumnGraph, ref: ColumnRef, glyphs: Glyphs, *, width: int
) -> list[TraceLine]:
    """The lineage of a column, as far as it is known."""
    asset = columns.assets.get(ref.asset)
    if columns.problem:
        return list(_wrapped(columns.problem, "failed", width))
    if asset is None:
        return [_words("its SQL is being read …", "dim")]
    column = asset.column(ref.column)
    lines = list(_made_of(column, asset.problem, width))
    upstream, downstream = columns.upstream(ref), columns.downstream(ref)
    if upstream:
        lines.append(_head(f"comes from {_count(upstream)}"))
        lines += _steps(graph, upstream, glyphs.upstream, "upstream", width)
    if downstream:
        lines.append(_head(f"used by {_count(downstream)}"))
        lines += _steps(graph, downstream, glyphs.downstream, "downstream", width)
    reached = [ref, *(step.ref for step in downstream)]
    lines += _readers(graph, columns, reached, glyphs, width)
    if not downstream and columns.is_complete:
        lines.append(_words("no column downstream is made of it", "dim"))
    if not columns.is_complete:
        lines.append(_words("more SQL is being read …", "dim"))
    return lines


def _count(steps: Sequence[Step]) -> str:
    found = {step.ref for step in steps}
    assets = plural(len({ref.asset for ref in found}), "asset")
    return f"{plural(len(found), 'column')} of {assets}"


def _made_of(column: TracedColumn | None, problem: str, width: int) -> Iterator[TraceLine]:
    if problem:
        yield from _wrapped(problem, "failed", width)
    if column is None:
        if not problem:
            yield _words("the SQL has no such column", "failed")
        return
    if column.note:
        yield from _wrapped(column.note, "failed", width)
    if column.expression:
        for number, text in enumerate(_wrap(column.expression, width - 2)):
            yield TraceLine((("  " if number else "= ", "dim"), (text, "computed")))


def _steps(
    graph: AssetGraph, steps: Iterable[Step], arrow: str, style: str, width: int
) -> Iterator[TraceLine]:
    named = [
        (step, " " * STEP * min(step.depth, DEEPEST) + f"{arrow} ", label_of(graph, step.ref))
        for step in steps
    ]
    room = max((cell_len(before) + cell_len(name) for _, before, name in named), default=0)
    room = max(min(room, width * 3 // 5), min(NAME_LEAST, width))
    for step, before, name in named:
        segments = fit([(before, style), (name, "name")], room)
        kind = kind_words(step.column, graph, step.ref)
        segments.append((f"  {kind}", KIND_STYLES.get(kind, "dim")))
        if step.is_again:
            segments.append(("  see above", "dim"))
        elif step.column is not None and (text := step.column.expression or step.column.note):
            segments.append((f"  {text}", "plain"))
        yield TraceLine(tuple(fit(segments, width)), step.ref)


def _readers(
    graph: AssetGraph,
    columns: ColumnGraph,
    reached: Sequence[ColumnRef],
    glyphs: Glyphs,
    width: int,
) -> Iterator[TraceLine]:
    if exposures := exposures_of(graph, reached):
        yield _head(f"read, as a whole, by {plural(len(exposures), 'exposure')}")
    for key in exposures:
        asset = graph.assets[key]
        yield TraceLine(((f"  {glyphs.downstream} ", "downstream"), (asset.name, "name"),
                         (f"  {asset.materialized}", "dim")), asset=key)  # fmt: skip
    if perhaps := untraced_readers(graph, columns, reached):
        yield _head("perhaps also used by")
    for key in perhaps:
        traced = columns.assets.get(key)
        why = (traced.problem if traced else "") or "it was not read yet"
        segments = [("  ? ", "failed"), (graph.assets[key].name, "name"), (f"  {why}", "dim")]
        yield TraceLine(tuple(fit(segments, width)), asset=key)


def _head(text: str) -> TraceLine:
    return TraceLine(((text, "head"),))


def _words(text: str, style: str) -> TraceLine:
    return TraceLine(((text, style),))


def _wrap(text: str, width: int) -> list[str]:
    return [line.plain for line in Content(text).wrap(max(width, 8))]


def _wrapped(text: str, style: str, width: int) -> Iterator[TraceLine]:
    for line in _wrap(text, width):
        yield _words(line, style)
