"""What counts as gone from the database, and what an asset is beside its status."""

import re
from dataclasses import replace
from pathlib import Path

import tui.graph
from tests.graph.histories import World
from tests.graphs import graph_of
from tui.graph import Status, count_statuses, outdated_assets, told_attempt
from tui.graph.relations import gone, is_where_it_was_built, looked_for
from tui.selection.methods import LOCAL, Scene
from tui.selection.selectors import Criterion
from tui.ui.rows.asset_text import REASONS


def built(text: str = "a -> b", **kwargs) -> World:
    here = World(graph_of(text, **kwargs))
    return here.built(*here.graph.order, run="first")


def lost(here: World, *keys: str) -> World:
    here.history = replace(here.history, missing=frozenset(keys))
    return here


def test_a_relation_that_is_gone_makes_its_asset_stale_and_names_it():
    here = lost(built(), "a")
    relation = here.graph.assets["a"].relation
    assert here.status("a") == "stale"
    assert here.reasons("a") == [("relation_missing", f"the relation {relation} is gone")]
    assert here.reasons("b") == [("upstream_stale", "a is stale")]
    assert outdated_assets(here.statuses()) == {"a", "b"}


def test_a_relation_that_is_to_be_elsewhere_has_moved_and_is_not_gone():
    here = lost(built(), "a")
    asset = here.graph.assets["a"]
    here.changed(asset._replace(relation="other.main.a"))
    here.edited("a", config='{"relation":"other.main.a"}')
    assert [kind for kind, _ in here.reasons("a")] == ["config"]
    assert looked_for(here.graph, here.history) == ["b"]


def test_names_are_compared_without_quotes_and_as_the_adapter_writes_them():
    here = built()
    asset = here.graph.assets["a"]._replace(relation="Shop.main.A")
    record = here.history.built["a"]
    for relation in ('"shop"."main"."a"', "`shop`.`main`.`A`", "[shop].[main].[a]", "main.a"):
        assert is_where_it_was_built(asset, replace(record, relation=relation)), relation
    for relation in ('"shop"."main"."aa"', '"shop"."other"."a"', "in.a"):
        assert not is_where_it_was_built(asset, replace(record, relation=relation)), relation


def test_only_what_adapters_list_is_gone_when_it_is_not_listed():
    here = built(
        "a, b, c",
        b={"materialized": "external"},
        c={"materialized": "my_own"},
    )
    assert gone(here.graph, ["a", "b", "c"], frozenset()) == {"a"}
    assert gone(here.graph, ["a", "b", "c"], frozenset({"b"})) == {"a", "b"}


def test_what_has_no_relation_is_not_looked_for():
    here = built("a -> e, made", made={"resource_type": "python"})
    assert set(looked_for(here.graph, here.history)) == {"a", "e"}
    here.changed(here.graph.assets["e"]._replace(materialized="ephemeral", relation=""))
    assert looked_for(here.graph, here.history) == ["a"]


def test_what_failed_and_is_stale_as_well_says_both_and_is_selected_by_both():
    here = lost(built(), "a").built("b", status="error")
    here = lost(here, "a")
    found = here.statuses()
    assert found["b"].words == ("failed", "stale")
    assert found["a"].words == ("stale",)
    scene = Scene(here.graph, statuses=found)
    assert set(LOCAL["status"](scene, Criterion("status", "stale"))) == {"a", "b"}
    assert set(LOCAL["status"](scene, Criterion("status", "failed"))) == {"b"}
    counts = count_statuses(found.values())
    assert (counts[Status.STALE], counts.outdated) == (1, 2)


def test_a_failure_of_what_was_never_built_says_so_and_is_not_called_stale():
    here = World(graph_of("a")).built("a", status="error")
    assert here.statuses()["a"].words == ("failed", "never materialized")
    assert not here.statuses()["a"].is_stale


def test_the_status_tells_of_one_attempt():
    here = built("a")
    good = here.history.built["a"]
    here.built("a", status="error", run="bad")
    attempt = told_attempt(here.history, "a")
    assert attempt is here.history.latest["a"]
    assert (attempt.run_id, attempt.finished_at) == ("bad", here.statuses()["a"].since)
    here.built("a", status="cancelled", run="stopped")
    assert told_attempt(here.history, "a") is good
    assert here.statuses()["a"].run_id == good.run_id


def test_every_kind_of_reason_has_a_short_word():
    sources = Path(tui.graph.__file__).parent.glob("*.py")
    kinds = {
        kind
        for source in sources
        for kind in re.findall(r'StaleReason\(\s*"(\w+)"', source.read_text(encoding="utf-8"))
    }
    assert len(kinds) > 5
    assert kinds <= REASONS.keys()
