"""Every way to break a project is told with dbt's reason, the file and the line, and heals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.warm_engine import WarmEngine
from tests.projects import DEMO, copy_project
from tests.projects.broken import BREAKAGES, Breakage
from tui.protocol.messages import GraphChanged, ParseFailed

PARSED = [b for b in BREAKAGES.values() if b.command == "parse" and not b.restarts]
RESTARTED = [b for b in BREAKAGES.values() if b.command == "parse" and b.restarts]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmEngine]:
    engine = WarmEngine(copy_project(DEMO, tmp_path_factory.mktemp("problems") / "shop"))
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


def test_a_project_that_is_broken_from_the_start_opens_when_it_is_mended(tmp_path: Path) -> None:
    project = copy_project(DEMO, tmp_path / "shop")
    breakage = PARSED[0]
    path = breakage.apply(project)
    engine = WarmEngine(project)
    try:
        assert isinstance(engine.opened, ParseFailed)
        assert engine.ready is not None
        assert isinstance(engine.saved(breakage.undo(project)), GraphChanged)
        assert "model.corner_shop.orders" in engine.assets
        assert path.exists()
    finally:
        engine.close()


def test_a_profile_s_secrets_are_in_nothing_that_the_engine_says(tmp_path: Path) -> None:
    project = copy_project(DEMO, tmp_path / "shop")
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
