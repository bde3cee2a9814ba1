"""What is not known of a build is said, and gives no reason."""

from dataclasses import replace

from tests.graphs import asset
from tui.graph import AssetGraph, Fingerprint
from tui.graph.history import Materialization
from tui.graph.staleness import own_reasons, unknown_of_build


def test_what_a_run_from_elsewhere_does_not_tell_is_said_and_gives_no_reason() -> None:
    now = asset(
        "a", fingerprint=Fingerprint(sql="1", code="1", config="{}", inputs='{"var n":"1"}')
    )
    built = Materialization("a", "dev", "e123", "success", 1.0, 2.0, 1.0)
    assert unknown_of_build(now, built) == ("what it was built from",)
    told = replace(built, fingerprint=now.fingerprint._replace(inputs=""))
    assert unknown_of_build(now, told) == ("the variables that it was built with",)
    known = told.fingerprint._replace(compiled="4f02:0123456789abcdef")
    assert unknown_of_build(now, replace(told, fingerprint=known)) == ()
    seed = asset("s", fingerprint=Fingerprint(config="{}", seed="22"))
    loaded = replace(built, fingerprint=Fingerprint(config="{}"))
    assert unknown_of_build(seed, loaded) == ("the file that it was loaded from",)
    graph = AssetGraph({"s": seed._replace(unique_id="s")}, {}, {})
    assert list(own_reasons(graph, seed, loaded)) == []
