"""The graph of the last time, for the first paint of the next start.

A file of JSON lines: a header with the engine's facts and the number of rows, then arrays of rows.
It is only ever shown until dbt confirms or replaces it; what cannot be read is as if it were not
there. It is written in slices of a few milliseconds, since the encoder holds the interpreter's
lock and the screen must not wait for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from tui.assets import Asset, AssetGraph, Check
from tui.protocol.messages import EngineReady

FORMAT = 3
"""Raised when the rows change their shape; another format is not read."""
SLICE = 500
"""Rows a line."""


def save(path: Path, graph: AssetGraph, engine: EngineReady) -> None:
    """Write the snapshot, whole or not at all. An OSError is left to the caller."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(partial, "w", encoding="utf-8", errors="surrogateescape") as file:
        for line in _lines(graph, engine):
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
            file.write("\n")
    os.replace(partial, path)


def _lines(graph: AssetGraph, engine: EngineReady) -> Iterator[Any]:
    yield {
        "format": FORMAT,
        "assets": len(graph.assets),
        "checks": len(graph.checks),
        "macros": dict(graph.macros),
        "engine": asdict(engine),
    }
    for rows in (graph.assets, graph.checks):
        values = iter(rows.values())
        while part := list(islice(values, SLICE)):
            yield part


def load(path: Path) -> tuple[AssetGraph, EngineReady] | None:
    """The graph and the engine's facts of the last time, marked as provisional; None without."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            header = json.loads(file.readline())
            if header["format"] != FORMAT:
                return None
            rows = [row for line in file for row in json.loads(line)]
        if len(rows) != header["assets"] + header["checks"]:
            return None
        assets = [Asset.from_row(row) for row in rows[: header["assets"]]]
        checks = [Check.from_row(row) for row in rows[header["assets"] :]]
        graph = AssetGraph(
            {asset.unique_id: asset for asset in assets},
            {check.unique_id: check for check in checks},
            dict(header["macros"]),
            provisional=True,
        )
        return graph, EngineReady(**header["engine"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
