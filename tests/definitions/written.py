"""A tiny manifest, and modules of definitions written into a directory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from tui.definitions.api import Definitions
from tui.definitions.loader import Failure, Place, failure_of, load


def node(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "unique_id": f"{kind}.shop.{name}", "resource_type": kind, "name": name, "alias": name,
        "config": {"materialized": "table"}, "depends_on": {"nodes": []}, "tags": [], **more,
    }  # fmt: skip


def source(name: str, table: str, **more: Any) -> dict[str, Any]:
    unique_id = f"source.shop.{name}.{table}"
    return {
        "unique_id": unique_id, "resource_type": "source", "source_name": name, "name": table,
        "config": {}, "tags": [], **more,
    }  # fmt: skip


def manifest(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {n["unique_id"]: n for n in nodes if n["resource_type"] != "source"},
        "sources": {n["unique_id"]: n for n in nodes if n["resource_type"] == "source"},
    }


SHOP = manifest(
    source("shop", "raw_orders"),
    node("seed", "products"),
    node("model", "orders", depends_on={"nodes": ["source.shop.shop.raw_orders"]}),
    node("model", "revenue", config={"schema": "marts", "group": "finance"}, tags=["daily"],
         depends_on={"nodes": ["model.shop.orders"]}, description="Money."),
)  # fmt: skip


@contextmanager
def fresh_modules() -> Iterator[None]:
    """Forget afterwards what was imported, and from where."""
    before, path = set(sys.modules), list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if not name.startswith("tui"):
                del sys.modules[name]


def write(directory: Path, files: dict[str, str]) -> Place:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return Place(directory, "defs")


def outcome(place: Place) -> Definitions | Failure:
    with fresh_modules():
        try:
            return load(place)
        except Exception as error:  # noqa: BLE001  whatever the module raises
            return failure_of(error, place)


def failure(directory: Path, text: str, name: str = "defs.py") -> tuple[str, str, int]:
    """What a wrong module says: the sentence, the file's name, the line."""
    found = outcome(write(directory, {name: text}))
    assert isinstance(found, Failure), found
    return found.message, Path(found.path).name, found.line


def values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata without its kinds."""
    return {label: value.value for label, value in metadata.items()}
