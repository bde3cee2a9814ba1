"""A warm engine over edits of dbt_project.yml: its graph equals that of a fresh dbt parse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.differential.plain_dbt import PlainDbt, fresh_parse
from tests.engine.warm_engine import WarmEngine, differences
from tests.projects.parsed import copy_parsed_demo
from tui.protocol.messages import EngineReady, GraphChanged, ParseFailed

OF_SALES = '        +group: sales\n        +tags: ["daily"]\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_parsed_demo(tmp_path_factory.mktemp("reconfiguring") / "shop")


@pytest.fixture(scope="module")
def engine(project: Path) -> Iterator[WarmEngine]:
    engine = WarmEngine(project)
    yield engine
    engine.close()


class Edited:
    """The engine after an edit of the file, and what it told since."""

    def __init__(self, engine: WarmEngine, *paths: str) -> None:
        heard, pid = len(engine.heard), engine.process.pid
        self.answer = engine.saved("dbt_project.yml", *paths)
        self.has_opened = any(isinstance(one, EngineReady) for one in engine.heard[heard:])
        assert engine.process.pid == pid


def edit(project: Path, old: str, new: str) -> None:
    file = project / "dbt_project.yml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("  # supplies_to", "  # All supplies_to", "none"),
        ("      sales:\n", "      sales:\n        +materialized: view\n", "marts/sales"),
        (OF_SALES, '        +group: sales\n        +tags: ["daily", "hourly"]\n', "marts/sales"),
        (
            "      +materialized: view\n      +tags",
            "      +materialized: table\n      +tags",
            "staging",
        ),
        ("    +schema: raw", "    +schema: bare\n    raw_orders:\n      +meta: {a: 1}", "seeds"),
        ("    marts:\n", "    +persist_docs: {relation: true}\n    marts:\n", "models"),
    ],
)
def test_only_the_files_that_an_edit_concerns_are_parsed_again(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt, old: str, new: str, changed: str
) -> None:
    edit(project, old, new)
    edited = Edited(engine)
    assert isinstance(edited.answer, GraphChanged)
    assert not edited.has_opened
    paths = [engine.assets[row[0]].path for row in edited.answer.assets]
    assert any(changed in path for path in paths) == (changed != "none")
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("velocity_days: 28", "velocity_days: 29"),
        ("    +schema: snapshots", "    +schema: kept"),
        ("        +group: catalogue\n", "        +group: catalogue\n        +access: public\n"),
        ("dbt_version.startswith('1.')", "dbt_version.startswith('0.')"),
        ("snapshots:\n", "on-run-start: [\"select 'begun'\"]\nsnapshots:\n"),
        ("      +schema: staging", "      +schema: staged"),
    ],
    ids=[
        "a variable",
        "snapshots in YAML",
        "an access",
        "a disabled model",
        "a hook",
        "beside a hook",
    ],
)
def test_a_project_is_opened_anew_in_the_same_process_where_more_is_concerned(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt, old: str, new: str
) -> None:
    edit(project, old, new)
    engine.assets.clear()  # all are told again
    engine.checks.clear()
    edited = Edited(engine)
    assert isinstance(edited.answer, GraphChanged)
    assert edited.has_opened
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []


def test_a_broken_file_is_told_and_its_mending_too(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    edit(project, "vars:\n", "vars: {\n")
    assert isinstance(Edited(engine).answer, ParseFailed)
    edit(project, "vars: {\n", "vars:\n")
    assert isinstance(Edited(engine).answer, GraphChanged)
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []


def test_what_was_saved_with_it_is_parsed_with_it(
    engine: WarmEngine, project: Path, plain_dbt: PlainDbt
) -> None:
    edit(project, "on-run-start: [\"select 'begun'\"]\n", "")
    Edited(engine)
    edit(project, "      marketing:\n", "      marketing:\n        +meta: {looked_at: true}\n")
    orders = "models/marts/sales/orders.sql"
    file = project / orders
    file.write_text(file.read_text("utf-8") + "\n-- a remark\n", "utf-8")
    edited = Edited(engine, orders)
    assert isinstance(edited.answer, GraphChanged)
    assert not edited.has_opened
    assert "model.corner_shop.orders" in {row[0] for row in edited.answer.assets}
    assert differences(engine.graph, fresh_parse(plain_dbt, project)) == []
