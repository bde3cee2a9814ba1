"""The last graph, for the first paint of the next start.

A file of JSON lines: the name of the graph, a header with the engine's facts and the number of
rows, then tables of rows, column by column, since columns become tuples at the speed of C. It is
only ever shown until dbt confirms or replaces it; what cannot be read is as if it were not there.
It is written in slices of a few milliseconds, since the encoder holds the interpreter's lock and
the screen must not wait for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from tui.graph import Asset, AssetGraph, Check, Fingerprint
from tui.protocol.graph_digest import KEY, graph_digest
from tui.protocol.messages import EngineReady
from tui.protocol.plain import plain
from tui.protocol.private_files import private
from tui.protocol.records import Compiled
from tui.protocol.whole_files import replacement

Row = TypeVar("Row", Asset, Check)

LAYOUT = 2
"""Raised when the file is laid out differently."""
FORMAT = [
    LAYOUT,
    *(",".join(row._fields) for row in (Asset, Check, Fingerprint)),
    ",".join(field.name for field in fields(EngineReady)),
]
"""What the rows and the facts consist of. A file of another format is not read, so that a field
that came, went or moved can never be taken for another."""
SLICE = 500
"""Rows a line."""


def save(path: Path, graph: AssetGraph, engine: EngineReady) -> None:
    """Write the snapshot, whole or not at all. An OSError is left to the caller."""
    with (
        replacement(path) as partial,
        open(partial, "x", encoding="utf-8", errors="surrogatepass", opener=private) as file,
    ):
        for line in _lines(graph, engine):
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
            file.write("\n")


def _lines(graph: AssetGraph, engine: EngineReady) -> Iterator[Any]:
    yield {KEY: graph_digest(graph.assets.values(), graph.checks.values(), graph.macros)}
    yield {
        "format": FORMAT,
        "assets": len(graph.assets),
        "checks": len(graph.checks),
        "macros": dict(graph.macros),
        "compiled": {key: list(row) for key, row in graph.compiled.items()},
        "engine": asdict(engine),
    }
    yield from _tables([graph.depth[key], *graph.assets[key]] for key in graph.order)
    yield from _tables(graph.checks.values())


def _tables(rows: Iterable[Sequence[Any]]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in slices, each column by column."""
    values = iter(rows)
    while part := list(islice(values, SLICE)):
        yield list(zip(*part, strict=True))


@plain(frozen=True)
class Snapshot:
    """What a file keeps."""

    graph: AssetGraph
    """Marked as provisional."""
    engine: EngineReady
    """The engine's facts."""
    name: str
    """Of the graph, as an engine may know it (`graph_digest`)."""


def load(path: Path) -> Snapshot | None:
    """The graph and the engine's facts of the last time; None without."""
    try:
        with open(path, encoding="utf-8", errors="surrogatepass") as file:
            name = json.loads(file.readline())[KEY]
            header = json.loads(file.readline())
            if header["format"] != FORMAT:
                return None
            assets: dict[str, Asset] = {}
            depth: dict[str, int] = {}
            while len(assets) < header["assets"]:
                depths, *columns = json.loads(file.readline())
                read = _rows(Asset, columns)
                assets |= read
                depth |= zip(read, depths, strict=True)
            checks: dict[str, Check] = {}
            while len(checks) < header["checks"]:
                checks |= _rows(Check, json.loads(file.readline()))
        compiled = {key: Compiled(*row) for key, row in header.get("compiled", {}).items()}
        graph = AssetGraph(assets, checks, dict(header["macros"]), True, compiled)
        graph.take_depth(depth)
        return Snapshot(graph, EngineReady(**header["engine"]), name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _rows(kind: type[Row], columns: list[Any]) -> dict[str, Row]:
    """The values of a table, by their unique_ids."""
    for place, name in enumerate(kind._fields):
        if name in ("depends_on", "macros", "tags", "kinds"):
            columns[place] = map(tuple, columns[place])
        elif name == "fingerprint":
            columns[place] = map(Fingerprint._make, columns[place])
    ids = columns[0]
    return dict(zip(ids, map(kind._make, zip(*columns, strict=True)), strict=True))
