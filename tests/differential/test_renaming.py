"""After a rename, a parse from nothing finds the graph of before, with the name replaced.

`make soak` renames every model, seed, snapshot and table of a source of all projects.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.differential.plain_dbt import Graph, PlainDbt
from tests.projects import DEMO, EVERYTHING, KIOSK, PARCEL, copy_project
from tests.projects.generated import generate_project
from tui.graph import Asset, AssetGraph, Check
from tui.refactoring.asset_names import RENAMABLE
from tui.workspace.file_edits import apply
from tui.workspace.refactorings import renamed

pytestmark = pytest.mark.timeout(3000)

DIRECTORIES = ("models", "seeds", "snapshots", "tests", "macros", "analyses", "functions")
SEED = int(os.environ.get("DBTREE_SOAK_SEED", "0")) or random.randrange(1, 10**6)
RICHEST = ("model.everything.dim_item.v2", "model.everything.item_totals")
"""Versions; and what is named in SQL, Python, exposures, unit tests and constraints."""


def configuration(asset: Asset) -> dict[str, object]:
    """Without the relation, which is called as the asset."""
    found: dict[str, object] = json.loads(asset.fingerprint.config or "{}")
    found.pop("relation", None)
    return found


def check_of(check: Check, to: Callable[[str], str]) -> tuple[object, ...]:
    reads = tuple(sorted(map(to, check.depends_on)))
    return (check.kind, check.test_name, check.column, to(check.asset), reads, check.severity)


def check_rename(root: Path, before: Graph, key: str, plain_dbt: PlainDbt) -> None:
    graph = AssetGraph(before.assets, before.checks, before.macros)
    package = before.assets[key].package
    change = renamed(root, graph, key, "another_name", package=package, directories=DIRECTORIES)
    apply(root, change)
    after = plain_dbt.parse(root)
    apply(root, change.inverse)
    where = f"seed {SEED}, {root.name}, {key}"
    assert isinstance(after, Graph), (where, after)
    source = before.assets[key]
    old = source.name.rpartition(".")[2] if source.resource_type == "source" else (
        source.name.removesuffix(f".v{source.version}") if source.version else source.name
    )  # fmt: skip
    place = 3 if source.resource_type == "source" else 2
    head = ".".join(key.split(".")[: place + 1])

    def to(unique_id: str) -> str:
        is_same = unique_id == head or (source.version and unique_id.startswith(f"{head}.v"))
        if not is_same:
            return unique_id
        parts = unique_id.split(".")
        assert parts[place] == old, where
        parts[place] = "another_name"
        return ".".join(parts)

    assert {to(one) for one in before.assets} == after.assets.keys(), where
    for unique_id, was in before.assets.items():
        now = after.assets[to(unique_id)]
        assert now.depends_on == tuple(sorted(map(to, was.depends_on))), (where, unique_id)
        assert configuration(now) == configuration(was), (where, unique_id)
        assert (now.description, now.tags, now.group, now.owner, now.access) == (
            was.description, was.tags, was.group, was.owner, was.access
        ), (where, unique_id)  # fmt: skip
    assert sorted(check_of(one, to) for one in before.checks.values()) == sorted(
        check_of(one, str) for one in after.checks.values()
    ), where


def candidates(graph: Graph) -> list[str]:
    return sorted(
        key
        for key, asset in graph.assets.items()
        if asset.resource_type in RENAMABLE and not asset.path.startswith("dbt_packages/")
    )


def rename_each(root: Path, plain_dbt: PlainDbt, chosen: Iterable[str] | None = None) -> None:
    before = plain_dbt.parse(root)
    assert isinstance(before, Graph), before
    for key in candidates(before) if chosen is None else chosen:
        check_rename(root, before, key, plain_dbt)


def test_a_parse_after_a_rename_finds_the_same_graph(tmp_path: Path, plain_dbt: PlainDbt) -> None:
    root = copy_project(EVERYTHING, tmp_path / "everything")
    rename_each(root, plain_dbt, RICHEST)


def test_of_a_generated_project_any_model_can_be_renamed(
    tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    root = generate_project(tmp_path / "generated", 60, SEED)
    before = plain_dbt.parse(root)
    assert isinstance(before, Graph), before
    rename_each(root, plain_dbt, random.Random(SEED).sample(candidates(before), 2))


@pytest.mark.soak
@pytest.mark.parametrize("project", [DEMO, EVERYTHING, PARCEL, KIOSK], ids=lambda one: one.name)
def test_everything_can_be_renamed(project: Path, tmp_path: Path, plain_dbt: PlainDbt) -> None:
    rename_each(copy_project(project, tmp_path / project.name), plain_dbt)
