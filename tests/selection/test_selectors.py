"""dbt's selector language over the asset graph: read, and resolved as dbt does it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.graphs import graph_of
from tests.projects import DEMO, PARCEL, copy_project
from tests.selection.expressions import WRITTEN, random_ones
from tests.warm_python import warm_python
from tui.graph import Asset, AssetGraph, AssetStatus, Check, Status
from tui.selection import (
    Criterion,
    NeedsEngine,
    NotASelector,
    Scene,
    parse_selector,
    resolve,
)

GRAPH = graph_of(
    "raw -> stg -> orders -> daily, items -> orders",
    checks="unique@orders, both@stg+items",
    orders={"tags": ("nightly",), "materialized": "table"},
)


def selected(text: str, **scene) -> set[str]:
    return resolve(Scene(GRAPH, **scene), parse_selector(text))


def test_a_criterion_is_read_with_its_method_and_its_reach():
    ((found,),) = parse_selector("2+config.materialized:table+").unions
    assert (found.method, found.arguments, found.value) == ("config", ("materialized",), "table")
    assert (found.parents, found.parents_depth) == (True, 2)
    assert (found.children, found.children_depth) == (True, None)


def test_spaces_are_unions_and_commas_are_intersections():
    unions = parse_selector("a,tag:b c").unions
    assert [[(c.method, c.value, c.column) for c in criteria] for criteria in unions] == [
        [("fqn", "a", 0), ("tag", "b", 2)],
        [("fqn", "c", 8)],
    ]


def test_a_group_has_python_assets_too():
    graph = graph_of(
        "stg -> chart, src -> stg",
        stg={"group": "sales"},
        chart={"resource_type": "python", "group": "sales"},
        src={"resource_type": "source", "group": "sales"},
    )
    assert resolve(Scene(graph), parse_selector("group:sales")) == {"stg", "chart"}


@pytest.mark.parametrize("text", ["2+fqn:a+3", "@tag:x", "+path:a/b fqn:c,config.severity:warn"])
def test_a_selector_written_out_is_read_again(text: str):
    assert str(parse_selector(text)) == text


@pytest.mark.parametrize(
    ("text", "column", "length"),
    [("a nonsense:b", 2, 8), ("a,@b+", 2, 3), ("stg +tga:x", 5, 3)],
)
def test_what_is_no_selector_is_refused_at_its_place(text: str, column: int, length: int):
    with pytest.raises(NotASelector) as refused:
        parse_selector(text)
    assert (refused.value.column, refused.value.length) == (column, length)


def test_a_value_that_makes_no_sense_is_refused_at_its_place():
    with pytest.raises(NotASelector) as refused:
        selected("orders test_type:x")
    assert (refused.value.column, refused.value.length) == (7, 11)


def test_checks_come_along_with_any_asset_that_they_read():
    assert selected("orders") == {"orders", "unique"}
    assert selected("items") == {"items", "both"}
    assert selected("1+orders,tag:nightly") == {"orders", "unique"}
    assert selected("+stg") == {"raw", "stg", "both"}


def test_what_only_dbt_can_tell_is_left_to_the_engine():
    asked = ["state:modified+", "config.enabled:true", "version:latest", "result:error"]
    for text in [*asked, "path:[z-a]", "path:../x", "path:", "path:a**b", "path:/tmp"]:
        with pytest.raises(NeedsEngine) as needed:
            selected(f"orders {text}")
        assert isinstance(needed.value.criterion, Criterion)


def test_a_status_selects_too():
    statuses = {"stg": AssetStatus(Status.STALE), "orders": AssetStatus(Status.CHECKS_FAILED)}
    assert selected("status:stale", statuses=statuses) == {"stg", "both"}
    assert selected("status:checks_failed+", statuses=statuses) == {"orders", "daily", "unique"}


def test_exclusions_take_away_with_their_checks():
    scene = Scene(GRAPH)
    found = resolve(scene, parse_selector("+orders"), parse_selector("items"))
    assert found == {"raw", "stg", "orders", "unique"}


# ---------------------------------------------------------------- against dbt itself


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    here = tmp_path_factory.mktemp("selectors")
    projects = [copy_project(path, here / path.name) for path in (PARCEL, DEMO)]
    names = [file.stem for path in projects for file in Path(path, "models").rglob("*.sql")]
    texts = [*WRITTEN, *random_ones(200, sorted(names))]
    asked = subprocess.run(
        [warm_python(), "-m", "tests.selection.ask_dbt", *map(str, projects)],
        input=json.dumps(texts), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr[-3000:]
    return json.loads(asked.stdout)


@pytest.mark.dbt
def test_selectors_select_what_dbt_selects(answers: list[dict]):
    for answer in answers:
        assets = map(Asset.from_row, answer["assets"])
        checks = map(Check.from_row, answer["checks"])
        graph = AssetGraph({a.unique_id: a for a in assets}, {c.unique_id: c for c in checks})
        differing, local = [], 0
        for text, expected in answer["answers"].items():
            try:
                found = sorted(resolve(Scene(graph, answer["project"]), parse_selector(text)))
            except NeedsEngine:
                continue
            except NotASelector:
                found = None
            local += 1
            if found != expected:
                differing.append((text, difference(found, expected)))
        assert differing == []
        assert local > 250


def difference(found: list[str] | None, expected: list[str] | None) -> object:
    if found is None or expected is None:
        return found, expected
    return {
        "too many": sorted(set(found) - set(expected)),
        "missing": sorted(set(expected) - set(found)),
    }
