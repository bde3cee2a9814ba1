"""What names a graph: equal for the same rows, wherever they come from.

A client that has kept a graph says its name when it opens the project. An engine whose graph has
the same one need not send it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

KEY = "graph"
"""Of the name, in the first line of a file that keeps a graph: an object of JSON."""
LONGEST_LINE = 1000
"""Characters of such a line, at most."""


def graph_digest(
    assets: Iterable[Sequence[Any]], checks: Iterable[Sequence[Any]], macros: Mapping[str, str]
) -> str:
    """The name of a graph: the digest of its rows, whose order does not count.

    Args:
        assets: rows of Asset, as values or as they are on the wire.
        checks: rows of Check.
        macros: unique_id → digest of the macro's text.
    """
    import hashlib  # a window only reads a name before its first frame

    encode = json.JSONEncoder(separators=(",", ":")).encode
    named = hashlib.sha256()
    for rows in (assets, checks, macros.items()):
        for line in sorted(map(encode, rows)):
            named.update(line.encode())
            named.update(b"\n")
        named.update(b"\n")
    return named.hexdigest()


def name_in(path: Path) -> str:
    """The name of the graph that a file keeps; empty where it keeps none."""
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as file:
            found = json.loads(file.readline(LONGEST_LINE))
    except (OSError, ValueError, RecursionError):
        return ""
    name = found.get(KEY) if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""
