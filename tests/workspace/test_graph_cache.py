"""The graph is saved for the next start where it is another one than was loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.graphs import graph_of
from tests.ui.sample import ENGINE
from tui.project.project import Project
from tui.workspace.graph_cache import GraphCache


def saved(cache: GraphCache, state: Any, **changed: Any) -> bool:
    """Whether closing writes the snapshot, with such a state."""
    vars(state).update(changed)
    before = cache.path.stat().st_ino if cache.path.exists() else 0
    cache.load()
    cache._saving = SimpleNamespace(cancel=bool)  # type: ignore[assignment]
    cache.close()
    return cache.path.stat().st_ino != before


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    state = SimpleNamespace(
        project=Project(tmp_path, "shop", state_dir=tmp_path), graph=graph_of("a -> b"),
        engine=ENGINE, is_confirmed=True,
    )  # fmt: skip
    cache = GraphCache(lambda: state)  # type: ignore[arg-type, return-value]
    assert saved(cache, state)
    assert not saved(cache, state, graph=graph_of("a -> b"))
    assert saved(cache, state, graph=graph_of("a -> b -> c"))
    assert saved(cache, state, graph=graph_of("a -> b -> c", macros={"macro.m": "1"}))
    assert saved(cache, state, engine=replace(ENGINE, target="other"))
    cache.path.unlink()
    assert saved(cache, state)
