"""Every way to break a project is told with dbt's reason, the file and the line, and heals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt.exceptions import EnvVarMissingError

from tests.engine.warm_engine import WarmEngine
from tests.projects.broken import BREAKAGES, Breakage
from tests.projects.parsed import copy_parsed_demo
from tui.engine.parse.message_order import reason_first
from tui.engine.parse.problems import problems_of
from tui.protocol.messages import GraphChanged, ParseFailed, Refused, StartRun

NO_LINE = (
    "no profiles.yml",
    "missing packages",
    "invalid dbt_project.yml",
    "two models of one name",
    "unknown group",
)
"""What is missing stands in no line; the group of a model in dbt_project.yml stands in another
file than the one that dbt names.
"""
PARSED = [b for b in BREAKAGES.values() if b.command == "parse" and not b.restarts]
RESTARTED = [b for b in BREAKAGES.values() if b.command == "parse" and b.restarts]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmEngine]:
    engine = WarmEngine(copy_parsed_demo(tmp_path_factory.mktemp("problems") / "shop"))
    yield engine
    engine.close()


def assert_told_well(engine: WarmEngine, breakage: Breakage) -> None:
    (problem,) = engine.problems
    assert "Traceback" not in problem.message
    assert not problem.message.startswith(("Compilation Error", "Parsing Error", "Runtime Error"))
    if breakage.file is not None:
        assert problem.path == breakage.file, problem
    if breakage.line is not None:
        assert problem.line == breakage.line, problem
    assert problem.path or breakage.name == "no profiles.yml", "there is a place to open"
    assert problem.line or breakage.name in NO_LINE, problem


@pytest.mark.parametrize("breakage", PARSED, ids=lambda b: b.name)
def test_a_broken_save_is_told_with_its_place_and_heals(
    engine: WarmEngine, breakage: Breakage
) -> None:
    graph = engine.graph
    try:
        assert isinstance(engine.saved(breakage.apply(engine.root)), ParseFailed)
        assert_told_well(engine, breakage)
        assert engine.graph == graph
    finally:
        healed = engine.saved(breakage.undo(engine.root))
    assert isinstance(healed, GraphChanged)
    assert engine.graph == graph
    assert not engine.problems


@pytest.mark.parametrize("breakage", RESTARTED, ids=lambda b: b.name)
def test_a_broken_project_file_is_told_and_the_engine_lives_on(
    engine: WarmEngine, breakage: Breakage
) -> None:
    graph = engine.graph
    breakage.apply(engine.root)
    try:
        assert isinstance(engine.saved(full=True), ParseFailed)
        assert_told_well(engine, breakage)
    finally:
        breakage.undo(engine.root)
        healed = engine.saved(breakage.path)
    assert isinstance(healed, GraphChanged)
    assert engine.graph == graph


@pytest.mark.parametrize("name", ["macro with a syntax error", "undefined environment variable"])
def test_what_dbt_gives_no_place_for_has_that_of_the_file_it_was_parsing(
    engine: WarmEngine, name: str
) -> None:
    breakage = BREAKAGES[name]
    breakage.apply(engine.root)
    try:
        assert isinstance(engine.saved(full=True), ParseFailed)
        assert engine.problems[0].path == breakage.path
    finally:
        breakage.undo(engine.root)
        engine.saved(breakage.path)


def test_a_circle_of_references_is_named_and_opened_where_it_was_closed(
    engine: WarmEngine,
) -> None:
    graph = engine.graph
    breakage = BREAKAGES["circular ref"]
    try:
        assert isinstance(engine.saved(breakage.apply(engine.root)), ParseFailed)
        (problem,) = engine.problems
        assert problem.message.startswith(
            "These refer to each other in a circle: stg_customers → customers →"
        )
        assert problem.message.endswith("→ stg_customers")
        assert problem.path == breakage.path
        assert problem.line == len((engine.root / breakage.path).read_text("utf-8").splitlines())
        assert engine.graph == graph
    finally:
        healed = engine.saved(breakage.undo(engine.root))
    assert isinstance(healed, GraphChanged)
    assert engine.graph == graph


def test_without_a_profiles_yml_the_places_are_named_where_it_was_looked_for(
    engine: WarmEngine,
) -> None:
    breakage = BREAKAGES["no profiles.yml"]
    breakage.apply(engine.root)
    try:
        assert isinstance(engine.saved(full=True), ParseFailed)
        (problem,) = engine.problems
        assert problem.message == f"No profiles.yml was found in {engine.root}."
        assert problem.hint == "Give its directory with --profiles-dir."
    finally:
        breakage.undo(engine.root)
        engine.saved(breakage.path)


def test_a_project_that_is_broken_from_the_start_opens_when_it_is_mended(tmp_path: Path) -> None:
    project = copy_parsed_demo(tmp_path / "shop")
    breakage = PARSED[0]
    path = breakage.apply(project)
    engine = WarmEngine(project)
    try:
        assert isinstance(engine.opened, ParseFailed)
        assert engine.ready is not None
        refused = engine.ask(StartRun(7, "a1b2", str(project), "build", [], "dbt build"), Refused)
        assert refused.message.split() == engine.problems[0].message.split()
        assert isinstance(engine.saved(breakage.undo(project)), GraphChanged)
        assert "model.corner_shop.orders" in engine.assets
        assert path.exists()
    finally:
        engine.close()


SCHEMA = (
    "Invalid models config given in models/a.yml @ models: {'name': 'orders', 'columns': "
    "[{'name': 3}], 'package_name': 'shop'} - at path ['columns'][0]['name']: 3 is not of type "
    "'string'"
)
TWO = (
    'dbt found two models with the name "orders".\nSince these resources have the same name, dbt '
    'will be unable to find the correct resource\nwhen looking for ref("orders").\nTo fix this, '
    "change the name of one of these resources:\n- model.shop.orders (models/a.sql)\n"
    "- model.shop.orders (models/b/orders.sql)"
)


def test_the_words_that_decide_come_first() -> None:
    schema, whole = reason_first(SCHEMA).split("\n", 1)
    assert schema == "columns[0].name: 3 is not of type 'string' (orders in models)."
    assert whole == SCHEMA
    two = reason_first(TWO).partition("\n")[0]
    assert two == "two models are named orders: models/a.sql and models/b/orders.sql."
    assert reason_first("Jinja's reason\nin two lines") == "Jinja's reason\nin two lines"


def test_both_places_of_a_name_that_is_there_twice_are_told(engine: WarmEngine) -> None:
    breakage = BREAKAGES["two models of one name"]
    try:
        assert isinstance(engine.saved(breakage.apply(engine.root)), ParseFailed)
        (problem,) = engine.problems
        assert problem.message.startswith("two models are named ")
        assert problem.message.partition("\n")[0].count(".sql") == 2
    finally:
        engine.saved(breakage.undo(engine.root))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("REGION", "use --dotenv"), ("LD_PRELOAD", "export it instead"), ("OTHER", "")],
)
def test_a_variable_that_only_env_sets_gets_a_hint_that_helps(
    tmp_path: Path, name: str, hint: str
) -> None:
    (tmp_path / ".env").write_text("REGION=eu\nexport LD_PRELOAD=x\n", "utf-8")
    error = EnvVarMissingError(name)
    (problem,) = problems_of(error, tmp_path)
    assert hint in problem.hint
    assert bool(problem.hint) == bool(hint)


def test_a_profile_s_secrets_are_in_nothing_that_the_engine_says(tmp_path: Path) -> None:
    project = copy_parsed_demo(tmp_path / "shop")
    profiles = project / "profiles.yml"
    text = profiles.read_text("utf-8")
    profiles.write_text(
        text.replace(
            "type: duckdb",
            "type: duckdb\n      config_options: {motherduck_token: hunter2hunter2}",
            1,
        ),
        "utf-8",
    )
    model = project / "models/marts/sales/orders.sql"
    model.write_text("{{ print(env_var('OPEN', 'hunter2hunter2')) }} {{ ref('no_such') }}")
    engine = WarmEngine(project, env={"DBT_ENV_SECRET_PASSWORD": "sesame-open-up"})
    try:
        told = repr(engine.heard)
        assert "hunter2hunter2" not in told
        assert "sesame-open-up" not in told
    finally:
        engine.close()
