"""The graph of the last time comes back whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.graphs import graph_of, layered
from tests.ui.sample import ENGINE
from tui.graph import Asset, AssetGraph
from tui.protocol.graph_digest import graph_digest, name_in
from tui.workspace import graph_snapshot as snapshot


def name_of(graph: AssetGraph) -> str:
    return graph_digest(graph.assets.values(), graph.checks.values(), graph.macros)


def test_what_was_saved_comes_back(tmp_path: Path):
    graph = layered(1000)
    snapshot.save(tmp_path / "saved", graph, ENGINE)
    found = snapshot.load(tmp_path / "saved")
    assert found is not None
    loaded = found.graph
    assert found.engine == ENGINE
    assert found.name == name_in(tmp_path / "saved") == name_of(graph)
    assert loaded.provisional
    assert dict(loaded.assets) == dict(graph.assets)
    assert dict(loaded.checks) == dict(graph.checks)
    assert (loaded.order, loaded.depth) == (graph.order, graph.depth)
    assert all(type(asset) is Asset for asset in loaded.assets.values())


def test_an_empty_project_and_one_without_checks_come_back(tmp_path: Path):
    for number, graph in enumerate((graph_of(""), graph_of("a -> b", macros={"macro.m": "1"}))):
        snapshot.save(tmp_path / str(number), graph, ENGINE)
        found = snapshot.load(tmp_path / str(number))
        assert found is not None
        assert dict(found.graph.assets) == dict(graph.assets)
        assert dict(found.graph.macros) == dict(graph.macros)


def test_a_file_of_other_fields_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "saved"
    snapshot.save(path, graph_of("a -> b"), ENGINE)
    older = [str(part) for part in snapshot.FORMAT]
    older[1] = older[1].replace(",group,owner", ",owner,group")
    monkeypatch.setattr(snapshot, "FORMAT", older)
    assert snapshot.load(path) is None


@pytest.mark.parametrize("cut", [0, 1, 30, 500, -1, -2, -40])
def test_a_torn_file_is_as_none(tmp_path: Path, cut: int):
    path = tmp_path / "saved"
    snapshot.save(path, graph_of("a -> b -> c", checks="unique@a"), ENGINE)
    whole = path.read_text("utf-8")
    path.write_text(whole[:cut].rstrip("]\n"), "utf-8")
    assert snapshot.load(path) is None


def test_what_is_no_snapshot_is_as_none(tmp_path: Path):
    path = tmp_path / "saved"
    assert snapshot.load(path) is None
    for text in ("", "[]", "3", "{}", json.dumps({"format": snapshot.FORMAT})):
        path.write_text(text, "utf-8")
        assert snapshot.load(path) is None
