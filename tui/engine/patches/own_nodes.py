"""Where dbt searches all nodes of the project for a few, it sees only those few."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def only(manifest: Any, wanted: Collection[str]) -> Iterator[None]:
    """While something is done inside, the manifest has just these nodes."""
    nodes = manifest.nodes
    manifest.nodes = {key: nodes[key] for key in wanted if key in nodes}
    try:
        yield
    finally:
        manifest.nodes = nodes
