"""Why an asset is stale: every cause once, the root causes first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tui.graph import AssetStatus, StaleReason, Status
from tui.tree import AssetTree
from tui.ui.panels.reasons import add_reasons, causes_of
from tui.ui.panels.sheet import Sheet
from tui.ui.rows import row_content
from tui.ui.theme.glyphs import UNICODE
from tui.workspace.state import WorkspaceState

MACRO = StaleReason("macro", "macro cents_to_money changed", "macro.shop.cents_to_money")
MART = "model.shop.mart"


def below(*parents: StaleReason, own: tuple[StaleReason, ...] = ()) -> WorkspaceState:
    """A mart under so many models, each stale for a reason of its own."""
    names = [f"stg_{number}" for number in range(len(parents))]
    graph = sample.graph_of("\n".join(f"{name} -> mart" for name in names))
    statuses = {
        f"model.shop.{name}": AssetStatus(Status.STALE, (reason,))
        for name, reason in zip(names, parents, strict=True)
    }
    inherited = tuple(
        StaleReason("upstream_stale", f"{name} is stale", f"model.shop.{name}") for name in names
    )
    statuses[MART] = AssetStatus(Status.STALE, (*inherited, *own))
    return WorkspaceState(sample.project_in(Path()), graph, statuses)


def sheet_of(state: WorkspaceState, width: int = 60) -> list[str]:
    sheet = Sheet(width)
    add_reasons(sheet, state, MART)
    return sheet.content().plain.splitlines()


def test_one_macro_that_makes_six_models_stale_is_one_cause() -> None:
    lines = sheet_of(below(*[MACRO] * 6), 90)
    assert lines == ["  because  macro cents_to_money changed · stg_0, stg_1, stg_2 and 3 more"]


def test_what_is_about_the_asset_itself_comes_first_and_upstream_follows() -> None:
    state = below(MACRO, own=(StaleReason("sql", "SQL changed"),))
    assert [cause.words for cause in causes_of(state, MART)] == [
        "SQL changed",
        "macro cents_to_money changed",
    ]


def test_more_causes_than_fit_are_counted_and_because_stands_once() -> None:
    reasons = [StaleReason("config", f"tags: a → {letter}") for letter in "bcdefgh"]
    lines = sheet_of(below(*reasons))
    assert lines[-1].strip() == "+4 more (w)"
    assert sum("because" in line for line in lines) == 1
    assert len(lines) == 4


def test_a_long_cause_hangs_under_its_beginning() -> None:
    lines = sheet_of(below(*[MACRO] * 6), 36)
    assert lines[0].startswith("  because  macro")
    assert len(lines) > 1
    assert all(line.startswith(" " * 13) for line in lines[1:])


def test_a_failed_asset_is_not_said_to_have_failed_because_its_sql_changed() -> None:
    state = below(own=(StaleReason("sql", "SQL changed"),))
    failed = AssetStatus(Status.FAILED, state.statuses[MART].reasons)
    state = replace(state, statuses={MART: failed})
    assert sheet_of(state) == ["  stale because  SQL changed"]


def test_what_is_fresh_has_no_because_however_narrow_the_panel_is() -> None:
    state = below()
    state = replace(state, statuses={MART: AssetStatus(Status.FRESH)})
    assert [sheet_of(state, width) for width in (20, 41, 90)] == [[], [], []]


def test_the_row_tells_the_root_cause_in_a_word_whatever_comes_first() -> None:
    state = below(MACRO, own=(StaleReason("sql", "SQL changed"),))
    tree = AssetTree.of(state.graph)
    place = tree.row_of(MART)
    assert place is not None
    notes = row_content(tree.row(place), state, UNICODE, now=sample.NOW).notes
    assert notes[0] == "SQL changed +1"
    assert notes[-1] == "SQL"
