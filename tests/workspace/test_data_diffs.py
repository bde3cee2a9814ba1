"""Which assets have baselines taken, and which copies are dropped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.ui import sample
from tui.protocol import baselines, messages
from tui.protocol.baselines import Baseline
from tui.workspace.data_diffs import DataDiffs
from tui.workspace.store import WorkspaceStore

ORDERS, CUSTOMERS, GONE = "model.shop.orders", "model.shop.customers", "model.shop.gone"


class Engine:
    def __init__(self) -> None:
        self.asked: list[tuple[type, dict[str, Any]]] = []

    async def request(self, kind: type, /, **fields: Any) -> Any:
        self.asked.append((kind, fields))


async def readable() -> None:
    """It always is."""


async def test_copies_of_what_is_off_or_gone_are_dropped(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), is_confirmed=True)
    store, engine = WorkspaceStore(state), Engine()
    diffs = DataDiffs(cast(Any, engine), store, readable)
    directory, target = state.project.state_dir, state.target

    await diffs.keep_baselines([ORDERS, CUSTOMERS], on=True)
    assert store.state.baselines == {ORDERS, CUSTOMERS}
    assert engine.asked == []

    for unique_id in (ORDERS, GONE):
        baselines.note_baseline(directory, target, Baseline(unique_id, 1.0, "a3f1", "d", "s", "i"))
    await diffs.keep_baselines([ORDERS], on=False)
    ((kind, fields),) = engine.asked
    assert (kind, sorted(fields["unique_ids"])) == (messages.DropBaselines, [GONE, ORDERS])
    assert store.state.baselines == {CUSTOMERS}

    other = DataDiffs(
        cast(Any, engine), WorkspaceStore(replace(state, baselines=frozenset())), readable
    )
    other.follow(state)
    assert baselines.wanted(directory, target) == {CUSTOMERS}
    baselines.forget_baseline(directory, target, GONE)
    assert [one.unique_id for one in baselines.all_baselines(directory, target)] == [ORDERS]


def test_each_target_has_its_own(tmp_path: Path) -> None:
    baselines.want(tmp_path, "dev", [ORDERS], on=True)
    assert baselines.wanted(tmp_path, "prod") == frozenset()
    taken = Baseline(ORDERS, 2.0, "b1", problem="It has too many rows.")
    baselines.note_baseline(tmp_path, "prod/../x", taken)
    assert baselines.baseline_of(tmp_path, "prod/../x", ORDERS) == taken
    assert {path.parent for path in tmp_path.rglob("*.json")} <= {
        *(tmp_path / "baselines").iterdir()
    }
    (tmp_path / "baselines" / "dev" / "wanted.json").write_text("{broken")
    assert baselines.wanted(tmp_path, "dev") == frozenset()
