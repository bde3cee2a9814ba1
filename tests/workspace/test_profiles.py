"""A profile is kept for what was counted, and counted again when that is no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.ui import sample
from tui.protocol.messages import Profiled
from tui.workspace.queries import Queries
from tui.workspace.store import WorkspaceStore

ORDERS = "model.shop.orders"


class CountingEngine:
    """Counts, while the asset may be built."""

    def __init__(self, store: WorkspaceStore) -> None:
        self.store = store
        self.builds: list[str] = []
        """The runs that build the asset while it is counted, the next one first."""
        self.counted = 0

    async def request(self, kind: type, **fields: Any) -> Profiled:
        self.counted += 1
        if self.builds:
            history = self.store.state.history
            built = replace(history.built[ORDERS], run_id=self.builds.pop(0))
            self.store.set(history=replace(history, built={**history.built, ORDERS: built}))
        return Profiled(0, ORDERS, "shop.orders", self.counted, None, "all")


async def test_what_was_built_while_it_was_counted_is_counted_again(tmp_path: Path) -> None:
    store = WorkspaceStore(replace(sample.shop(tmp_path), runs=()))
    engine = CountingEngine(store)
    none = cast(Any, None)
    queries = Queries(cast(Any, engine), none, none, none, store, none)
    engine.builds = ["f00d"]
    assert (await queries.profile(ORDERS)).rows == 1
    assert (await queries.profile(ORDERS)).rows == 2
    assert (await queries.profile(ORDERS)).rows == 2
    queries.forget_profile(ORDERS)
    assert (await queries.profile(ORDERS)).rows == 3
