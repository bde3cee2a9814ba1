"""The panel beside the tree, as text."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tui.graph import Fingerprint, GraphChanges
from tui.protocol.messages import DefinitionsLoaded
from tui.tree import AssetTree, View
from tui.ui.panels.details import describe_row
from tui.ui.theme.glyphs import UNICODE
from tui.workspace.source_freshness import SourceFreshness
from tui.workspace.state import WorkspaceState

PRODUCTS = "model.shop.products"
SESSIONS = "source.shop.src_web.sessions"
INCREMENTAL = Fingerprint("s", "c", '{"materialized":"incremental"}')


def told(state: WorkspaceState, unique_id: str) -> str:
    tree = AssetTree.of(state.graph, View.LINEAGE)
    place = tree.row_of(unique_id)
    assert place is not None
    lines = describe_row(tree.row(place), state, None, UNICODE, width=60, now=sample.NOW)
    return "\n".join(line.plain for line in lines)


def with_build(state: WorkspaceState, **changes: object) -> WorkspaceState:
    built = replace(state.history.built[PRODUCTS], **changes)  # type: ignore[arg-type]
    history = replace(state.history, built={**state.history.built, PRODUCTS: built})
    return replace(state, history=history)


def test_the_rows_are_those_that_were_counted_else_those_of_the_adapter(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    counted = with_build(shop, rows=None, row_count=640)
    assert "· 640 rows" in told(counted, PRODUCTS)
    assert "· 12 rows" in told(with_build(shop, rows=12), PRODUCTS)
    uncounted = told(with_build(shop, rows=None), PRODUCTS)
    assert "rows" not in uncounted.partition("Materialized")[2].partition("\n")[0]


def test_what_an_incremental_build_wrote_is_not_called_its_rows(tmp_path: Path) -> None:
    shop = with_build(sample.shop(tmp_path), rows=3, fingerprint=INCREMENTAL)
    assert "· 3 rows written" in told(shop, PRODUCTS)
    assert "· 300 rows\n" in told(with_build(shop, row_count=300), PRODUCTS)


def test_the_freshness_of_a_source_is_named_once(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    declared = '{"warn_after":{"count":1,"period":"day"}}'
    asset = shop.graph.assets[SESSIONS]._replace(freshness=declared)
    shop = replace(shop, graph=replace(shop.graph, assets={**shop.graph.assets, SESSIONS: asset}))
    assert "Freshness     never checked" in told(shop, SESSIONS)
    late = SourceFreshness("warn", sample.NOW - 60, sample.NOW - 3 * 86400)
    assert "Freshness     late: loaded 3d ago" in told(
        replace(shop, freshness={SESSIONS: late}), SESSIONS
    )


def test_a_source_that_the_project_builds_itself_is_warned_of(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    assert "does not know the order" not in told(shop, SESSIONS)
    same = shop.graph.assets[PRODUCTS]._replace(relation=shop.graph.assets[SESSIONS].relation)
    graph = shop.graph.apply(GraphChanges(assets=(same,)))
    words = " ".join(told(replace(shop, graph=graph), SESSIONS).split())
    assert f"src_web.sessions is built by model {same.name} of this project" in words


def test_its_condition_and_its_freshness_policy_are_told(
    tmp_path: Path,
) -> None:
    shop = sample.shop(tmp_path)
    policies = {PRODUCTS: {"fail": 3600.0, "warn": 60.0}}
    conditions = [[["and", "eager", {}, []], [PRODUCTS]]]
    loaded = DefinitionsLoaded("defs", [], policies=policies, conditions=conditions)
    shop = replace(shop, definitions=loaded)
    assert "Automation    eager" in told(shop, PRODUCTS)
    for age, word in ((30.0, "passed"), (90.0, "warned"), (7200.0, "failed")):
        said = told(with_build(shop, finished_at=sample.NOW - age), PRODUCTS)
        assert f"Policy        {word}  at most 1h old, warns from 1m" in said
    assert "Policy" not in told(shop, SESSIONS)
