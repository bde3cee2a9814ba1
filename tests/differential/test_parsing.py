"""After any series of edits the warm engine shows what a parse from nothing finds.

`DBTREE_SOAK_EDITS` is how many edits a soak makes (200), `DBTREE_SOAK_SEED` where it begins, so
that a failure, which tells both, can be replayed.
"""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.dbt_python import DBT_PYTHON, dbt_environment
from tests.differential.editing import Editing, prepare
from tests.differential.plain_dbt import Graph, PlainDbt
from tests.projects import DEMO, EVERYTHING, KIOSK, PARCEL
from tests.projects.edits import RandomEdits
from tests.projects.team_edits import TeamEdits
from tests.projects.wider_edits import WiderEdits

pytestmark = pytest.mark.timeout(1200)

KINDS = [
    pytest.param(RandomEdits, id="careful"),
    pytest.param(WiderEdits, id="careless"),
    pytest.param(TeamEdits, id="team"),
]
PROJECTS = [pytest.param(path, id=path.name) for path in (DEMO, PARCEL, EVERYTHING, KIOSK)]
SOAK_EDITS = int(os.environ.get("DBTREE_SOAK_EDITS", "200"))
SOAK_SEED = int(os.environ.get("DBTREE_SOAK_SEED", "0")) or random.randrange(1, 10**6)
REOPENED_AFTER = 50
"""Edits of a soak after which its engine is closed, and another begins from what it saved."""


@pytest.mark.parametrize("project", PROJECTS)
def test_a_warm_engine_shows_what_a_parse_from_nothing_finds(
    project: Path, tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    editing = Editing(project, tmp_path, 1, plain_dbt, TeamEdits)
    try:
        while editing.count < 12:
            editing.edit_a_few()
            editing.edit_a_few()
            editing.edit_a_few()
            editing.check()
        editing.mend()
        editing.check()
    finally:
        editing.close()


@pytest.fixture(scope="module")
def told_by_the_command_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that dbt's own command line has parsed."""
    root = prepare(EVERYTHING, tmp_path_factory.mktemp("command-line") / "everything")
    words = [DBT_PYTHON, "-m", "dbt.cli.main", "--no-partial-parse", "parse"]
    where = ["--profiles-dir", str(root)]
    subprocess.run([*words, *where], cwd=root, env=dbt_environment(), check=True)
    return root


def test_what_the_tests_call_a_parse_from_nothing_is_that_of_dbts_command_line(
    told_by_the_command_line: Path, plain_dbt: PlainDbt
) -> None:
    manifest = json.loads((told_by_the_command_line / "target" / "manifest.json").read_text())
    saved = told_by_the_command_line / "target" / "partial_parse.msgpack"
    graph = plain_dbt.parse(told_by_the_command_line, saved)
    assert isinstance(graph, Graph)
    assert graph.different == []
    checks = {key for key in manifest["nodes"] if key.startswith("test.")}
    assert graph.checks.keys() == checks | manifest["unit_tests"].keys()
    built = {key for key in manifest["nodes"] if key.split(".")[0] in ("model", "seed", "snapshot")}
    tables = ("sources", "exposures", "functions", "metrics", "semantic_models", "saved_queries")
    others = (manifest.get(table, {}) for table in tables)
    assert graph.assets.keys() == built.union(*others)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("project", PROJECTS)
def test_hundreds_of_edits_later_a_warm_engine_still_does(
    project: Path,
    kind: type[RandomEdits],
    tmp_path: Path,
    plain_dbt: PlainDbt,
    capsys: pytest.CaptureFixture[str],
) -> None:
    editing = Editing(project, tmp_path, SOAK_SEED, plain_dbt, kind)
    opened_at = 0
    try:
        while editing.count < SOAK_EDITS:
            editing.edit_a_few()
            editing.check()
            if editing.count - opened_at >= REOPENED_AFTER:
                editing.mend()
                editing.check()
                editing.reopen()
                opened_at = editing.count
    finally:
        editing.close()
        with capsys.disabled():
            print(f"\n{project.name}, {kind.__name__}, seed {SOAK_SEED}: {editing.counts}")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("options", [{"shortcuts": False}, {"fork": False}], ids=str)
def test_an_engine_without_shortcuts_or_forks_shows_the_same(
    options: dict[str, bool], tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    editing = Editing(EVERYTHING, tmp_path, SOAK_SEED, plain_dbt, TeamEdits, **options)
    try:
        while editing.count < min(SOAK_EDITS, 40):
            editing.edit_a_few()
            editing.check()
    finally:
        editing.close()
