"""A warm engine over many edits of a real project: its graph equals that of a fresh dbt parse."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.differential.plain_dbt import PlainDbt, fresh_parse
from tests.engine.warm_engine import WarmEngine, differences
from tests.projects.edits import RandomEdits
from tests.projects.parsed import copy_parsed_demo
from tui.protocol.messages import (
    Describe,
    Described,
    GraphChanged,
    ParseFailed,
    ParseProgress,
    Preview,
    Previewed,
    Refused,
    Select,
    Selected,
)

ORDERS = "models/marts/sales/orders.sql"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_parsed_demo(tmp_path_factory.mktemp("reparsing") / "shop")


@pytest.fixture(scope="module")
def engine(project: Path) -> Iterator[WarmEngine]:
    engine = WarmEngine(project)
    yield engine
    engine.close()


def append(path: Path, text: str) -> Path:
    path.write_text(path.read_text("utf-8") + text, "utf-8")
    return path


def test_a_saved_model_is_the_only_thing_that_changes(engine: WarmEngine, project: Path) -> None:
    before = engine.assets["model.corner_shop.orders"]
    answer = engine.saved(append(project / ORDERS, "\n-- a remark\n"))
    assert isinstance(answer, GraphChanged)
    assert [row[0] for row in answer.assets] == ["model.corner_shop.orders"]
    assert not answer.checks
    after = engine.assets["model.corner_shop.orders"]
    assert after.fingerprint.sql != before.fingerprint.sql
    assert after.fingerprint.code == before.fingerprint.code


def test_a_file_that_dbt_does_not_read_changes_nothing(engine: WarmEngine, project: Path) -> None:
    (project / "notes.txt").write_text("x")
    answer = engine.saved("notes.txt", "models/.orders.sql.swp", "models/nowhere/gone.sql")
    assert isinstance(answer, GraphChanged)
    assert [answer.assets, answer.checks, answer.removed] == [[], [], []]


def test_a_file_that_is_saved_again_at_once_is_parsed_again_and_nothing_else(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    yaml, seed = project / "models/marts/sales/_sales.yml", project / "seeds/raw_products.csv"
    texts = {path: path.read_text("utf-8") for path in (yaml, seed)}
    heard = len(engine.heard)
    for number in range(1, 6):
        # Right after the answer, while the engine applies what its child has parsed.
        yaml.write_text("# moved\n" * number + texts[yaml], "utf-8")
        seed.write_text(texts[seed] + "\n" * number, "utf-8")
        assert isinstance(engine.saved(yaml, seed), GraphChanged)
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    assert isinstance(engine.saved(yaml, seed), GraphChanged)
    engine.saved()
    assert not [message for message in engine.heard[heard:] if isinstance(message, ParseProgress)]
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []


def test_what_is_saved_while_another_file_is_applied_is_told(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    yaml = project / "models/marts/sales/_sales.yml"
    for number in range(1, 6):
        assert isinstance(engine.saved(append(project / ORDERS, f"-- {number}\n")), GraphChanged)
        # Its tests are made again at this moment, and their lines are those of this file.
        yaml.write_text("# moved\n" + yaml.read_text("utf-8"), "utf-8")
        assert isinstance(engine.saved(yaml), GraphChanged)
    assert isinstance(engine.saved(append(project / ORDERS, "-- at last\n")), GraphChanged)
    engine.saved()
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []


@pytest.mark.parametrize("nothing", ["", "# models:\n"])
def test_a_yaml_file_that_is_emptied_can_be_filled_again(
    engine: WarmEngine, project: Path, nothing: str
) -> None:
    yaml, graph = project / "models/marts/sales/_sales.yml", engine.graph
    text = yaml.read_text("utf-8")
    yaml.write_text(nothing, "utf-8")
    assert isinstance(engine.saved(yaml), GraphChanged)
    assert not engine.assets["model.corner_shop.orders"].patch_path
    yaml.write_text(text, "utf-8")
    assert isinstance(engine.saved(yaml), GraphChanged)
    assert engine.graph == graph


def test_what_broke_the_project_is_to_blame_until_it_is_mended(
    engine: WarmEngine, project: Path
) -> None:
    closed = project / "models" / "closed.sql"
    closed.write_text("{{ config(access='private', group='sales') }}\nselect 1 as x\n")
    assert isinstance(engine.saved(closed), GraphChanged)
    exposures = project / "models" / "private.yml"
    exposures.write_text(
        "exposures:\n  - {name: nosy, type: notebook, owner: {name: X}, "
        "depends_on: [ref('closed')]}\n"
    )
    assert isinstance(engine.saved(exposures), ParseFailed)
    assert engine.problems[0].path == "models/private.yml"
    # dbt's message names a node and no file; another save is not what broke it.
    assert isinstance(engine.saved(append(project / ORDERS, "-- else\n")), ParseFailed)
    assert engine.problems[0].path == "models/private.yml"
    exposures.unlink()
    closed.unlink()
    assert isinstance(engine.saved(exposures, closed), GraphChanged)


def test_what_is_broken_stays_pending_until_it_is_mended_elsewhere(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    graph = engine.graph
    model = project / "models" / "lonely.sql"
    model.write_text("select * from {{ ref('not_there_yet') }}")
    assert isinstance(engine.saved(model), ParseFailed)
    assert (engine.problems[0].kind, engine.problems[0].path, engine.problems[0].line) == (
        "ref",
        "models/lonely.sql",
        1,
    )
    assert engine.graph == graph
    other = project / "models" / "not_there_yet.sql"
    other.write_text("select 1 as x")
    assert isinstance(engine.saved(other), GraphChanged)
    assert "model.corner_shop.lonely" in engine.assets
    model.unlink()
    other.unlink()
    engine.saved(model, other)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))


def test_a_macro_that_comes_after_its_caller_is_seen_by_the_caller(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    outer, inner = project / "macros/outer.sql", project / "macros/inner.sql"
    outer.write_text("{% macro outer(x) %}{{ inner(x) }}{% endmacro %}")
    engine.saved(outer)
    inner.write_text("{% macro inner(x) %}({{ x }}){% endmacro %}")
    append(project / ORDERS, "\n-- {{ outer(1) }}\n")
    engine.saved(inner, ORDERS)
    used = engine.assets["model.corner_shop.orders"].macros
    assert {"macro.corner_shop.outer", "macro.corner_shop.inner"} <= set(used)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))


def test_a_macro_that_is_renamed_with_its_yaml_is_renamed_for_its_callers(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    called = append(project / ORDERS, "\n-- {{ in_dozens(12) }}\n")
    macro, yaml = project / "macros/in_dozens.sql", project / "macros/_in_dozens.yml"
    macro.write_text("{% macro in_dozens(n) %}{{ n / 12 }}{% endmacro %}\n", "utf-8")
    yaml.write_text("macros:\n  - name: in_dozens\n    description: Eggs.\n", "utf-8")
    engine.saved(called, macro, yaml)
    assert "macro.corner_shop.in_dozens" in engine.assets["model.corner_shop.orders"].macros
    for path in (macro, yaml):
        path.write_text(path.read_text("utf-8").replace("in_dozens", "by_the_dozen"), "utf-8")
    engine.saved(macro, yaml)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))
    assert "macro.corner_shop.in_dozens" not in engine.assets["model.corner_shop.orders"].macros
    called.write_text(called.read_text("utf-8").replace("-- {{ in_dozens(12) }}\n", ""), "utf-8")
    for path in (macro, yaml):
        path.unlink()
    engine.saved(called, macro, yaml)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))


def test_a_new_override_of_dbts_own_macro_is_used_by_all(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    override = project / "macros/override.sql"
    override.write_text(
        "{% macro duckdb__create_view_as(relation, sql) -%}\n"
        "create view {{ relation }} as ({{ sql }})\n{%- endmacro %}"
    )
    assert isinstance(engine.saved(override), GraphChanged)
    used = engine.assets["model.corner_shop.stg_orders"].macros
    assert "macro.corner_shop.duckdb__create_view_as" in used
    override.unlink()
    assert isinstance(engine.saved(override), GraphChanged)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))


def test_what_a_macro_prints_is_told_and_breaks_nothing(engine: WarmEngine, project: Path) -> None:
    append(project / ORDERS, "\n-- {{ print('hello from a macro') }}\n")
    assert isinstance(engine.saved(ORDERS), GraphChanged)
    engine.saved("notes.txt")
    assert engine.printed.count("hello from a macro") == 1


def test_dbt_compiles_selects_and_previews_without_holding_the_database(
    engine: WarmEngine, project: Path
) -> None:
    described = engine.ask(Describe(91, "model.corner_shop.stg_orders", compile=True), Described)
    assert '"corner_shop"."raw"."raw_orders"' in described.facts["compiled_code"]
    selected = engine.ask(Select(92, ["+stg_orders"]), Selected, Refused)
    assert "seed.corner_shop.raw_orders" in selected.unique_ids
    refused = engine.ask(Select(93, ["nonsense:x"]), Selected, Refused)
    assert refused.message == "'nonsense' is not a valid method name"
    missing = engine.ask(Preview(94, "model.corner_shop.stg_orders"), Previewed, Refused)
    assert "does not exist" in missing.message
    import duckdb

    duckdb.connect(str(project / "corner_shop.duckdb")).close()


def walk(
    engine: WarmEngine, plain_dbt: PlainDbt, seed: int, edits: int, compare_every: int
) -> None:
    """Edit at random; the graph must be that of a cold parse, and stay while it is broken."""
    project = engine.root
    random_edits = RandomEdits(project, random.Random(seed))
    for number in range(1, edits + 1):
        before = engine.graph
        edit = random_edits.edit()
        answer = engine.saved(*edit.paths)
        assert isinstance(answer, ParseFailed) == random_edits.broken, (edit, answer)
        if isinstance(answer, ParseFailed):
            assert engine.graph == before, edit.description
        elif number % compare_every == 0:
            assert not differences(engine.graph, fresh_parse(plain_dbt, project)), edit.description
    engine.saved(*random_edits.mend().paths)
    assert not differences(engine.graph, fresh_parse(plain_dbt, project))


def test_after_any_edits_the_graph_is_that_of_a_fresh_parse(
    engine: WarmEngine, plain_dbt: PlainDbt
) -> None:
    walk(engine, plain_dbt, seed=1, edits=12, compare_every=4)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 6))
def test_after_hundreds_of_edits_the_graph_is_that_of_a_fresh_parse(
    seed: int, tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    project = copy_parsed_demo(tmp_path / "shop")
    engine = WarmEngine(project)
    try:
        walk(engine, plain_dbt, seed, edits=80, compare_every=1)
    finally:
        engine.close()


@pytest.mark.parametrize("how", [{"fork": False}, {"shortcuts": False}])
def test_without_a_fork_or_shortcuts_the_graph_is_the_same(
    how: dict[str, Any], tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    project = copy_parsed_demo(tmp_path / "shop")
    engine = WarmEngine(project, **how)
    try:
        walk(engine, plain_dbt, seed=7, edits=3, compare_every=100)
    finally:
        engine.close()
