"""What status an asset has, and why it is stale."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.graph.histories import World
from tests.graphs import MACROS, graph_of, graphs
from tui.graph import (
    AssetGraph,
    GraphChanges,
    Status,
    check_status,
    count_statuses,
    outdated_assets,
    recompute,
    touched,
)
from tui.graph.asset_graph import BUILDABLE
from tui.graph.deferral import Deferral


def world(text: str = "a -> b -> c", **kwargs) -> World:
    return World(graph_of(text, **kwargs))


def test_what_no_run_has_built_was_never_materialized():
    here = world()
    assert here.status("a") == "never materialized"
    assert here.reasons("a") == [("never_built", "never materialized on this target")]


def test_what_one_run_built_is_fresh():
    here = world().everything_built()
    assert {status.status for status in here.statuses().values()} == {Status.FRESH}
    assert here.statuses()["c"].run_id == "first"


def test_what_was_built_empty_or_from_a_sample_is_not_fresh():
    here = world().everything_built()
    empty = here.graph.assets["a"].fingerprint._replace(options='{"rows":"empty"}', compiled="9")
    here.built("a", fingerprint=empty)
    assert here.reasons("a") == [("limited", "built empty")]
    assert here.reasons("b")[-1] == ("upstream_stale", "a is stale")
    here.built("a", fingerprint=empty._replace(options='{"rows":"sample 3 days"}'))
    assert here.reasons("a") == [("limited", "built from a sample of 3 days")]
    here.built("a")
    assert here.status("a") == "fresh"


def test_what_is_not_built_is_read_from_the_state_that_is_deferred_to():
    here = world()
    prod = Deferral("prod", "/states/prod", {"a": "db.prod.a", "b": "db.prod.b"})
    here.history = replace(here.history, deferral=prod)
    assert here.history.read_elsewhere("a") == "db.prod.a"
    fingerprint = here.graph.assets["b"].fingerprint
    read = fingerprint._replace(options='{"deferred":{"a":"db.prod.a"}}')
    here.built("b", fingerprint=read)
    here.history = replace(here.history, deferral=prod)
    assert here.status("b") == "fresh"  # although a was never materialized here
    here.history = replace(here.history, deferral=Deferral())
    assert here.reasons("b") == [
        ("deferred", "a was read from db.prod.a"),
        ("upstream_stale", "a was never materialized"),
    ]
    here.built("b", fingerprint=read._replace(options='{"deferred":null}'))
    assert here.reasons("b")[0] == (
        "deferred", "built with --defer: what it read elsewhere is not known",
    )  # fmt: skip
    here.built("b", fingerprint=read)
    here.built("a")
    here.history = replace(here.history, deferral=prod)
    assert here.history.read_elsewhere("a") == ""
    assert ("deferred", "a was read from db.prod.a") in here.reasons("b")
    here.history = replace(here.history, missing=frozenset({"a"}))
    assert here.history.read_elsewhere("a") == "db.prod.a"


def test_what_the_database_has_already_is_not_read_from_elsewhere():
    here = world()
    prod = Deferral("prod", "/states/prod", {"a": "db.prod.a"}, frozenset({"a"}))
    here.history = replace(here.history, deferral=prod)
    assert here.history.read_elsewhere("a") == ""


def test_edited_sql_makes_an_asset_stale_and_with_it_all_below():
    here = world().everything_built()
    here.edited("a", sql="2", code="2")
    assert here.reasons("a") == [("sql", "SQL changed")]
    assert here.reasons("b") == [("upstream_stale", "a is stale")]
    assert here.reasons("c") == [("upstream_stale", "b is stale")]


def test_undoing_an_edit_makes_an_asset_fresh_again():
    here = world().everything_built()
    before = here.graph.assets["a"].fingerprint
    here.edited("a", sql="2", code="2")
    here.edited("a", sql=before.sql, code=before.code)
    assert here.status("a") == "fresh"


def test_comments_and_white_space_are_said_to_be_just_that():
    here = world().everything_built()
    here.edited("a", sql="2")
    assert here.reasons("a") == [("layout", "only comments or whitespace changed")]


def test_a_changed_configuration_says_which_key_from_what_to_what():
    here = world()
    here.edited("a", config='{"materialized":"view","sort":["x"]}')
    here.everything_built()
    here.edited("a", config='{"enabled":true,"materialized":"table"}')
    assert here.reasons("a") == [
        ("config", 'enabled: not set → true; materialized: view → table; sort: ["x"] → not set')
    ]


def test_a_changed_seed_file_and_contract_are_told():
    here = world()
    here.edited("a", seed="1", contract="1")
    here.everything_built()
    here.edited("a", seed="2", contract="2")
    assert [kind for kind, _ in here.reasons("a")] == ["seed", "contract"]


def test_macros_that_changed_came_or_went_are_named():
    here = world(
        "a",
        a={"macros": ("macro.shop.m", "macro.shop.n", "macro.shop.o")},
        macros={"macro.shop.m": "1", "macro.shop.n": "1", "macro.shop.o": "1"},
    ).everything_built()
    a = here.graph.assets["a"]._replace(macros=("macro.shop.m", "macro.shop.p"))
    here.changed(a, macros={"macro.shop.m": "2", "macro.shop.o": None, "macro.shop.p": "1"})
    assert here.reasons("a") == [
        ("macro", "macro m changed"),
        ("macro", "macro n is no longer used"),
        ("macro", "macro o is gone"),
        ("macro", "macro p is now used"),
    ]
    assert here.statuses()["a"].reasons[0].cause == "macro.shop.m"


def test_an_upstream_that_was_built_later_is_named_with_its_run_and_time():
    here = world().everything_built().built("a", run="r2")
    (reason,) = here.statuses()["b"].reasons
    assert (reason.kind, reason.cause) == ("upstream", "a")
    assert reason.detail == "a was materialized after it (run r2)"
    assert reason.at == here.history.built["a"].finished_at
    assert here.reasons("c") == [("upstream_stale", "b is stale")]


def test_building_from_the_changed_asset_down_makes_all_fresh():
    here = world().everything_built()
    here.edited("a", sql="2", code="2")
    here.built("a").built("b").built("c")
    assert {status.status for status in here.statuses().values()} == {Status.FRESH}


def test_an_upstream_that_was_never_built_is_told():
    here = world("a -> b").built("b")
    assert here.reasons("b") == [("upstream_stale", "a was never materialized")]


def test_reasons_from_upstream_look_through_ephemeral_models():
    here = world(
        "a -> e -> f -> b", e={"materialized": "ephemeral"}, f={"materialized": "ephemeral"}
    ).everything_built()
    here.built("a", run="r2")
    assert here.status("e") == "ephemeral"
    assert [reason.cause for reason in here.statuses()["b"].reasons] == ["a"]


def test_an_ephemeral_model_that_was_compiled_into_an_asset_makes_it_stale():
    here = world(
        "e -> f -> b",
        e={"materialized": "ephemeral", "macros": ("macro.shop.m",)},
        f={"materialized": "ephemeral"},
        macros={"macro.shop.m": "1"},
    )
    inlined = {key: here.graph.assets[key].fingerprint.code for key in "ef"}
    here.built("b", macros={**inlined, "macro.shop.m": "1"})
    assert here.status("b") == "fresh"
    here.edited("e", code="2")
    assert here.reasons("b") == [("sql", "ephemeral model e changed")]
    here.changed(here.graph.assets["f"]._replace(depends_on=()), macros={"macro.shop.m": "2"})
    assert here.reasons("b") == [
        ("sql", "ephemeral model e is no longer used"),
        ("macro", "macro m is no longer used"),
    ]


def test_sources_and_exposures_are_what_they_are():
    here = world("s -> a -> x", s={"resource_type": "source"}, x={"resource_type": "exposure"})
    here.built("a")
    assert [here.status(key) for key in "sax"] == ["source", "fresh", "exposure"]


def test_a_failed_asset_stays_failed_when_it_is_edited_and_says_what_was_edited():
    here = world("a").everything_built().built("a", status="error")
    assert here.status("a") == "failed"
    assert here.reasons("a") == []
    here.edited("a", sql="2", code="2")
    assert here.status("a") == "failed"
    assert here.reasons("a") == [("sql", "SQL changed")]


def test_an_asset_that_failed_at_its_first_attempt_is_failed_and_never_built():
    here = world("a").built("a", status="error")
    assert here.status("a") == "failed"
    assert here.reasons("a") == [("never_built", "never materialized on this target")]


def test_a_skipped_asset_says_for_what():
    here = world("a -> b").everything_built()
    here.built("a", status="error").built("b", status="skipped", skipped_because="a")
    found = here.statuses()["b"]
    assert (found.status, found.because) == (Status.SKIPPED, "a")


def test_a_cancelled_attempt_leaves_the_status_as_it_was():
    here = world("a").everything_built().built("a", status="cancelled")
    assert here.status("a") == "fresh"
    assert here.statuses()["a"].run_id == "first"


def test_a_failed_check_stays_until_it_passes():
    here = world("a", checks="unique@a, total@a").everything_built().checked("unique", "fail")
    found = here.statuses()["a"]
    assert (found.status, found.because) == (Status.CHECKS_FAILED, "unique")
    here.edited("a", sql="2", code="2")
    assert here.status("a") == "checks failed"
    here.built("a")
    assert here.status("a") == "checks failed"
    here.checked("unique", "pass")
    assert here.status("a") == "fresh"


def test_a_check_that_warns_is_told_unless_the_asset_is_stale():
    here = world("a", checks="unique@a").everything_built().checked("unique", "warn")
    assert here.status("a") == "warned"
    here.edited("a", sql="2", code="2")
    assert here.status("a") == "stale"


def test_what_a_run_does_now_comes_first():
    here = world("a -> b").built("a", status="error")
    here.activity = {"a": ("running", 5.0, "r9"), "b": ("queued", 4.0, "r9")}
    found = here.statuses()
    assert (found["a"].status, found["a"].since, found["a"].run_id) == (Status.RUNNING, 5.0, "r9")
    assert found["b"].status is Status.QUEUED


def test_a_run_that_recorded_no_fingerprint_gives_no_reason():
    here = world("a", macros={"macro.shop.m": "1"}, a={"macros": ("macro.shop.m",)})
    here.built("a", fingerprint=type(here.graph.assets["a"].fingerprint)(), macros={})
    assert here.status("a") == "fresh"


def test_checks_have_a_status_of_their_own():
    here = world("a", checks="unique@a").checked("unique", "fail")
    assert check_status("unique", here.history).status is Status.FAILED
    assert check_status("total", here.history).status is Status.NEVER
    running = {"unique": ("running", 1.0, "r")}
    assert check_status("unique", here.history, running).status is Status.RUNNING
    here.checked("unique", "pass")
    assert check_status("unique", here.history).status is Status.PASSED


def test_a_project_is_summed_up_with_the_urgent_first():
    here = world("a -> b -> c").everything_built().built("c", status="error")
    here.edited("a", sql="2", code="2")
    counts = count_statuses(here.statuses().values())
    assert (counts.total, counts.outdated) == (3, 3)
    assert counts.worth_telling() == [(Status.FAILED, 1), (Status.STALE, 2)]
    assert outdated_assets(here.statuses()) == {"a", "b", "c"}


# ---------------------------------------------------------------- for any history

HAPPENINGS = st.sampled_from(
    ["edit", "layout", "macro", "build", "fail", "skip", "check", "run", "end", "edge", "remove"]
)


def happen(here: World, data: st.DataObject) -> set[str]:
    """Let something happen; says what may have changed, as the workspace would."""
    before = here.graph
    key = data.draw(st.sampled_from(sorted(before.assets)))
    match data.draw(HAPPENINGS):
        case "edit":
            return touched(before, here.edited(key, sql=str(here.tick()), code=str(here.now)))
        case "layout":
            return touched(before, here.edited(key, sql=str(here.tick())))
        case "macro":
            macro = data.draw(st.sampled_from(MACROS))
            return touched(before, here.changed(macros={macro: str(here.tick())}))
        case "build" | "fail" | "skip" as word:
            status = {"build": "success", "fail": "error", "skip": "skipped"}[word]
            here.built(key, status=status)
        case "check" if before.checks:
            key = data.draw(st.sampled_from(sorted(before.checks)))
            here.checked(key, data.draw(st.sampled_from(["pass", "fail", "warn"])))
        case "run":
            here.activity = {key: ("running", here.tick(), "r")}
        case "end":
            ended, here.activity = set(here.activity), {}
            return ended
        case "edge":
            index = before.order.index(key)
            if index:
                parent = data.draw(st.sampled_from(before.order[:index]))
                asset = before.assets[key]
                if parent not in before.descendants([key]) and parent != key:
                    above = tuple(sorted({*asset.depends_on, parent}))
                    return touched(before, here.changed(asset._replace(depends_on=above)))
        case "remove" if len(before) > 1:
            gone = {key, *before.checks_of.get(key, ())}
            children = tuple(
                before.assets[child]._replace(
                    depends_on=tuple(k for k in before.assets[child].depends_on if k != key)
                )
                for child in before.downstream[key]
            )
            changes = GraphChanges(assets=children, removed=frozenset(gone))
            here.graph = before.apply(changes)
            return touched(before, changes)
    return {key}


@given(graphs(), st.data())
def test_statuses_computed_where_something_changed_equal_those_computed_anew(
    graph: AssetGraph, data: st.DataObject
):
    here = World(graph)
    if data.draw(st.booleans()):
        here.everything_built()
    found = here.statuses()
    for _ in range(data.draw(st.integers(1, 8))):
        activity = set(here.activity)
        changed = happen(here, data)
        busied = activity ^ set(here.activity)
        found = recompute(found, here.graph, here.history, here.activity, changed, busied)
        assert found == here.statuses()


@given(graphs(), st.data())
def test_an_asset_is_outdated_exactly_when_it_or_something_above_has_a_cause(
    graph: AssetGraph, data: st.DataObject
):
    here = World(graph)
    here.everything_built()
    for _ in range(data.draw(st.integers(1, 8))):
        happen(here, data)
    has_cause = {key for key in here.graph.assets if causes(here, key)}
    expected = {
        key
        for key in here.graph.assets
        if is_built(here.graph, key) and has_cause & {key, *here.graph.ancestors([key])}
    }
    assert outdated_assets(here.statuses()) == expected


def is_built(graph: AssetGraph, key: str) -> bool:
    asset = graph.assets[key]
    return asset.resource_type in BUILDABLE and asset.materialized != "ephemeral"


def causes(here: World, key: str) -> bool:
    """By a slow way of its own: whether something about the asset itself makes it outdated."""
    if not is_built(here.graph, key):
        return False
    asset, built = here.graph.assets[key], here.history.built.get(key)
    if built is None:
        return True
    macros = {macro: here.graph.macros[macro] for macro in asset.macros}
    return (
        (built.fingerprint, dict(built.macros)) != (asset.fingerprint, macros)
        or any(
            other in here.history.built
            and here.history.built[other].finished_at > built.started_at
            and here.history.built[other].run_id != built.run_id
            for other in readable(here.graph, key)
        )
    )  # fmt: skip


def readable(graph: AssetGraph, key: str) -> set[str]:
    """The assets that a build of this one reads, by walking every path up to a built one."""
    found = set()
    for parent in graph.upstream(key):
        if is_built(graph, parent):
            found.add(parent)
        elif graph.assets[parent].materialized == "ephemeral":
            found |= readable(graph, parent)
    return found
