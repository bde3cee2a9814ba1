"""Runs of the engine have the nodes, the order, the statuses and the results of `dbt build`."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.differential.building import BothSides, Build, random_build
from tests.differential.plain_dbt import PlainDbt
from tests.differential.test_parsing import PROJECTS, SOAK_EDITS, SOAK_SEED
from tests.projects import EVERYTHING

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory, plain_dbt: PlainDbt
) -> Iterator[BothSides]:
    """A built project in which a model fails, a check fails, one warns, and some are skipped."""
    sides = BothSides.open(EVERYTHING, tmp_path_factory.mktemp("building"), plain_dbt)
    try:
        # One thread: nothing orders the tests of a source after the seed that makes its table.
        sides.build(Build(), exact=True, threads=1)
        yield sides
    finally:
        sides.close()


@pytest.mark.parametrize(
    ("build", "exact"),
    [
        pytest.param(Build(select=("items_so_far", "shops+1")), True, id="incremental again"),
        pytest.param(
            Build(full_refresh=True, select=("items_so_far", "items")), True, id="refresh"
        ),
        pytest.param(Build(exclude=("fails+", "tag:sums")), False, id="exclude"),
        pytest.param(Build("test", select=("dim_item", "source:raw")), True, id="checks only"),
        pytest.param(Build(select=("item_states", "+shop_states")), True, id="snapshots"),
        pytest.param(Build("test", select=("test_type:unit",)), True, id="unit tests"),
    ],
)
def test_a_build_is_that_of_plain_dbt(everything: BothSides, build: Build, exact: bool) -> None:
    everything.build(build, exact=exact)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("project", PROJECTS)
def test_any_selection_is_built_as_by_plain_dbt(
    project: Path, tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    choose = random.Random(SOAK_SEED)
    sides = BothSides.open(project, tmp_path, plain_dbt)
    sides.told.append(f"{project.name}, seed {SOAK_SEED}")
    try:
        sides.build(Build(), exact=False, threads=3)
        for number in range(SOAK_EDITS // 10):
            build = random_build(sides.engine, choose)
            if build.command == "build" and choose.random() < 0.2:
                build = replace(build, full_refresh=True)
            if choose.random() < 0.1:
                build = replace(build, flags=("--fail-fast",))
            sides.build(build, exact=number % 2 == 0, threads=1 if build.flags else 3)
    finally:
        sides.close()
