"""What an asset's code reads makes it stale when it changes, and the reason names it."""

import json

from tests.graph.histories import World
from tests.graphs import graph_of
from tui.graph import GraphChanges
from tui.protocol.records import Compiled


def inputs(**values: str) -> str:
    return json.dumps({key.replace("__", " "): value for key, value in values.items()})


def world(**values: str) -> World:
    """One table, built from these inputs, with what it is compiled to not known yet."""
    here = World(graph_of("a -> b"))
    here.edited("a", sql="1", code="1", config='{"relation":"db.main.a"}', inputs=inputs(**values))
    return here.everything_built()


def compiled(here: World, digest: str, unknown: str = "") -> None:
    """The engine has found out what `a` is compiled to."""
    here.graph = here.graph.apply(GraphChanges(compiled={"a": Compiled(digest, unknown)}))


def details(here: World) -> list[str]:
    return [detail for _, detail in here.reasons("a")]


def test_a_variable_that_changed_is_named_with_what_it_was_and_is():
    here = world(var__n="1")
    here.edited("a", inputs=inputs(var__n="2"))
    assert here.reasons("a") == [("input", "var n: 1 → 2")]


def test_an_environment_variable_that_changed_is_named_without_its_value():
    here = world(env_var__REGION="4f02:0123456789abcdef")
    here.edited("a", inputs=inputs(env_var__REGION="4f02:fedcba9876543210"))
    assert details(here) == ["env_var REGION changed"]


def test_digests_of_another_key_say_nothing():
    here = world(env_var__REGION="4f02:0123456789abcdef")
    here.edited("a", inputs=inputs(env_var__REGION="0000:fedcba9876543210"))
    assert here.status("a") == "fresh"


def test_a_source_that_is_another_table_now_is_named_with_the_table():
    here = world(source__raw_sales='"db"."main"."one"')
    here.edited("a", inputs=inputs(source__raw_sales='"db"."main"."two"'))
    assert details(here) == ["source raw_sales is now main.two"]


def test_a_source_in_another_database_is_named_with_the_database():
    here = world(source__raw_sales='"db"."main"."one"')
    here.edited("a", inputs=inputs(source__raw_sales='"lake"."main"."one"'))
    assert details(here) == ["source raw_sales is now lake.main.one"]


def test_a_ref_that_means_another_version_now_is_named_with_the_version():
    here = world(ref__foo='v1 "db"."main"."foo_v1"')
    here.edited("a", inputs=inputs(ref__foo='v2 "db"."main"."foo_v2"'))
    assert details(here) == ["ref foo is now v2"]


def test_a_record_without_inputs_gives_no_reason():
    here = World(graph_of("a")).everything_built()
    here.edited("a", inputs=inputs(var__n="2"))
    assert here.status("a") == "fresh"


def test_what_is_compiled_to_the_same_is_fresh_whatever_was_edited():
    here = world(var__n="1")
    compiled(here, "k:1")
    built = here.history.built["a"]
    fingerprint = built.fingerprint._replace(compiled="k:1")
    here.built("a", fingerprint=fingerprint)
    here.edited("a", sql="2", code="2", inputs=inputs(var__n="2"))
    assert details(here) == ["SQL changed", "var n: 1 → 2"]
    compiled(here, "k:1")
    assert here.status("a") == "fresh"
    compiled(here, "k:2")
    assert details(here) == ["SQL changed", "var n: 1 → 2"]


def test_code_that_is_compiled_to_something_else_is_stale_though_nothing_known_was_edited():
    here = world()
    here.built("a", fingerprint=here.graph.assets["a"].fingerprint._replace(compiled="k:1"))
    compiled(here, "k:2")
    assert details(here) == ["its compiled SQL changed"]


def test_what_is_not_known_offline_is_compared_by_what_it_reads():
    here = world(var__n="1")
    here.built("a", fingerprint=here.graph.assets["a"].fingerprint._replace(compiled=""))
    compiled(here, "", "run_query")
    assert here.status("a") == "fresh"
    assert here.graph.unknown_of("a") == ["run_query"]
    here.edited("a", inputs=inputs(var__n="2"))
    assert details(here) == ["var n: 1 → 2"]


def test_a_configuration_with_another_value_at_each_parse_is_no_change():
    here = world()
    here.edited("a", config='{"at":"10:00","relation":"db.main.a"}')
    here.everything_built()
    here.edited("a", config='{"at":"(another value at each parse)","relation":"db.main.a"}')
    assert here.status("a") == "fresh"


def test_what_an_edited_macro_may_change_counts_as_unknown_until_it_is_compiled_anew():
    here = World(graph_of("a -> b", a={"macros": ("macro.x.m",)}))
    here.changed(macros={"macro.x.m": "1"})
    compiled(here, "k:1")
    here.built(
        "a", fingerprint=here.graph.assets["a"].fingerprint._replace(sql="1", compiled="k:1")
    )
    here.edited("a", sql="1")
    compiled(here, "k:1")
    here.changed(macros={"macro.x.m": "2"})
    assert details(here) == ["macro m changed"]
    compiled(here, "k:1")
    assert here.status("a") == "fresh"
